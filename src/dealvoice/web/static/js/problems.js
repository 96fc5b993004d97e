// @ts-check
/** Problems to fix: choosing several, and asking for the reason before one is set aside. */

export {};

/** @type {HTMLElement | null} */
let openedBy = null;

/** @returns {HTMLInputElement[]} */
const ticks = () => [...document.querySelectorAll("#problems input[name=key]")].map((one) => /** @type {HTMLInputElement} */ (one));

/** Say how many are chosen, and let the buttons of the bar work on them. */
function count() {
  const all = ticks();
  const chosen = all.filter((tick) => tick.checked).length;
  const words = document.getElementById("selected");
  const whole = /** @type {HTMLInputElement | null} */ (document.getElementById("select-all"));
  if (!words || !whole) return;
  words.textContent = (document.getElementById("problems")?.dataset.selected ?? "").replace("{n}", String(chosen));
  whole.checked = chosen > 0 && chosen === all.length;
  whole.indeterminate = chosen > 0 && chosen < all.length;
  for (const button of document.querySelectorAll("[data-of-selected]")) {
    if (chosen) button.removeAttribute("aria-disabled");
    else button.setAttribute("aria-disabled", "true");
  }
}

document.addEventListener("change", (event) => {
  if (!(event.target instanceof HTMLInputElement) || !event.target.closest("#problems")) return;
  if (event.target.id === "select-all") for (const tick of ticks()) tick.checked = event.target.checked;
  count();
});

// Before htmx: a button that waits for a choice sends nothing.
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (!button?.closest("#problems")) return;
  if (button.getAttribute("aria-disabled") === "true") {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("aside"));
  if ("aside" in button.dataset) {
    openedBy = button;
    /** @type {HTMLInputElement} */ (document.getElementById("aside-key")).value = button.dataset.aside ?? "";
    dialog?.showModal();
    document.getElementById("aside-reason")?.focus();
  } else if ("closeAside" in button.dataset) {
    dialog?.close();
    openedBy?.focus();
  }
}, true);
