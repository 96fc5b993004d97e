// What every script of the page stands on: what the server said of the page, words, calls to the server.

/**
 * @typedef {{id: string, name: string, url: string}} ModalRecord
 * @typedef {{user: number, company: number, app: string, resource: string, view: string, selected: number|null, panel: string,
 *   modals: ModalRecord[], floating: string, settings: string, settingsPath: string, sdkModalIds: boolean,
 *   words: Record<string, string>}} PageContext
 */

/** @type {PageContext} */
export const context = JSON.parse(document.querySelector("#page-context")?.textContent ?? "{}");

/** @param {string} selector @returns {HTMLElement|null} */
export const find = (selector) => document.querySelector(selector);

/**
 * Say something in the user's language; `{name}` takes a value.
 * @param {string} text @param {Record<string, string|number>} [values]
 */
export function t(text, values = {}) {
  const found = context.words[text] ?? text;
  return found.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** @returns {"light"|"dark"} */
export const theme = () => (document.documentElement.dataset.theme === "dark" ? "dark" : "light");

/** @param {string} path @param {object} [body] @returns {Promise<any>} */
export async function post(path, body = {}) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error ?? `${path}: ${answer.status}`);
  return said;
}

/**
 * Make an element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {string} className @param {(Node|string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}
