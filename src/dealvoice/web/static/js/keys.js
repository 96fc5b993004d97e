// @ts-check
/**
 * The list of this screen's keys, shown by `?` or from the menu, and the switch of the single keys: they are in the way
 * of who speaks to the computer.
 */
import { call } from "./session.js";

const list = /** @type {HTMLDialogElement | null} */ (document.getElementById("keys"));
const single = /** @type {HTMLInputElement | null} */ (document.getElementById("keys-single"));

/**
 * Whether a key without Ctrl or Alt means something here and now.
 * @param {KeyboardEvent} event
 */
export function meansSomething(event) {
  const at = event.target;
  if (!single?.checked || event.ctrlKey || event.metaKey || event.altKey || list?.open) return false;
  return !(at instanceof Element && at.closest("input, textarea, select, [role=menu]"));
}

function show() {
  list?.showModal();
  document.dispatchEvent(new CustomEvent("dealvoice:menu"));
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "?" || !meansSomething(event)) return;
  event.preventDefault();
  show();
});

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (!button) return;
  if ("keys" in button.dataset) show();
  if ("closeKeys" in button.dataset) list?.close();
});

list?.addEventListener("close", () => document.dispatchEvent(new CustomEvent("dealvoice:menu")));

single?.addEventListener("change", async () => {
  const body = new URLSearchParams({ on: single.checked ? "1" : "" });
  const answer = await call("/session/keys", { method: "POST", body }).catch(() => null);
  if (!answer?.ok) single.checked = !single.checked; // what is shown is what is kept
});
