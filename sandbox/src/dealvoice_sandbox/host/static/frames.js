// The host's half of the app extensions protocol: frames, their commands, their listeners.
// Facts: every message is {payload, id} from the frame's window, answered on the port it carries.

/** @typedef {{width?: number, height?: number}} Size */
/** @typedef {{kind: "panel"|"modal"|"settings", url: string, data?: Record<string, string>, opener?: Frame, action?: string}} Wish */
/** @typedef {{id: string, kind: string, element: HTMLIFrameElement, box: HTMLElement, ports: Map<string, MessagePort[]>, ready: boolean, timer: number, close?: (status: string) => void, opener?: Frame}} Frame */

const INITIALIZE_WITHIN = 10_000;
const PANEL = { min: 100, max: 750 };
const MODAL = { width: 320, height: 120 };

/** @type {Map<string, Frame>} */
const frames = new Map();
/** @type {{messages: object[]}} */
const record = (window.__sandbox = { messages: [] });
const context = document.body.dataset;

/** @returns {"light"|"dark"} */
export const theme = () => (document.documentElement.dataset.theme === "dark" ? "dark" : "light");

/** @param {string} path @param {object} [body] @returns {Promise<any>} */
export async function post(path, body = {}) {
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function signedToken() {
  return (await post("/host/token")).token;
}

/** @param {Wish} wish @param {HTMLElement} box @returns {Promise<Frame>} */
export async function openFrame(wish, box) {
  const id = crypto.randomUUID();
  const url = new URL(wish.url);
  const params = { id, token: await signedToken(), userId: context.user ?? "", companyId: context.company ?? "", theme: theme() };
  if (wish.kind !== "settings") Object.assign(params, { resource: "deal", view: "details", selectedIds: context.deal ?? "" });
  if (wish.data) Object.assign(params, { data: JSON.stringify(wish.data) });
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  const element = document.createElement("iframe");
  element.title = wish.kind === "panel" ? "Dealvoice" : "Dealvoice window";
  element.className = "waiting";
  element.src = url.href;
  /** @type {Frame} */
  const frame = { id, kind: wish.kind, element, box, ports: new Map(), ready: false, timer: 0, opener: wish.opener };
  frames.set(id, frame);
  box.replaceChildren(element);
  frame.timer = window.setTimeout(() => fail(frame), INITIALIZE_WITHIN);
  return frame;
}

/** @param {Frame} frame */
export function forget(frame) {
  window.clearTimeout(frame.timer);
  frames.delete(frame.id);
  frame.element.remove();
}

/** @param {Frame} frame */
function fail(frame) {
  forget(frame);
  const words = document.createElement("p");
  words.className = "failed";
  words.textContent = "Something went wrong. The app did not answer within 10 seconds.";
  frame.box.replaceChildren(words);
}

/** @param {string} event @param {object} [data] @param {(frame: Frame) => boolean} [which] */
export function tell(event, data, which = () => true) {
  for (const frame of frames.values()) {
    if (which(frame)) for (const port of frame.ports.get(event) ?? []) port.postMessage({ data });
  }
}

window.addEventListener("message", (event) => {
  const frame = frames.get(event.data?.id);
  if (!frame || event.source !== frame.element.contentWindow) return;
  const payload = event.data.payload ?? {};
  record.messages.push({ at: Date.now(), frame: frame.kind, payload: JSON.parse(JSON.stringify(payload)) });
  const port = event.ports[0];
  if (payload.type === "listener" && port) {
    frame.ports.set(payload.event, [...(frame.ports.get(payload.event) ?? []), port]);
  } else if (payload.type === "command" && port) {
    carryOut(frame, payload.command, payload.args)
      .then((data) => port.postMessage({ data }))
      .catch((error) => port.postMessage({ error: error instanceof Error ? error.message : String(error) }));
  }
});

/** @param {Frame} frame @param {string} command @param {any} args @returns {Promise<unknown>} */
async function carryOut(frame, command, args) {
  switch (command) {
    case "initialize":
      window.clearTimeout(frame.timer);
      frame.ready = true;
      frame.element.classList.remove("waiting");
      if (args?.size) resize(frame, args.size);
      return {};
    case "resize":
      resize(frame, args ?? {});
      return {};
    case "get_signed_token":
      return { token: await signedToken() };
    case "show_snackbar":
      snackbar(String(args?.message ?? ""), args?.link);
      return {};
    case "show_confirmation":
      return { confirmed: await confirmation(args ?? {}) };
    case "open_modal":
      if (args?.type !== "custom_modal") throw new Error("The sandbox opens custom modals only");
      return openModal(String(args.action_id), args.data, frame);
    case "close_modal":
      if (frame.kind === "modal") frame.close?.("closed");
      return {};
    case "redirect_to":
      redirect(args ?? {});
      return {};
    case "get_metadata":
      return { windowHeight: window.innerHeight, windowWidth: window.innerWidth };
    case "show_floating_window":
    case "hide_floating_window":
    case "set_notification":
    case "set_focus_mode":
      return {};
    default:
      throw new Error("Invalid command");
  }
}

/** @param {Frame} frame @param {Size} size */
function resize(frame, size) {
  const { height, width } = size;
  if (frame.kind === "panel") {
    if (height && height >= PANEL.min && height <= PANEL.max) frame.element.style.height = `${height}px`;
    return;
  }
  if (frame.kind !== "modal") return;
  const dialog = /** @type {HTMLElement} */ (frame.box.closest(".modal"));
  if (width && width >= MODAL.width) dialog.style.width = `${Math.min(width, window.innerWidth - 24)}px`;
  if (height && height >= MODAL.height) frame.element.style.height = `${Math.min(height, window.innerHeight - 96)}px`;
}

/** @param {string} action @param {Record<string, string>} [data] @param {Frame} [opener] @returns {Promise<{status: string}>} */
export async function openModal(action, data, opener) {
  const known = JSON.parse(context.modals ?? "{}");
  if (!known[action]) throw new Error("Unknown action id");
  const template = /** @type {HTMLTemplateElement} */ (document.querySelector("#modal-template"));
  const layer = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  const title = /** @type {HTMLElement} */ (layer.querySelector(".modal-title"));
  title.textContent = action === "invoice" ? "Create invoice" : "All invoices";
  document.body.append(layer);
  const before = /** @type {HTMLElement|null} */ (document.activeElement);
  const box = /** @type {HTMLElement} */ (layer.querySelector(".modal-body"));
  return new Promise((resolve, reject) => {
    openFrame({ kind: "modal", url: known[action], data, opener, action }, box)
      .then((frame) => {
        frame.close = (status) => {
          forget(frame);
          layer.remove();
          window.removeEventListener("keydown", onKey);
          before?.focus();
          resolve({ status });
          tell("close_custom_modal", undefined, (one) => one.kind === "panel");
          document.dispatchEvent(new CustomEvent("host:changed"));
        };
        /** @param {KeyboardEvent} event */
        const onKey = (event) => {
          if (event.key === "Escape" && !document.querySelector(".dialog-layer")) frame.close?.("closed");
        };
        window.addEventListener("keydown", onKey);
        layer.querySelector(".modal-x")?.addEventListener("click", () => frame.close?.("closed"));
        /** @type {HTMLElement} */ (layer.querySelector(".modal-x")).focus();
      })
      .catch(reject);
  });
}

/** @param {string} message @param {{url: string, label: string}} [link] */
export function snackbar(message, link) {
  const place = /** @type {HTMLElement} */ (document.querySelector("#snackbars"));
  const bar = document.createElement("div");
  bar.className = "snack";
  bar.append(Object.assign(document.createElement("span"), { textContent: message }));
  if (link?.url && /^https?:/.test(link.url)) {
    bar.append(Object.assign(document.createElement("a"), { href: link.url, textContent: link.label, target: "_blank", rel: "noopener" }));
  }
  place.append(bar);
  window.setTimeout(() => bar.remove(), 7000);
}

/** @param {{title?: string, description?: string, okText?: string, cancelText?: string, okColor?: string}} asked @returns {Promise<boolean>} */
export function confirmation(asked) {
  const layer = document.createElement("div");
  layer.className = "dialog-layer";
  const dialog = document.createElement("dialog");
  dialog.className = "confirm";
  dialog.setAttribute("role", "alertdialog");
  dialog.setAttribute("aria-labelledby", "confirm-title");
  const title = Object.assign(document.createElement("h2"), { id: "confirm-title", textContent: asked.title ?? "" });
  const text = Object.assign(document.createElement("p"), { textContent: asked.description ?? "" });
  const acts = Object.assign(document.createElement("div"), { className: "confirm-acts" });
  const cancel = Object.assign(document.createElement("button"), { className: "btn", textContent: asked.cancelText ?? "Cancel", type: "button" });
  const ok = Object.assign(document.createElement("button"), {
    className: `btn ${asked.okColor === "primary" ? "primary" : asked.okColor === "secondary" ? "" : "danger"}`,
    textContent: asked.okText ?? "OK",
    type: "button",
  });
  acts.append(cancel, ok);
  dialog.append(title, text, acts);
  layer.append(dialog);
  document.body.append(layer);
  return new Promise((resolve) => {
    /** @param {boolean} answer */
    const end = (answer) => {
      dialog.close();
      layer.remove();
      resolve(answer);
    };
    cancel.addEventListener("click", () => end(false));
    ok.addEventListener("click", () => end(true));
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      end(false);
    });
    dialog.showModal();
    cancel.focus();
  });
}

/** @param {{view?: string, id?: string|number}} place */
function redirect(place) {
  const id = place.id === undefined ? "" : encodeURIComponent(String(place.id));
  /** @type {Record<string, string>} */
  const paths = {
    deals: id ? `/deal/${id}` : "/deals",
    contacts: id ? `/person/${id}` : "/deals",
    organizations: id ? `/organization/${id}` : "/deals",
    settings: context.settings ?? "/settings/marketplace",
  };
  const path = paths[place.view ?? ""];
  if (path) window.location.assign(path);
}
