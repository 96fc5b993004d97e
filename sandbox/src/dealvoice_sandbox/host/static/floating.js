// The app's floating window and its place in the apps dock: shown and hidden, moved, resized, its badge, focus mode.
// The frame lives as long as the page; across pages the window is opened again where it was, its frame anew.
// Source: Custom UI extensions - floating window; SDK README.

import { clamped, openFrame, tell, within } from "./frames.js";
import { context, find, t } from "./page.js";

/** @typedef {import("./frames.js").Size} Size */

const WIDTH = { least: 200, most: 800 };
const HEIGHT = { least: 70, most: 700 };
const KEPT = "floating-window";

/** @returns {{open?: boolean, left?: number, top?: number, width?: number, height?: number}} */
const kept = () => JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
/** @param {object} values */
const keep = (values) => sessionStorage.setItem(KEPT, JSON.stringify({ ...kept(), ...values }));

export async function loadFloating() {
  const box = find("#floating-box");
  if (!box || !context.floating) return;
  const last = kept();
  if (last.open) display(true);
  place(last);
  const frame = await openFrame({ kind: "floating", title: context.app, url: context.floating }, box, (_frame, size, first) =>
    resize(size, first),
  );
  frame.again = () => void loadFloating();
}

/** @param {boolean} open */
function display(open) {
  const element = find("#floating");
  if (element) element.hidden = !open;
  find("#dock-app")?.setAttribute("aria-pressed", String(open));
  keep({ open });
}

/** @param {"user"|"command"} invoker @param {object} [more] What the command's context said. */
export function showFloating(invoker, more) {
  show(true, invoker, more);
}

/** @param {"user"|"command"} invoker @param {object} [more] */
export function hideFloating(invoker, more) {
  show(false, invoker, more);
}

/** @param {boolean} open @param {"user"|"command"} invoker @param {object} [more] */
function show(open, invoker, more) {
  const element = find("#floating");
  if (!element || !context.floating || element.hidden !== open) return;
  display(open);
  tell("visibility", { is_visible: open, context: { ...more, invoker } }, (frame) => frame.kind === "floating");
}

/** @param {Size} size @param {boolean} first */
function resize(size, first) {
  /** @type {[keyof Size, {least: number, most: number}][]} */
  const sides = [["width", WIDTH], ["height", HEIGHT]];
  for (const [side, { least, most }] of sides) {
    const wanted = size[side];
    if (wanted === undefined) continue;
    if (first) place({ [side]: clamped(wanted, least, most) });
    else if (within(wanted, least, most)) place({ [side]: wanted });
  }
}

/** @param {{left?: number, top?: number, width?: number, height?: number}} where */
function place(where) {
  const element = find("#floating");
  const box = find("#floating-box");
  if (!element || !box) return;
  if (where.width) element.style.width = `${where.width}px`;
  if (where.height) box.style.height = `${where.height}px`;
  if (where.left !== undefined) Object.assign(element.style, { left: `${where.left}px`, right: "auto" });
  if (where.top !== undefined) Object.assign(element.style, { top: `${where.top}px`, bottom: "auto" });
  keep(where);
}

/** Zero or nothing takes the badge away; it shows at most 9+. @param {number} number */
export function setNotification(number) {
  for (const badge of document.querySelectorAll(".badge")) {
    const most = badge.classList.contains("wide") ? 99 : 9;
    badge.textContent = number > most ? `${most}+` : String(number);
    /** @type {HTMLElement} */ (badge).hidden = !(number > 0);
    badge.setAttribute("aria-label", `${t("Unread")}: ${number}`);
  }
}

/** In focus mode the window has no cross. @param {boolean} on */
export function setFocusMode(on) {
  const cross = find("#floating-x");
  if (cross && !find("#floating")?.hidden) cross.hidden = on;
}

const head = find("#floating-head");
head?.addEventListener("pointerdown", (event) => {
  if (event.target instanceof Element && event.target.closest("button")) return;
  const element = /** @type {HTMLElement} */ (find("#floating"));
  const from = element.getBoundingClientRect();
  const start = { x: event.clientX, y: event.clientY };
  head.setPointerCapture(event.pointerId);
  /** @param {PointerEvent} moved */
  const move = (moved) =>
    place({
      left: clamped(from.left + moved.clientX - start.x, 0, window.innerWidth - 80),
      top: clamped(from.top + moved.clientY - start.y, 0, window.innerHeight - 40),
    });
  head.addEventListener("pointermove", move);
  head.addEventListener("pointerup", () => head.removeEventListener("pointermove", move), { once: true });
});
find("#floating-x")?.addEventListener("click", () => hideFloating("user"));
find("#dock-app")?.addEventListener("click", () => (find("#floating")?.hidden ? showFloating("user") : hideFloating("user")));
