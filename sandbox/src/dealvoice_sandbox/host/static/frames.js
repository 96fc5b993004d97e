// The app's frames: their addresses, the ten seconds they have, who may speak, whom an event reaches.
// Source: Custom UI extensions (parameters, loading); SDK README (sizes).

import { context, make, post, t, theme } from "./page.js";

/**
 * @typedef {{width?: number, height?: number}} Size
 * @typedef {"panel"|"modal"|"floating"|"settings"} Kind
 * @typedef {{ids: number[], excluded: number[], filter: object}} Selection
 * @typedef {{kind: Kind, url: string, title: string, bySdk?: boolean, data?: Record<string, string>, selection?: Selection,
 *   more?: URLSearchParams, action?: string}} Wish
 * @typedef {{id: string, kind: Kind, element: HTMLIFrameElement, box: HTMLElement, ports: Map<string, MessagePort[]>,
 *   timer: number, action?: string, resize: (size: Size, first: boolean) => void,
 *   close?: (status: "closed"|"submitted") => void, again?: () => void}} Frame
 */

const INITIALIZE_WITHIN = 10_000;

/** @type {Map<string, Frame>} */
const frames = new Map();

export async function signedToken() {
  return (await post("/host/token")).token;
}

/** @param {string} id */
export const frameOf = (id) => frames.get(id);

/** @param {Kind} kind */
export const frameOfKind = (kind) => [...frames.values()].find((frame) => frame.kind === kind);

/**
 * Open a frame in a box; it is shown once the app has answered.
 * @param {Wish} wish @param {HTMLElement} box @param {(frame: Frame, size: Size, first: boolean) => void} resize
 * @returns {Promise<Frame>}
 */
export async function openFrame(wish, box, resize) {
  const id = crypto.randomUUID();
  const address = await addressOf(wish, id);
  const element = document.createElement("iframe");
  element.title = wish.title;
  element.className = "waiting";
  element.src = address;
  /** @type {Frame} */
  const frame = {
    id,
    kind: wish.kind,
    element,
    box,
    ports: new Map(),
    timer: 0,
    action: wish.action,
    resize: (size, first) => resize(frame, size, first),
  };
  frames.set(id, frame);
  box.replaceChildren(make("p", "loading", t("…")), element);
  frame.timer = window.setTimeout(() => fail(frame), INITIALIZE_WITHIN);
  return frame;
}

/** @param {Wish} wish @param {string} id */
async function addressOf(wish, id) {
  const url = new URL(wish.url);
  for (const [name, value] of wish.more ?? []) url.searchParams.set(name, value);
  /** @type {Record<string, string>} */
  const given = {
    id,
    token: await signedToken(),
    userId: String(context.user),
    companyId: String(context.company),
    theme: theme(),
  };
  // The panel and the modal are told what they stand on; the floating window and the settings page are not.
  if (wish.kind === "panel" || wish.kind === "modal") Object.assign(given, whatIsSelected(wish));
  if (wish.data) given.data = JSON.stringify(wish.data);
  for (const [name, value] of Object.entries(given)) url.searchParams.set(name, value);
  return url.href;
}

/** @param {Wish} wish @returns {Record<string, string>} */
function whatIsSelected(wish) {
  if (!context.resource) return {};
  const place = { resource: context.resource, view: context.view };
  // Whether a modal that the SDK opens knows these is unconfirmed; switch sdk_modal_ids takes the ids away.
  if (wish.bySdk && !context.sdkModalIds) return place;
  if (context.view === "details") return { ...place, selectedIds: String(context.selected) };
  const { ids, excluded, filter } = wish.selection ?? { ids: [], excluded: [], filter: { everyone: 1 } };
  return { ...place, selectedIds: ids.join(","), excludedIds: excluded.join(","), filter: JSON.stringify(filter) };
}

/** The app has answered in time. @param {Frame} frame @param {Size|undefined} size */
export function ready(frame, size) {
  window.clearTimeout(frame.timer);
  frame.element.classList.remove("waiting");
  frame.box.querySelector(".loading")?.remove();
  if (size) frame.resize(size, true);
}

/** @param {Frame} frame */
export function forget(frame) {
  window.clearTimeout(frame.timer);
  frames.delete(frame.id);
  for (const ports of frame.ports.values()) for (const port of ports) port.close();
  frame.element.remove();
}

/** @param {Frame} frame */
function fail(frame) {
  forget(frame);
  const again = make("button", "btn", t("Try again"));
  again.type = "button";
  again.addEventListener("click", () => frame.again?.());
  const words = make("div", "failed", make("b", "", t("Something went wrong")), make("p", "", t("The app did not answer within 10 seconds.")));
  words.setAttribute("role", "alert");
  if (frame.again) words.append(again);
  frame.box.replaceChildren(words);
}

/**
 * Tell the frames that listen of an event.
 * @param {string} event @param {object|undefined} data @param {(frame: Frame) => boolean} [which]
 */
export function tell(event, data, which = () => true) {
  for (const frame of frames.values()) {
    if (!which(frame)) continue;
    for (const port of frame.ports.get(event) ?? []) port.postMessage(data === undefined ? {} : { data });
  }
}

/** @param {number|undefined} value @param {number} least @param {number} most */
export const within = (value, least, most) => typeof value === "number" && value >= least && value <= most;

/** @param {number} value @param {number} least @param {number} most */
export const clamped = (value, least, most) => Math.min(Math.max(value, least), most);
