// @ts-check
/**
 * Typeahead (WAI-ARIA combobox with listbox): Down opens, arrows move, Enter takes, Esc closes and then clears,
 * Alt+Down opens without a change. Nothing is linked without a press.
 */
import { call } from "./session.js";

const DELAY = 180;

/** @param {Element} inside */
const partsOf = (inside) => {
  const combo = /** @type {HTMLElement} */ (inside.closest("[data-combo]"));
  return {
    combo,
    input: /** @type {HTMLInputElement} */ (combo.querySelector("[role=combobox]")),
    list: /** @type {HTMLElement} */ (combo.querySelector("[role=listbox]")),
  };
};

/** @param {HTMLElement} list */
const optionsOf = (list) => /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=option]")]);

/** @type {WeakMap<Element, number>} */
const timers = new WeakMap();

/** What each field was searched for last. @type {WeakMap<Element, string>} */
const searched = new WeakMap();

/**
 * @param {Element} inside
 * @param {boolean} shown
 */
function toggle(inside, shown) {
  const { input, list } = partsOf(inside);
  const open = shown && optionsOf(list).length > 0;
  list.hidden = !open;
  input.setAttribute("aria-expanded", String(open));
  if (!open) mark(input, list, -1);
}

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} list
 * @param {number} at
 */
function mark(input, list, at) {
  optionsOf(list).forEach((option, index) => {
    option.setAttribute("aria-selected", String(index === at));
    option.classList.toggle("active", index === at);
    if (index === at) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }
  });
  if (at < 0) input.removeAttribute("aria-activedescendant");
}

/**
 * Search what is typed; a search that gets no answer says so and offers to be made again.
 * @param {HTMLInputElement} input
 * @param {boolean} ask ask the vendor first
 */
async function search(input, ask = false) {
  const { combo, list } = partsOf(input);
  const asked = new URLSearchParams({ q: input.value, row: combo.dataset.row ?? "" });
  const currency = document.querySelector("[name=currency]");
  if (currency instanceof HTMLSelectElement) asked.set("currency", currency.value);
  const form = document.querySelector("[name=form_id]");
  if (form instanceof HTMLInputElement) asked.set("form_id", form.value);
  if (ask) asked.set("ask", "1");
  if (combo.dataset.name) asked.set("name", combo.dataset.name);
  searched.set(input, input.value);
  const found = await answerTo(`${combo.dataset.combo}?${asked}`);
  if (!input.isConnected || input.value !== asked.get("q")) return;
  if (found === undefined) showUnanswered(input, list, ask);
  else list.innerHTML = found;
  const said = list.querySelector("[data-total]")?.getAttribute("data-total") ?? "";
  const count = combo.querySelector("[data-count]");
  if (count) count.textContent = found === undefined ? "" : said;
  const told = document.getElementById("told");
  if (told) told.textContent = said;
  if (!input.matches(":focus")) return;
  toggle(input, true);
  if (input.value) mark(input, list, 0);
}

/**
 * Show the list of what stands in a field; what was typed when nobody listened is searched first.
 * @param {HTMLInputElement} input
 */
function open(input) {
  if (input.value === (searched.get(input) ?? "")) toggle(input, true);
  else void search(input);
}

/**
 * The options that a search finds, or nothing when it got no answer or one that is no list.
 * @param {string} address
 */
async function answerTo(address) {
  try {
    const answer = await call(address, { headers: { "HX-Request": "true" } });
    return answer.ok ? await answer.text() : undefined;
  } catch (error) {
    console.warn(error);
    return undefined;
  }
}

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} list
 * @param {boolean} ask whether the vendor was to be asked
 */
function showUnanswered(input, list, ask) {
  const words = /** @type {HTMLTemplateElement} */ (document.getElementById("unanswered"));
  list.replaceChildren(words.content.cloneNode(true));
  const again = /** @type {HTMLElement} */ (list.querySelector("[data-again]"));
  again.id = `${input.id}-again`;
  if (ask) again.dataset.ask = "";
}

/** @param {HTMLElement} option */
function take(option) {
  const { combo, input } = partsOf(option);
  if ("ask" in option.dataset || "again" in option.dataset) {
    option.setAttribute("aria-busy", "true");
    return void search(input, "ask" in option.dataset);
  }
  const act = option.dataset.act ?? combo.dataset.act ?? "";
  const at = combo.dataset.row ?? "";
  toggle(option, false);
  // The field makes room for what was linked: the focus goes there.
  const id = at ? `line-${at}-change` : "customer-change";
  document.dispatchEvent(new CustomEvent("dealvoice:then-focus", { detail: { id } }));
  void htmx.ajax("POST", "/modal/invoice/change", {
    source: input, target: "#form-inside", values: { act, at, value: option.dataset.value ?? "" },
  });
}

document.addEventListener("input", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || input.getAttribute("role") !== "combobox") return;
  event.stopPropagation(); // a search is no change of the form
  clearTimeout(timers.get(input));
  timers.set(input, setTimeout(() => void search(input), DELAY));
}, true);

document.addEventListener("focusin", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || input.getAttribute("role") !== "combobox") return;
  if (!input.value || !searched.has(input)) open(input);
});

document.addEventListener("focusout", (event) => {
  const input = event.target;
  if (input instanceof HTMLInputElement && input.closest("[data-combo]")) toggle(input, false);
});

document.addEventListener("mousedown", (event) => {
  const option = event.target instanceof Element ? event.target.closest("[data-combo] [role=option]") : null;
  if (option) event.preventDefault(); // the focus stays in the field
});

document.addEventListener("click", (event) => {
  const option = event.target instanceof Element ? event.target.closest("[data-combo] [role=option]") : null;
  if (option instanceof HTMLElement) take(option);
  const input = event.target;
  if (input instanceof HTMLInputElement && input.getAttribute("role") === "combobox") open(input);
});

document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || input.getAttribute("role") !== "combobox") return;
  const { list } = partsOf(input);
  const options = optionsOf(list);
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (list.hidden) {
      if (options.length) open(input);
      else void search(input);
      if (event.altKey) return event.preventDefault();
    }
    mark(input, list, event.key === "ArrowDown" ? Math.min(at + 1, options.length - 1) : Math.max(at - 1, 0));
  } else if (event.key === "Enter") {
    const option = options[at];
    if (!list.hidden && option) take(option);
  } else if (event.key === "Escape") {
    if (!list.hidden) toggle(input, false);
    else if (input.value) input.value = "";
    else return;
  } else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

/**
 * What is typed in the searches, by their ids: no field of the form, so an answer that draws the form anew would lose it.
 * @type {Map<string, string>}
 */
const typed = new Map();

const searches = () =>
  /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[role=combobox]"));

document.addEventListener("htmx:before:swap", () => {
  for (const input of searches()) if (input.value) typed.set(input.id, input.value);
});

document.addEventListener("htmx:after:swap", () => {
  for (const input of searches()) {
    const value = typed.get(input.id);
    if (!value || input.value) continue;
    input.value = value;
    if (input.matches(":focus")) void search(input);
  }
  typed.clear();
});

for (const input of searches()) if (input.value && input.matches(":focus")) void search(input); // typed before this script ran
