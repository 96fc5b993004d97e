// The page around the frames: what its buttons do, and what changes while it is open.

import "./protocol.js";
import { notSaved, snackbar } from "./dialogs.js";
import { loadFloating } from "./floating.js";
import { clamped, forget, openFrame, tell, within } from "./frames.js";
import { markSelected, selection } from "./lists.js";
import { closeMenus, toggleMenu } from "./menus.js";
import { openCustomModal, openRecordModal } from "./modals.js";
import { context, find, post, t, theme } from "./page.js";

const PANEL = { least: 100, most: 750 };
const REFRESH_EVERY = 2000;

/** @type {import("./frames.js").Frame|undefined} */
let panel;

async function openPanel() {
  const box = find("#panel-box");
  if (!box || !context.panel) return;
  if (panel) forget(panel);
  // Only the height can be chosen; the sidebar gives the width.
  panel = await openFrame({ kind: "panel", title: context.app, url: context.panel }, box, (frame, { height }, first) => {
    if (height === undefined) return;
    if (first) frame.element.style.height = `${clamped(height, PANEL.least, PANEL.most)}px`;
    else if (within(height, PANEL.least, PANEL.most)) frame.element.style.height = `${height}px`;
  });
  panel.again = () => void openPanel();
}

async function openSettings() {
  const box = find("#settings-box");
  if (!box || !context.settings) return;
  const more = new URLSearchParams(window.location.search);
  const frame = await openFrame({ kind: "settings", title: t("App settings"), url: context.settings, more }, box, () => {});
  frame.again = () => void openSettings();
}

let version = "";
async function refresh() {
  if (context.view !== "details" || document.hidden) return;
  const answer = await fetch(`/host/${context.resource}/${context.selected}/live?since=${version}`).catch(() => undefined);
  if (!answer?.ok || answer.status === 204) return;
  const seen = await answer.json();
  version = seen.version;
  for (const [id, html] of Object.entries(seen.parts)) {
    const place = find(`#${id}`);
    const typing = place?.contains(document.activeElement) && document.activeElement?.matches("input,textarea,select");
    if (place && !typing) place.innerHTML = String(html);
  }
}

async function changed() {
  version = "";
  await refresh();
}

/** @param {HTMLElement} target @param {string} group */
function choose(target, group) {
  for (const tab of document.querySelectorAll(`[data-do="${group}"]`)) tab.setAttribute("aria-selected", String(tab === target));
}

const here = () => `/host/${context.resource}/${context.selected}`;
const reload = () => window.location.reload();

/** What a button with `data-do` does. @type {Record<string, (target: HTMLElement) => unknown>} */
const deeds = {
  modal: (target) => {
    const listed = context.view === "list" ? { selection: selection() } : {};
    return openCustomModal(target.dataset.action ?? "", listed);
  },
  link: (target) => {
    const { ids, excluded, filter } = context.view === "list" ? selection() : { ids: [context.selected], excluded: [], filter: undefined };
    const query = new URLSearchParams({ resource: context.resource, view: context.view, selectedIds: ids.join(",") });
    if (filter) {
      query.set("excludedIds", excluded.join(","));
      query.set("filter", JSON.stringify(filter));
    }
    window.open(`/app-extensions/actions/${encodeURIComponent(target.dataset.action ?? "")}?${query}`, "_blank", "noopener");
  },
  reload: () => openPanel(),
  collapse: (target) => {
    const box = find(`#${target.dataset.box}`);
    if (!box) return;
    box.hidden = !box.hidden;
    target.setAttribute("aria-expanded", String(!box.hidden));
    if (box.id === "panel-box") tell("visibility", { is_visible: !box.hidden }, (frame) => frame.kind === "panel");
  },
  theme: async () => {
    const next = theme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    for (const told of document.querySelectorAll("[data-theme-name]")) told.textContent = t(next === "dark" ? "Light" : "Dark");
    await post("/host/theme", { theme: next });
    tell("user_settings_change", { theme: next });
  },
  user: (target) => post("/host/user", { user: target.dataset.user }).then(reload),
  language: (target) => post("/host/language", { language: target.dataset.language }).then(reload),
  switch: (target) => post("/host/switch", { on: target.dataset.on === "yes" }).then(reload),
  clock: (target) =>
    post("/host/clock", { advance: target.dataset.by }).then(() => snackbar(t("The clock of both services moved on."))),
  break: (target) => post("/host/break", { what: target.dataset.what }).then((answer) => snackbar(answer.said)),
  tab: (target) => {
    choose(target, "tab");
    const feed = find("#feed");
    if (feed) feed.dataset.show = target.dataset.show;
  },
  compose: (target) => {
    choose(target, "compose");
    for (const part of document.querySelectorAll("[data-composer]")) {
      /** @type {HTMLElement} */ (part).hidden = part.getAttribute("data-composer") !== target.dataset.show;
    }
  },
  dialog: (target) => /** @type {HTMLDialogElement|null} */ (find(`#${target.dataset.dialog}`))?.showModal(),
  "close-dialog": (target) => /** @type {HTMLDialogElement|null} */ (target.closest("dialog"))?.close(),
  "remove-product": (target) => post(`${here()}/products/${target.dataset.row}/remove`).then(changed, notSaved),
  "remove-discount": (target) => post(`${here()}/discounts/${target.dataset.row}/remove`).then(changed, notSaved),
  pin: (target) => post(`/host/notes/${target.dataset.note}/pin`, { pinned: target.dataset.pinned !== "yes" }).then(changed, notSaved),
  "tick-off": (target) => post(`/host/activities/${target.dataset.row}/done`).then(changed, notSaved),
  "new-activity": () => openRecordModal("activity", context.resource === "deal" ? { deal: context.selected } : { organization: context.selected }),
  "change-deal": (target) => post(`${here()}/change`, JSON.parse(target.dataset.values ?? "{}")).then(reload, notSaved),
  "delete-deal": () => post(`${here()}/delete`).then(reload, notSaved),
  bulk: (target) => markSelected(target.dataset.status ?? ""),
  new: (target) => openRecordModal(target.dataset.kind ?? "", {}).then((made) => made.id && reload()),
  uninstall: () => post("/host/uninstall").then(reload),
};

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? /** @type {HTMLElement|null} */ (event.target.closest("[data-do],[aria-haspopup]")) : null;
  if (!target) {
    if (!(event.target instanceof Element && event.target.closest(".menu"))) closeMenus();
    return;
  }
  if (target.hasAttribute("aria-haspopup")) return toggleMenu(target);
  closeMenus();
  void deeds[target.dataset.do ?? ""]?.(target);
});

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.dataset.send) return;
  event.preventDefault();
  post(form.dataset.send, Object.fromEntries(new FormData(form)))
    .then(() => {
      form.reset();
      /** @type {HTMLElement|null} */ (document.activeElement)?.blur();
      return changed();
    })
    .catch(notSaved);
});

document.addEventListener("change", (event) => {
  const input = /** @type {HTMLInputElement} */ (event.target);
  if (!input.dataset?.row || !input.dataset.field) return;
  const value = input.type === "checkbox" ? input.checked : input.value;
  post(`${here()}/products/${input.dataset.row}`, { [input.dataset.field]: value })
    .catch(notSaved)
    .then(() => {
      input.blur();
      return changed();
    });
});

document.addEventListener("host:changed", () => void changed());
window.setInterval(() => void refresh(), REFRESH_EVERY);
void openPanel();
void openSettings();
void loadFloating();
void refresh();
