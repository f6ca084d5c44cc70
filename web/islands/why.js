/**
 * Steering in place and reasons on demand, for pages that do both without JavaScript too.
 *
 * - <form data-steer data-replace="#rows"> is sent with fetch; the parts of the page that `data-replace` names are replaced
 *   by the same parts of the page that is answered, and its [data-said] is read out. If that fails the form is sent as ever.
 * - <details data-why data-src="/…"> is filled from `data-src` when it is opened for the first time. What stands in it
 *   after its <summary> (a link to the whole page) stays if that fails.
 */

/** @type {HTMLElement | undefined} */
let line;
/** @type {Promise<void>} */
let queue = Promise.resolve(); // one after the other, so that the page shown last has seen all that was asked

/**
 * Read a sentence out to those who do not see the page change.
 *
 * @param {string} text
 */
function say(text) {
  if (!line) {
    line = document.createElement("p");
    line.className = "unseen";
    line.setAttribute("role", "status");
    document.body.append(line);
  }
  line.textContent = ""; // the same sentence twice is news twice
  const region = line;
  setTimeout(() => (region.textContent = text), 50);
}

/**
 * A page or a part of one that our server sends.
 *
 * @param {string} address
 * @param {RequestInit} options
 * @returns {Promise<{page: Document, address: string}>}
 */
async function fetched(address, options) {
  const answer = await fetch(address, {
    ...options,
    headers: { Accept: "text/html" },
    credentials: "same-origin",
  });
  const kind = answer.headers.get("Content-Type") ?? "";
  if (!answer.ok || !kind.startsWith("text/html"))
    throw new Error(`${address} answers ${answer.status}, ${kind}`);
  // A parsed document runs no scripts, whatever stands in it.
  return { page: new DOMParser().parseFromString(await answer.text(), "text/html"), address: answer.url };
}

/**
 * Send a form and show what it has changed.
 *
 * @param {string} action
 * @param {URLSearchParams} fields
 * @param {string[]} parts ids
 */
async function steer(action, fields, parts) {
  const { page, address } = await fetched(action, { method: "POST", body: fields });
  const pairs = parts.map((id) => [document.getElementById(id), page.getElementById(id)]);
  if (!pairs.length || !pairs.every(([before, after]) => before && after)) {
    location.assign(address); // it is done, but the answer is another page than this one
    return;
  }
  const kept = focused();
  const opened = [...document.querySelectorAll("details[open]")].flatMap(trace);
  for (const [before, after] of pairs)
    /** @type {Element} */ (before).replaceWith(/** @type {Element} */ (after));
  for (const selector of opened) document.querySelector(selector)?.toggleAttribute("open", true);
  refocus(kept, parts[0]);
  tell(
    pairs.map(([, after]) => after),
    page.querySelector("[data-said]"),
  );
}

/**
 * Put what the answer says in the place of what an earlier one said, and read it out.
 *
 * @param {(Element | null)[]} shown the parts that are on the page already
 * @param {Element | null} outside what is said in the rest of the answer
 */
function tell(shown, outside) {
  for (const old of document.querySelectorAll("[data-said]"))
    if (!shown.some((part) => part?.contains(old))) old.remove();
  if (outside) document.querySelector("main")?.prepend(outside);
  const said = outside ?? document.querySelector("[data-said]");
  said?.removeAttribute("role"); // it is read out once, by the line
  const text = said?.textContent?.replace(/\s+/g, " ").trim();
  if (text) say(text);
}

/**
 * By what an element can be found again in another version of the page; nothing where there is no such mark.
 *
 * @param {Element} element
 * @returns {string[]} a selector, or none
 */
function trace(element) {
  const source = element.matches("details") ? element.getAttribute("data-src") : null;
  const label = element.getAttribute("aria-labelledby");
  if (source) return [`details[data-src="${CSS.escape(source)}"]`];
  if (element.id) return [`#${CSS.escape(element.id)}`];
  return label ? [`[aria-labelledby="${CSS.escape(label)}"]`] : [];
}

/**
 * What has the focus: its form and its words, and the traces of it and of all that it stands in, nearest first.
 *
 * @returns {{action: string, words: string, traces: string[]} | null}
 */
function focused() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const traces = [];
  for (let at = /** @type {Element | null} */ (element); at; at = at.parentElement) traces.push(...trace(at));
  const action = element.closest("form")?.getAttribute("action") ?? "";
  return { action, words: element.textContent?.trim() ?? "", traces };
}

/**
 * Give the focus back where it was: to the same button of the same form, else to the nearest thing around it that is
 * still there, else to the part itself.
 *
 * @param {{action: string, words: string, traces: string[]} | null} kept
 * @param {string} part id
 */
function refocus(kept, part) {
  if (!kept || (document.activeElement && document.activeElement !== document.body)) return;
  const place = /** @type {HTMLElement} */ (document.getElementById(part));
  const twin = [...place.querySelectorAll("form button")].find(
    (button) =>
      button.closest("form")?.getAttribute("action") === kept.action &&
      button.textContent?.trim() === kept.words,
  );
  const around = kept.traces.map((selector) => document.querySelector(selector)).find((found) => found);
  const found = twin ?? around?.querySelector(":scope > summary") ?? around ?? place;
  if (!(found instanceof HTMLElement)) return;
  if (found.tabIndex < 0 && !found.hasAttribute("tabindex")) found.tabIndex = -1;
  found.focus({ preventScroll: true });
}

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.matches("[data-steer]") || form.method !== "post" || event.defaultPrevented) return;
  event.preventDefault();
  if (form.getAttribute("aria-busy") === "true") return; // a double click asks once
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
  if (button?.name) fields.append(button.name, button.value);
  const action = button?.hasAttribute("formaction") ? button.formAction : form.action;
  const parts = (form.dataset.replace ?? "")
    .split(/\s+/)
    .flatMap((name) => (name.startsWith("#") ? [name.slice(1)] : []));
  form.setAttribute("aria-busy", "true");
  queue = queue
    .then(() => steer(action, fields, parts))
    .catch((error) => {
      console.warn(error);
      sendPlainly(action, fields);
    })
    .finally(() => form.removeAttribute("aria-busy"));
});

/**
 * Send fields as a form without JavaScript would, and go to what is answered.
 *
 * @param {string} action
 * @param {URLSearchParams} fields
 */
function sendPlainly(action, fields) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  form.hidden = true;
  for (const [name, value] of fields) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  HTMLFormElement.prototype.submit.call(form); // also where a field is named "submit"
}

document.addEventListener(
  "toggle",
  async (event) => {
    const details = /** @type {HTMLDetailsElement} */ (event.target);
    if (!details.matches?.("details[data-why][data-src]") || !details.open || details.dataset.why) return;
    details.dataset.why = "asked";
    details.setAttribute("aria-busy", "true");
    try {
      const { page } = await fetched(details.dataset.src ?? "", {});
      // The summary is not touched: it has the focus.
      for (const child of [...details.childNodes])
        if (!(child instanceof Element && child.matches("summary"))) child.remove();
      details.append(...page.body.childNodes);
    } catch (error) {
      details.dataset.why = ""; // opening it again asks again
      console.warn(error);
    } finally {
      details.removeAttribute("aria-busy");
    }
  },
  true, // toggle does not bubble
);
