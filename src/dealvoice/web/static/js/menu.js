// @ts-check
/** Menu buttons (WAI-ARIA menu button): opened by press, Enter or Down; arrows, Home, End and first letters move, Esc closes. */

/** @type {HTMLElement | null} */
let opener = null;

/** @param {Element} button */
const menuOf = (button) => /** @type {HTMLElement | null} */ (button.parentElement?.querySelector(":scope > [role=menu]") ?? null);

/** @param {HTMLElement} menu */
const itemsOf = (menu) => /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("[role=menuitem]")]);

/** Whether a menu is open now: nothing under it may be swapped meanwhile. */
export function isMenuOpen() {
  return opener?.isConnected ?? false;
}

/**
 * @param {HTMLElement} button
 * @param {"first" | "last"} end
 */
function open(button, end = "first") {
  close();
  const menu = menuOf(button);
  if (!menu) return;
  const row = button.closest(".inv, tr");
  row?.classList.remove("up");
  menu.hidden = false;
  // Where the frame cannot grow, the menu opens upwards.
  const room = document.body.dataset.surface === "panel" ? 750 : innerHeight;
  if (menu.getBoundingClientRect().bottom + scrollY > room && button.getBoundingClientRect().top > menu.offsetHeight) row?.classList.add("up");
  button.setAttribute("aria-expanded", "true");
  opener = button;
  itemsOf(menu).at(end === "first" ? 0 : -1)?.focus();
  document.dispatchEvent(new CustomEvent("dealvoice:menu"));
}

/** @param {boolean} [back] give the focus back to the opener */
function close(back = false) {
  if (!opener) return;
  const menu = menuOf(opener);
  if (menu) menu.hidden = true;
  opener.setAttribute("aria-expanded", "false");
  if (back) opener.focus();
  opener = null;
  document.dispatchEvent(new CustomEvent("dealvoice:menu"));
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const button = /** @type {HTMLElement | null} */ (event.target.closest("[aria-haspopup=menu]"));
  if (button) {
    if (button === opener) close();
    else open(button);
    return;
  }
  const item = event.target.closest("[role=menuitem]");
  if (item?.getAttribute("aria-disabled") === "true") return;
  close(item !== null);
});

document.addEventListener("keydown", (event) => {
  if (!(event.target instanceof HTMLElement)) return;
  const button = event.target.closest("[aria-haspopup=menu]");
  if (button instanceof HTMLElement && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    open(button, event.key === "ArrowDown" ? "first" : "last");
    return;
  }
  if (!opener) return;
  const menu = menuOf(opener);
  if (!menu) return;
  if (event.key === "Escape" || event.key === "Tab") {
    if (event.key === "Escape") event.preventDefault();
    close(event.key === "Escape");
    return;
  }
  const items = itemsOf(menu);
  const at = items.indexOf(event.target);
  const next = target(items, at, event.key);
  if (!next) return;
  event.preventDefault();
  event.stopPropagation();
  next.focus();
}, true);

/**
 * @param {HTMLElement[]} items
 * @param {number} at
 * @param {string} key
 */
function target(items, at, key) {
  if (key === "ArrowDown") return items[(at + 1) % items.length];
  if (key === "ArrowUp") return items.at(at - 1);
  if (key === "Home") return items[0];
  if (key === "End") return items.at(-1);
  if (key.length !== 1 || key === " ") return undefined;
  const from = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  return from.find((item) => item.textContent?.trim().toLowerCase().startsWith(key.toLowerCase()));
}
