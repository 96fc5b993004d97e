// @ts-check
/** The invoice form: looks itself over 200 ms after the last key, marks fields, and knows its keys. */
import "./askagain.js";
import "./combo.js";
import { leaving } from "./frame.js";
import "./oneatatime.js";
import { follow } from "./watch.js";

const DELAY = 200;
const WAIT_DELAY = 1_500;
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("form"));
const stage = /** @type {HTMLElement} */ (document.getElementById("stage"));
/** @type {number | undefined} */
let timer;

function review(delay = DELAY) {
  clearTimeout(timer);
  timer = setTimeout(() => htmx.trigger("#reviewer", "review"), delay);
}

let waiting = false;

/** While the first import runs, or QuickBooks does something for this form, look again; then take over what has arrived. */
function awaitNews() {
  const before = waiting;
  waiting = document.querySelector("#rail [data-wait]") !== null;
  if (waiting) review(WAIT_DELAY);
  else if (before) {
    void htmx.ajax("POST", "/modal/invoice/change", {
      source: "#f-to", target: "#form-inside", values: { act: "arrived" },
    });
  }
}

/** Put the findings to their fields: marked as wrong, with the words below. */
function markFields() {
  if (!form) return;
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const said of form.querySelectorAll(".err")) said.textContent = "";
  for (const found of form.querySelectorAll("#findings .finding.block")) {
    const name = found.getAttribute("data-field") ?? "";
    const field = fieldOf(name);
    if (field && !field.matches("button, [role=combobox]")) field.setAttribute("aria-invalid", "true");
    field?.closest("details")?.setAttribute("open", "");
    const said = document.getElementById(`err-${name}`);
    if (said && !said.textContent) said.textContent = found.getAttribute("data-title");
  }
}

/**
 * Return the control that a finding points at.
 * @param {string} name
 */
function fieldOf(name) {
  const [kind, key, part] = name.split(".");
  /** @param {string} id */
  const by = (id) => document.getElementById(id);
  if (kind === "line" && key) {
    if (part) return by(`line-${key}-${part}`);
    return by(`line-${key}-search`) ?? by(`line-${key}-text`);
  }
  if (name === "customer") return by("customer-search") ?? by("customer-change");
  if (name === "items") return by("add-row");
  if (name === "tax") return by("f-tax_code") ?? by("findings");
  return by(`f-${name}`) ?? by("findings");
}

/** Lead to the first thing in the way. */
function toFirstBlocker() {
  const found = document.querySelector("#findings .finding.block");
  fieldOf(found?.getAttribute("data-field") ?? "")?.focus();
  found?.scrollIntoView({ block: "nearest" });
}

/** @type {string} */
let focusNext = "";

form?.addEventListener("input", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.type === "date") return;
  review();
});

leaving.free = true;
form?.addEventListener("input", () => {
  leaving.free = false;
});

form?.addEventListener("change", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || !field.id.startsWith("day-")) return;
  setDay(field.id.slice("day-".length), field.value);
});

// Whether the rarer details are open outlives a swap of the form.
form?.addEventListener("toggle", (event) => {
  const more = event.target;
  const kept = /** @type {HTMLInputElement | null} */ (document.getElementById("f-more_open"));
  if (more instanceof HTMLDetailsElement && more.id === "more-details" && kept) kept.value = more.open ? "1" : "";
}, true);

form?.addEventListener("submit", (event) => {
  if (document.getElementById("create")?.getAttribute("aria-disabled") !== "true") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  toFirstBlocker();
}, true);

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (!button) return;
  const { focus, thenFocus, pick } = button.dataset;
  if (focus) document.getElementById(focus)?.focus();
  if (thenFocus) focusNext = thenFocus;
  if (pick) /** @type {HTMLInputElement} */ (document.getElementById(`day-${pick}`)).showPicker();
  if ("allFindings" in button.dataset) {
    form?.classList.toggle("all-findings");
    tellUnfolded();
  }
});

/** Tell whether all findings are shown where there is room for one only. */
function tellUnfolded() {
  const button = document.querySelector("[data-all-findings]");
  button?.setAttribute("aria-expanded", String(form?.classList.contains("all-findings") ?? false));
}

document.addEventListener("htmx:after:swap", (event) => {
  markFields();
  tellUnfolded();
  awaitNews();
  const { ctx } = /** @type {CustomEvent<{ctx: HtmxContext}>} */ (event).detail;
  leaving.free = stage.hasChildNodes(); // sent: nothing is lost; else something was linked, added or typed
  if (ctx.sourceElement?.hasAttribute("data-back")) stage.replaceChildren();
  const next = focusNext && document.getElementById(focusNext);
  if (next) {
    next.focus();
    focusNext = "";
  }
});

