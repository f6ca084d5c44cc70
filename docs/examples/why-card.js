/**
 * <kgrec-why>: a card in any shop's page that says why an item is shown.
 *
 *   <script type="module" src="why-card.js"></script>
 *   <kgrec-why api="https://rec.example" user="u0002" item="K0426" lang="en"></kgrec-why>
 *
 * Where the server asks for it (see docs/api.md), give the element a function that fetches a token from your own
 * server, which makes it with its key: `card.tokens = async () => (await fetch("/my/token")).text()`. A token is asked
 * for when the card is shown, and again when the server says that it has ended.
 *
 * Everything that comes from the server is set as text, never as HTML.
 */

const WORDS = {
  en: {
    heading: "Why this?",
    loading: "Looking for the reasons …",
    failed: "The reasons cannot be shown right now.",
    always: "The same for everybody",
    rest: (n) => (n === 1 ? "1 more path" : `${n.toLocaleString("en")} more paths`),
    proof: (rank) => `Without what these paths start from it would be at place ${rank.toLocaleString("en")}.`,
  },
  zh: {
    heading: "为什么推荐？",
    loading: "正在查找理由……",
    failed: "暂时无法显示理由。",
    always: "对所有人都一样",
    rest: (n) => `另有 ${n.toLocaleString("zh")} 条路径`,
    proof: (rank) => `若没有这些路径的出发点，它会排在第 ${rank.toLocaleString("zh")} 位。`,
  },
};

const STYLE = `
  :host { display: block; color-scheme: light dark; font: 400 1rem/1.5 system-ui, sans-serif; }
  section { padding: 1rem; border: 1px solid #8b857766; border-radius: 12px; }
  h2 { margin: 0 0 .5rem; font-size: 1rem; }
  p { margin: 0 0 .8rem; }
  ul { margin: 0; padding: 0; list-style: none; display: grid; gap: .5rem; }
  li { display: grid; gap: .2rem; }
  meter { width: 100%; height: .7rem; }
  .quiet { margin: .8rem 0 0; opacity: .75; font-size: .9em; }
`;

/** What a card shows of an explanation: its parts, the largest share first listed as they come. */
export function partsOf(explanation, words) {
  const { score, prior, paths, remainder } = explanation;
  const share = (part) => (score > 0 ? part / score : 0);
  const parts = paths.map((path) => ({ text: path.text, share: share(path.contribution) }));
  parts.push({ text: words.always, share: share(prior) });
  if (remainder.paths > 0) parts.push({ text: words.rest(remainder.paths), share: share(remainder.contribution) });
  return parts;
}

/** An element with some text in it. */
function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

const Base = globalThis.HTMLElement ?? class {};

export class KgrecWhy extends Base {
  static observedAttributes = ["api", "user", "item", "lang", "paths"];

  /** Gives a token, or null where the server asks for none. */
  tokens = async () => null;

  #asked = 0;

  connectedCallback() {
    if (!this.shadowRoot) {
      const sheet = new CSSStyleSheet(); // needs no 'unsafe-inline' in the page's policy
      sheet.replaceSync(STYLE);
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    }
    // A turn later, so that a page can set `tokens` after it has made the element.
    queueMicrotask(() => this.show());
  }

  attributeChangedCallback() {
    if (this.isConnected && this.shadowRoot) this.show();
  }

  get words() {
    return (this.getAttribute("lang") ?? "").startsWith("zh") ? WORDS.zh : WORDS.en;
  }

  /** Ask for the reasons and show them. */
  async show() {
    if (!this.getAttribute("item") || !this.getAttribute("user")) return;
    const turn = ++this.#asked;
    this.#put([element("p", this.words.loading)]);
    let shown;
    try {
      shown = this.#card(await this.#explanation());
    } catch (error) {
      console.warn("kgrec-why:", error);
      shown = [element("p", this.words.failed)];
    }
    if (turn === this.#asked) this.#put(shown); // else the attributes have changed meanwhile
  }

  async #explanation() {
    let answer = await this.#ask(await this.tokens());
    if (answer.status === 401) answer = await this.#ask(await this.tokens());
    if (!answer.ok) throw new Error(`${answer.status} ${(await answer.json().catch(() => ({}))).detail ?? ""}`);
    return answer.json();
  }

  #ask(token) {
    const body = {
      user_id: this.getAttribute("user"),
      item_id: this.getAttribute("item"),
      lang: this.words === WORDS.zh ? "zh" : "en",
      paths: Number(this.getAttribute("paths") ?? 3),
    };
    const headers = { "Content-Type": "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    return fetch(new URL("/api/v1/explain", this.getAttribute("api") ?? document.baseURI), {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      credentials: "omit",
    });
  }

  #card(explanation) {
    const list = element("ul");
    for (const part of partsOf(explanation, this.words)) {
      const line = element("li");
      const percent = new Intl.NumberFormat(explanation.lang, { style: "percent" }).format(part.share);
      const bar = document.createElement("meter");
      bar.value = part.share;
      bar.textContent = percent;
      bar.setAttribute("aria-label", part.text);
      line.append(element("span", `${percent} · ${part.text}`), bar);
      list.append(line);
    }
    const shown = [element("p", explanation.text), list];
    const rank = explanation.receipt?.rank_without;
    if (rank && explanation.paths.length > 0) shown.push(element("p", this.words.proof(rank), "quiet"));
    return shown;
  }

  #put(content) {
    const card = document.createElement("section");
    card.lang = this.words === WORDS.zh ? "zh-Hans" : "en";
    card.setAttribute("aria-live", "polite");
    card.append(element("h2", this.words.heading), ...content);
    this.shadowRoot.replaceChildren(card);
  }
}

globalThis.customElements?.define("kgrec-why", KgrecWhy);
