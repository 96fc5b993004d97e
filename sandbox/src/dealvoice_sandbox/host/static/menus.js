// Menus: opened by a press or by the keyboard, one at a time.

import { find } from "./page.js";

/** @param {HTMLElement} button */
export function toggleMenu(button) {
  const menu = find(`#${button.getAttribute("aria-controls")}`);
  if (!menu) return;
  const opens = menu.hidden;
  closeMenus();
  menu.hidden = !opens;
  button.setAttribute("aria-expanded", String(opens));
  if (opens) /** @type {HTMLElement|null} */ (menu.querySelector("a,button,select,input"))?.focus();
}

export function closeMenus() {
  for (const menu of document.querySelectorAll(".menu")) /** @type {HTMLElement} */ (menu).hidden = true;
  for (const button of document.querySelectorAll("[aria-controls][aria-haspopup]")) button.setAttribute("aria-expanded", "false");
}

document.addEventListener("keydown", (event) => {
  const menu = event.target instanceof Element ? event.target.closest(".menu") : null;
  if (event.key === "Escape" && menu) {
    const opener = find(`[aria-controls="${menu.id}"]`);
    closeMenus();
    opener?.focus();
  }
  if (!menu || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
  event.preventDefault();
  const items = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("a,button")]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  items[(at + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length]?.focus();
});
