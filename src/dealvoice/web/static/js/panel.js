// @ts-check
/**
 * The panel on a deal, organization or person: polls for changes (every 2 s for a minute after an action or while something is under way, else 15 s,
 * never while hidden, nor while one of its buttons works or is to be confirmed), reads itself again when a modal closes, and knows its single keys.
 */
import { fit } from "./frame.js";
import { meansSomething } from "./keys.js";
import { isMenuOpen } from "./menu.js";
import { call } from "./session.js";
import { follow, isWatching } from "./watch.js";

const FAST = 2_000, SLOW = 15_000, FAST_FOR = 60_000;
const { sdk } = window.dealvoice;
const panel = /** @type {HTMLElement} */ (document.getElementById("panel"));
/** Where the panel is read from, and which record it is about. */
const { from = "", about = "" } = panel.dataset;
let fastUntil = 0;
let visible = true;
let asking = false;
/** @type {number | undefined} */
let timer;

const inside = () => document.getElementById("panel-inside");
/** Who has a menu open, is asked to confirm, or waits for what he pressed keeps what he looks at: the next poll draws it anew. */
const isInHand = () => isMenuOpen() || panel.querySelector("button[aria-busy=true], [data-asking]") !== null;

function pause() {
  const retry = Number(inside()?.dataset.retry ?? 0);
  if (retry) return retry * 1_000;
  const busy = inside()?.dataset.busy === "1" || isWatching() || Date.now() < fastUntil;
  return busy ? FAST : SLOW;
}

function plan() {
  clearTimeout(timer);
  timer = setTimeout(poll, pause());
}

async function poll() {
  const broken = !inside()?.dataset.version;
  const wants = !broken || Boolean(inside()?.dataset.retry);
  if (wants && visible && !document.hidden && !isInHand() && !asking) await read(broken);
  plan();
}

/** @param {boolean} whole read the panel whatever its version */
async function read(whole) {
  asking = true;
  try {
    const since = encodeURIComponent(inside()?.dataset.version ?? "");
    const address = whole ? `${from}/part?${about}` : `${from}/changes?${about}&since=${since}`;
    const answer = await call(address, { headers: { "HX-Request": "true" } });
    const text = await answer.text();
    if (answer.status === 204 || isInHand()) return;
    // What is shown stays, its freshness line tells how old it is; but for whoever may see it no longer.
    if (!answer.ok && !whole && answer.status !== 404) return;
    await show(text);
  } catch {
    // No answer: the next poll asks again, and the freshness line tells how old the list is.
  } finally {
    asking = false;
  }
}

/** @param {string} text */
async function show(text) {
  const before = new Map([...panel.querySelectorAll("[data-flag]")].map((row) => [row.id, row.getAttribute("data-flag")]));
  const opened = panel.querySelector("[data-more]:not([hidden])") !== null;
  await htmx.swap({ text, target: panel, swap: "innerHTML", sourceElement: panel });
  for (const row of panel.querySelectorAll("[data-flag]")) {
    if (before.has(row.id) && before.get(row.id) !== row.getAttribute("data-flag")) row.classList.add("news");
  }
  if (opened) showMore();
  fit();
}

function hurry() {
  fastUntil = Date.now() + FAST_FOR;
  plan();
}

function again() {
  hurry();
  void read(true);
}

/** @type {Set<string> | null} */
let rowsBefore = null;
const rowIds = () => [...panel.querySelectorAll(".inv[id]")].map((row) => row.id);

/** A modal was closed: read again, and lead on to the invoice that it made, or back to the button that opened it. */
async function closed() {
  hurry();
  await read(true);
  const made = rowsBefore && rowIds().find((id) => !rowsBefore?.has(id));
  rowsBefore = null;
  const to = made ? document.getElementById(made)?.querySelector("a, button") : document.getElementById(openedBy);
  if (document.hasFocus() && to instanceof HTMLElement) to.focus();
}

let openedBy = "";

function showMore() {
  for (const row of panel.querySelectorAll("[data-more]")) row.removeAttribute("hidden");
  panel.querySelector(".p-more")?.remove();
  fit();
}

sdk?.listen("close_custom_modal", () => void closed());
sdk?.listen("visibility", ({ data }) => {
  visible = data?.is_visible ?? true;
  if (visible) void poll();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void poll();
});
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (!button) return;
  if ("readAgain" in button.dataset) void read(true);
  if (button.dataset.open) {
    openedBy = button.id;
    rowsBefore = new Set(rowIds());
  }
  if ("showMore" in button.dataset) showMore();
});

document.addEventListener("keydown", (event) => {
  const at = event.target;
  if (!meansSomething(event) || isMenuOpen() || !(at instanceof HTMLElement)) return;
  const row = at.closest(".inv");
  const press = (/** @type {string} */ id) => document.getElementById(id)?.click();
  const key = event.key.toLowerCase(); // Caps Lock is no other key
  if (key === "n") press("new-invoice");
  else if (key === "r") press("refresh");
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") moveRow(row, event.key === "ArrowDown" ? 1 : -1);
  else if (row && (key === "m" || (event.key === "F10" && event.shiftKey))) {
    /** @type {HTMLElement | null} */ (row.querySelector("[aria-haspopup=menu]"))?.click();
  } else return;
  event.preventDefault();
});

/**
 * @param {Element | null} row
 * @param {1 | -1} step
 */
function moveRow(row, step) {
  const rows = [...panel.querySelectorAll(".inv:not([hidden])")].filter((one) => one.querySelector(".no"));
  const next = row ? rows[rows.indexOf(row) + step] : rows[0];
  /** @type {HTMLElement | null} */ (next?.querySelector("a.no, button"))?.focus();
}

follow(again);
plan();
fit();
