// @ts-check
/**
 * No press is lost when an answer draws anew what lies under the finger. A browser clicks what was there at both ends of
 * the press; a field that is left by pressing Create sends its change, and the answer may exchange Create meanwhile.
 */

/** @type {Element | null} */
let held = null;

/** @param {EventTarget | null} target */
const pressable = (target) => (target instanceof Element ? target.closest("button, a[href]") : null);

/**
 * What a press would do, in one text: a button that says so as it is, but for how it stands, is the same one drawn anew.
 * @param {Element} one
 */
function meaning(one) {
  const told = [...one.attributes].filter(({ name }) => !/^aria-|^style$|^tabindex$|^data-(htmx|label)/.test(name));
  return JSON.stringify([one.tagName, one.id ? "" : one.textContent, ...told.map(({ name, value }) => `${name}=${value}`).sort()]);
}

document.addEventListener("pointerdown", (event) => {
  held = event.isPrimary && event.button === 0 ? pressable(event.target) : null;
}, true);

document.addEventListener("pointercancel", () => {
  held = null;
}, true);

document.addEventListener("pointerup", (event) => {
  const before = held;
  held = null;
  if (!before || before.isConnected) return;
  const now = pressable(document.elementFromPoint(event.clientX, event.clientY));
  if (!(now instanceof HTMLElement) || meaning(now) !== meaning(before)) return;
  now.focus({ preventScroll: true });
  now.click();
}, true);