document.addEventListener("dealvoice:then-focus", (event) => {
  focusNext = /** @type {CustomEvent<{id: string}>} */ (event).detail.id;
});
document.addEventListener("dealvoice:focus", (event) => {
  document.getElementById(/** @type {CustomEvent<{id: string}>} */ (event).detail.id)?.focus();
});
document.addEventListener("dealvoice:blocked", toFirstBlocker);

/**
 * Set a day by its ISO date; the server writes it the user's way.
 * @param {string} name
 * @param {string} value
 */
function setDay(name, value) {
  if (!value) return;
  focusNext = `f-${name}`;
  void htmx.ajax("POST", "/modal/invoice/change", {
    source: `#f-${name}`, target: "#form-inside", values: { act: "day", at: name, value },
  });
}

/**
 * Step a date by a key. While a date is being typed, + and - belong to it: some write 13-03-2026.
 * @param {HTMLInputElement} field
 * @param {string} key
 */
function stepDay(field, key) {
  if ((key === "+" || key === "-") && field.value !== field.defaultValue) return false;
  const known = /** @type {HTMLInputElement} */ (document.getElementById(`day-${field.name}`)).value;
  if (!known) return false;
  const day = new Date(`${known}T12:00:00Z`);
  const by = { "+": 1, "-": -1, PageUp: -1, PageDown: 1 }[key];
  if (!by) return false;
  if (key.startsWith("Page")) {
    const kept = day.getUTCDate();
    day.setUTCMonth(day.getUTCMonth() + by);
    if (day.getUTCDate() !== kept) day.setUTCDate(0); // from the 31st to a month that has none: its last day
  }
  else day.setUTCDate(day.getUTCDate() + by);
  setDay(field.name, day.toISOString().slice(0, 10));
  return true;
}

form?.addEventListener("keydown", (event) => {
  const at = event.target;
  if (!(at instanceof HTMLElement)) return;
  const row = at.closest("tr[data-row]");
  const press = (/** @type {Element | null | undefined} */ button) => (button instanceof HTMLElement ? (button.click(), true) : false);
  let done = false;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) done = press(document.getElementById("create"));
  else if (event.altKey && event.key.toLowerCase() === "a") done = press(document.getElementById("add-row"));
  else if (event.altKey && row && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    done = press(row.querySelector(`[data-move=${event.key === "ArrowUp" ? "up" : "down"}]`));
  }
  else if (event.altKey && event.key === "Delete" && row) done = press(row.querySelector("[data-remove]"));
  else if (event.key === "F6") done = switchSide(at);
  else if (at instanceof HTMLInputElement && "day" in at.dataset) {
    if (event.altKey && event.key === "ArrowDown") done = press(document.getElementById(`pick-${at.name}`));
    else done = stepDay(at, event.key);
  }
  if (!done && event.key === "Enter" && at instanceof HTMLInputElement && at.type !== "submit") {
    // Enter in a field never sends the invoice; in the last row it adds one.
    if (row && !row.nextElementSibling) press(document.getElementById("add-row"));
    done = true;
  }
  if (done) event.preventDefault();
});

let lastField = "";
form?.addEventListener("focusin", (event) => {
  if (event.target instanceof HTMLElement && event.target.closest(".f-main")) lastField = event.target.id;
});

/**
 * Go between the fields and the findings, and back to the field one came from.
 * @param {HTMLElement} at
 */
function switchSide(at) {
  const fields = () => document.getElementById(lastField) ?? form?.querySelector(".f-main input:not([type=hidden])");
  const findings = () => [...document.querySelectorAll("#findings, #rail button, #rail input")].find((one) => one.checkVisibility());
  const to = at.closest("#rail") ? fields() : findings();
  if (to instanceof HTMLElement) to.focus();
  return to instanceof HTMLElement;
}

follow(() => {
  const shown = document.getElementById("operation")?.dataset.operation;
  if (shown) void htmx.ajax("GET", `/operations/${shown}`, { target: "#stage", source: "#stage" });
});

/** Whether somebody typed before this script ran. */
function wasChanged() {
  return [...(form?.elements ?? [])].some((field) => {
    if (field instanceof HTMLSelectElement) {
      return field.selectedIndex !== Math.max([...field.options].findIndex((one) => one.defaultSelected), 0);
    }
    if (field instanceof HTMLInputElement && field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (field instanceof HTMLInputElement && field.type === "hidden") return false;
    const isText = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement;
    return isText && Boolean(field.name) && field.value !== field.defaultValue;
  });
}

markFields();
awaitNews();
if (wasChanged()) {
  leaving.free = false;
  review();
}
