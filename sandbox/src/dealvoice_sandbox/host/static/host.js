// The page around the frames: menus, products, notes, history, the sandbox's own controls.

import { openFrame, openModal, post, snackbar, tell, theme, forget } from "./frames.js";

const context = document.body.dataset;

/** @param {string} selector @returns {HTMLElement|null} */
const find = (selector) => document.querySelector(selector);

/** @type {import("./frames.js").Frame|undefined} */
let panel;

async function openPanel() {
  const box = find("#panel-box");
  if (!box || !context.panel) return;
  if (panel) forget(panel);
  panel = await openFrame({ kind: "panel", url: context.panel }, box);
}

async function openSettings() {
  const box = find("#settings-box");
  if (box && context.settingsFrame) await openFrame({ kind: "settings", url: context.settingsFrame }, box);
}

let version = "";
async function refresh() {
  if (!context.deal || document.hidden) return;
  const answer = await fetch(`/host/deal/${context.deal}/live?since=${version}`).catch(() => undefined);
  if (!answer?.ok || answer.status === 204) return;
  const seen = await answer.json();
  version = seen.version;
  for (const [id, html] of Object.entries(seen.parts)) {
    const place = find(`#${id}`);
    const typing = place?.contains(document.activeElement) && document.activeElement?.matches("input,textarea,select");
    if (place && !typing) place.innerHTML = String(html);
  }
}

/** @param {HTMLElement} button */
function toggleMenu(button) {
  const menu = find(`#${button.getAttribute("aria-controls")}`);
  if (!menu) return;
  const opens = menu.hidden;
  closeMenus();
  menu.hidden = !opens;
  button.setAttribute("aria-expanded", String(opens));
  if (opens) /** @type {HTMLElement|null} */ (menu.querySelector("a,button"))?.focus();
}

function closeMenus() {
  for (const menu of document.querySelectorAll(".menu")) /** @type {HTMLElement} */ (menu).hidden = true;
  for (const button of document.querySelectorAll("[aria-controls][aria-expanded]")) button.setAttribute("aria-expanded", "false");
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? /** @type {HTMLElement|null} */ (event.target.closest("[data-do],[aria-controls]")) : null;
  if (!target) return closeMenus();
  if (target.hasAttribute("aria-controls")) return toggleMenu(target);
  closeMenus();
  void act(target);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus();
  const menu = event.target instanceof Element ? event.target.closest(".menu") : null;
  if (!menu || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
  event.preventDefault();
  const items = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("a,button")]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  items[(at + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length]?.focus();
});

/** @param {HTMLElement} target */
async function act(target) {
  switch (target.dataset.do) {
    case "modal":
      await openModal(target.dataset.action ?? "", { deal: context.deal ?? "" });
      break;
    case "reload":
      await openPanel();
      break;
    case "collapse": {
      const box = find("#panel-box");
      if (!box) return;
      box.hidden = !box.hidden;
      target.setAttribute("aria-expanded", String(!box.hidden));
      tell("visibility", { is_visible: !box.hidden, context: { invoker: "user" } }, (frame) => frame.kind === "panel");
      break;
    }
    case "theme": {
      const next = theme() === "dark" ? "light" : "dark";
      document.documentElement.dataset.theme = next;
      target.textContent = next === "dark" ? "Light" : "Dark";
      await post("/host/theme", { theme: next });
      tell("user_settings_change", { theme: next });
      break;
    }
    case "user":
      await post("/host/user", { user: target.dataset.user });
      window.location.reload();
      break;
    case "clock":
      await post("/host/clock", { advance: "P1D" });
      snackbar("The clock of both services moved on by one day.");
      break;
    case "break":
      snackbar((await post("/host/break", { what: target.dataset.what })).said);
      break;
    case "tab": {
      for (const tab of document.querySelectorAll("[data-do=tab]")) tab.setAttribute("aria-selected", String(tab === target));
      const feed = find("#feed");
      if (feed) feed.dataset.show = target.dataset.show;
      break;
    }
    case "compose":
      for (const tab of document.querySelectorAll("[data-do=compose]")) tab.setAttribute("aria-selected", String(tab === target));
      for (const part of document.querySelectorAll("[data-composer]")) {
        /** @type {HTMLElement} */ (part).hidden = part.getAttribute("data-composer") !== target.dataset.show;
      }
      break;
    case "remove-product":
      await post(`/host/deal/${context.deal}/products/${target.dataset.row}/remove`);
      await changed();
      break;
    case "uninstall":
      await post("/host/uninstall");
      window.location.reload();
      break;
    case "status":
      await post(`/host/deal/${context.deal}/status`, { status: target.dataset.status });
      window.location.reload();
      break;
  }
}

async function changed() {
  version = "";
  await refresh();
}

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.dataset.send) return;
  event.preventDefault();
  const values = Object.fromEntries(new FormData(form));
  post(form.dataset.send, values)
    .then(() => {
      form.reset();
      /** @type {HTMLElement|null} */ (document.activeElement)?.blur();
      return changed();
    })
    .catch(() => snackbar("That was not saved. Check the figures."));
});

document.addEventListener("change", (event) => {
  const input = /** @type {HTMLInputElement} */ (event.target);
  if (!input.dataset?.row || !input.dataset.field) return;
  post(`/host/deal/${context.deal}/products/${input.dataset.row}`, { [input.dataset.field]: input.value })
    .then(() => {
      input.blur();
      return changed();
    })
    .catch(() => snackbar("That was not saved. Check the figures."));
});

document.addEventListener("host:changed", () => void changed());
window.setInterval(() => void refresh(), 2000);
void openPanel();
void openSettings();
void refresh();
