/**
 * <kg-graph>: the drawing of an explanation's paths, and a button that opens it for exploring.
 *
 * Inside it stand the drawing that the server made and a <script type="application/json"> with {"nodes", "edges",
 * "words"}; or it has `data-src`, an address of ours that answers with such JSON, and `data-words` then holds the words.
 * Cytoscape is loaded when the button is pressed, not before.
 */

class PathGraph extends HTMLElement {
  /** @type {HTMLButtonElement | undefined} */
  #button;
  /** @type {{close: () => void} | null} */
  #open = null;

  connectedCallback() {
    if (this.#button) return;
    const words = this.#words();
    if (!words.explore) return; // without words there is nothing to press
    this.#button = document.createElement("button");
    this.#button.type = "button";
    this.#button.className = "button plain";
    this.#button.textContent = words.explore;
    this.#button.addEventListener("click", () => this.#explore(words));
    this.prepend(this.#button);
  }

  disconnectedCallback() {
    this.#open?.close();
  }

  /** @returns {Record<string, string>} */
  #words() {
    return this.dataset.words ? JSON.parse(this.dataset.words) : (this.#inside()?.words ?? {});
  }

  #inside() {
    const script = this.querySelector('script[type="application/json"]');
    return script ? JSON.parse(script.textContent ?? "{}") : null;
  }

  async #sent() {
    if (!this.dataset.src) return this.#inside();
    const answer = await fetch(this.dataset.src, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`${this.dataset.src} answers ${answer.status}`);
    return answer.json();
  }

  /** @param {Record<string, string>} words */
  async #explore(words) {
    const button = /** @type {HTMLButtonElement} */ (this.#button);
    button.disabled = true;
    try {
      const [{ explorer }, sent] = await Promise.all([import("./explorer.js"), this.#sent()]);
      const shown = [...this.children].filter(
        (child) => !child.matches("script") && !child.hasAttribute("hidden"),
      );
      for (const child of shown) child.toggleAttribute("hidden", true);
      this.#open = explorer(this, sent, words, () => {
        for (const child of shown) child.toggleAttribute("hidden", false);
        this.#open = null;
        button.focus();
      });
    } catch (error) {
      button.textContent = words.failed || button.textContent; // the drawing stays; pressing again tries again
      console.error(error);
    } finally {
      button.disabled = false;
    }
  }
}

customElements.define("kg-graph", PathGraph);
