// @ts-check
/**
 * A button that works says so, keeps its width, and cannot be pressed a second time until it is done. Changes of the form
 * are the exception: they wait in a line of their own (`oneatatime`), and Add pressed twice adds two rows.
 */

/** What each request has made busy. @type {WeakMap<HtmxContext, HTMLElement[]>} */
const working = new WeakMap();

/**
 * Show that a request is under way on what was pressed for it.
 * @param {HtmxContext} ctx
 */
export function begin(ctx) {
  const button = pressed(ctx);
  if (!button) return;
  const shown = [button, ...opener(button)];
  for (const one of shown) one.setAttribute("aria-busy", "true");
  const { busyText, busyIn } = button.dataset;
  const told = busyIn ? document.getElementById(busyIn) : button;
  if (busyText && told) {
    told.style.minInlineSize = `${told.offsetWidth}px`;
    told.dataset.label = told.innerHTML;
    told.textContent = busyText;
    shown.push(told);
  }
  working.set(ctx, shown);
}

/**
 * Show that it is done, however it ended.
 * @param {HtmxContext} ctx
 */
export function end(ctx) {
  for (const one of working.get(ctx) ?? []) {
    one.removeAttribute("aria-busy");
    if (one.dataset.label === undefined) continue;
    one.innerHTML = one.dataset.label;
    one.removeAttribute("data-label");
    one.style.minInlineSize = "";
  }
  working.delete(ctx);
}

/**
 * @param {HtmxContext} ctx
 * @returns {HTMLButtonElement | null}
 */
function pressed(ctx) {
  const element = ctx.sourceEvent instanceof SubmitEvent ? ctx.sourceEvent.submitter : ctx.sourceElement;
  return element instanceof HTMLButtonElement ? element : null;
}

/**
 * The button of a menu stands for its items: they are out of sight while they work.
 * @param {Element} button
 * @returns {HTMLElement[]}
 */
function opener(button) {
  const menu = button.closest("[role=menu]");
  const found = menu?.parentElement?.querySelector(":scope > [aria-haspopup=menu]");
  return found instanceof HTMLElement ? [found] : [];
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[aria-busy=true]") : null;
  if (!button || (button.closest("#form-inside") && button.id !== "create")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
