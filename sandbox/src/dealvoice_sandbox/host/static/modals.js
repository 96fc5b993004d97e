// Modals: the app's own in a frame, and Pipedrive's forms for new records. All stand at the top of the window, centred.

import { clamped, forget, openFrame, tell } from "./frames.js";
import { context, find, make, post, t } from "./page.js";

/** @typedef {import("./frames.js").Frame} Frame */
/** @typedef {import("./frames.js").Size} Size */

const LEAST = { width: 320, height: 120 };
const HEAD = 45;
/** Fields of Pipedrive's forms by kind: key of the SDK's prefill, label, input type. @type {Record<string, [string, string, string][]>} */
const FORMS = {
  deal: [["title", "Title", "text"], ["person", "Person", "text"], ["organization", "Organization", "text"]],
  person: [["name", "Name", "text"], ["organization", "Organization", "text"]],
  organization: [["name", "Name", "text"]],
  activity: [
    ["subject", "Subject", "text"],
    ["dueDate", "Due date", "date"],
    ["dueTime", "Due time", "time"],
    ["duration", "Duration", "time"],
    ["note", "Note", "text"],
    ["description", "Description", "text"],
    ["deal", "Deal", "number"],
    ["organization", "Organization", "number"],
  ],
};
/** @type {Record<string, string>} */
const TITLES = { deal: "New deal", person: "New person", organization: "New organization", activity: "New activity" };

/**
 * Open a layer with a title bar; `closed` runs when the cross or Escape closes it.
 * @param {string} title @param {() => void} closed
 */
function layer(title, closed) {
  const before = /** @type {HTMLElement|null} */ (document.activeElement);
  const template = /** @type {HTMLTemplateElement} */ (find("#modal-template"));
  const element = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  const dialog = /** @type {HTMLElement} */ (element.querySelector(".modal"));
  dialog.setAttribute("aria-label", title);
  /** @type {HTMLElement} */ (element.querySelector(".modal-title")).textContent = title;
  const cross = /** @type {HTMLElement} */ (element.querySelector(".modal-x"));
  cross.addEventListener("click", closed);
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const top = [...document.querySelectorAll(".modal-layer")].at(-1) === element;
    if (event.key === "Escape" && top && !find("dialog[open]")) closed();
  };
  window.addEventListener("keydown", onKey);
  document.body.append(element);
  cross.focus();
  return {
    dialog,
    body: /** @type {HTMLElement} */ (element.querySelector(".modal-body")),
    remove() {
      window.removeEventListener("keydown", onKey);
      element.remove();
      before?.focus();
    },
  };
}

/**
 * Open one of the app's modals and wait until it is closed.
 * @param {string} action Its id or its name.
 * @param {{data?: Record<string, string>, bySdk?: boolean, selection?: import("./frames.js").Selection}} [how]
 * @returns {Promise<{status: "closed"|"submitted"}>}
 */
export async function openCustomModal(action, how = {}) {
  const known = context.modals.find((one) => one.id === action || one.name === action);
  if (!known) throw new Error("Unknown action id");
  return new Promise((resolve, reject) => {
    /** @type {Frame|undefined} */
    let frame;
    /** @param {"closed"|"submitted"} status */
    const close = (status) => {
      if (frame) forget(frame);
      shown.remove();
      resolve({ status });
      // Whoever opened it: a panel hears of every custom modal of its app that is closed.
      tell("close_custom_modal", undefined, (one) => one.kind !== "modal");
      document.dispatchEvent(new CustomEvent("host:changed"));
    };
    const shown = layer(known.name, () => close("closed"));
    const load = async () => {
      frame = await openFrame({ kind: "modal", title: known.name, url: known.url, action, ...how }, shown.body, (_frame, size, first) =>
        resize(shown, size, first),
      );
      frame.close = close;
      frame.again = () => void load();
    };
    load().catch(reject);
  });
}

/** @param {{dialog: HTMLElement, body: HTMLElement}} shown @param {Size} size @param {boolean} first */
function resize(shown, size, first) {
  const frame = /** @type {HTMLElement} */ (shown.body.querySelector("iframe"));
  const most = { width: window.innerWidth, height: window.innerHeight - HEAD };
  // Too small is brought to the least at the start and left alone later; too large ends at the window's edge.
  if (size.width && (first || size.width >= LEAST.width)) {
    shown.dialog.style.width = `${clamped(size.width, LEAST.width, most.width)}px`;
  }
  if (size.height && (first || size.height >= LEAST.height)) {
    frame.style.height = `${clamped(size.height, LEAST.height, most.height)}px`;
  }
}

/**
 * Open Pipedrive's form for a new record and wait until it is saved or closed.
 * @param {string} kind @param {Record<string, unknown>} prefill
 * @returns {Promise<{status: "closed"|"submitted", id?: number}>}
 */
export function openRecordModal(kind, prefill) {
  return new Promise((resolve) => {
    const shown = layer(t(TITLES[kind]), () => end({ status: "closed" }));
    /** @param {{status: "closed"|"submitted", id?: number}} answer */
    const end = (answer) => {
      shown.remove();
      resolve(answer);
      document.dispatchEvent(new CustomEvent("host:changed"));
    };
    const save = make("button", "btn primary", t("Save"));
    const cancel = make("button", "btn", t("Cancel"));
    cancel.type = "button";
    cancel.addEventListener("click", () => end({ status: "closed" }));
    const form = make("form", "record-form", ...FORMS[kind].map((field) => input(field, prefill)));
    const error = make("p", "bad", "");
    error.setAttribute("role", "alert");
    form.append(error, make("div", "acts end", cancel, save));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      post(`/host/new/${kind}`, Object.fromEntries(new FormData(form)))
        .then((made) => end({ status: "submitted", id: made.id }))
        .catch((problem) => (error.textContent = problem.message));
    });
    shown.body.replaceChildren(form);
    shown.dialog.classList.add("narrow");
    form.querySelector("input")?.focus();
  });
}

/** @param {[string, string, string]} field @param {Record<string, unknown>} prefill */
function input([name, label, type], prefill) {
  const box = document.createElement("input");
  Object.assign(box, { name, type, required: name === "title" || name === "name" || name === "subject" });
  box.value = String(prefill[name] ?? "");
  return make("label", "", t(label), box);
}

/**
 * Show that a JSON modal would open; its content is not emulated.
 * @param {string} action @returns {Promise<{status: "closed"}>}
 */
export function openJsonModal(action) {
  return new Promise((resolve) => {
    const shown = layer(action, () => {
      shown.remove();
      resolve({ status: "closed" });
    });
    // Not emulated: what a JSON modal shows and sends.
    shown.body.replaceChildren(make("p", "failed", t("JSON modals are not played by the sandbox.")));
    shown.dialog.classList.add("narrow");
  });
}
