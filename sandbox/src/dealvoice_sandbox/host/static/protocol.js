// The host's half of the app extensions SDK: {payload, id} from a frame's window, one answer on the port it carries.
// Source: SDK README and source (0.15.1); a host that was seen to work answers wrong surfaces with success.

import { confirmation, snackbar } from "./dialogs.js";
import { hideFloating, setFocusMode, setNotification, showFloating } from "./floating.js";
import { frameOf, ready, signedToken } from "./frames.js";
import { openCustomModal, openJsonModal, openRecordModal } from "./modals.js";
import { context } from "./page.js";

/** @typedef {import("./frames.js").Frame} Frame */

/** Everything that was said, for whoever looks on: tests, and people at the console. */
const record = (/** @type {any} */ (window).__sandbox = /** @type {{messages: object[], answers: object[]}} */ ({ messages: [], answers: [] }));

window.addEventListener("message", (event) => {
  const frame = frameOf(event.data?.id);
  if (!frame || event.source !== frame.element.contentWindow) return;
  const payload = event.data.payload ?? {};
  record.messages.push({ at: Date.now(), frame: frame.kind, payload: JSON.parse(JSON.stringify(payload)) });
  const port = event.ports[0];
  if (!port) return;
  if (payload.type === "listener") {
    frame.ports.set(payload.event, [...(frame.ports.get(payload.event) ?? []), port]);
  } else if (payload.type === "command") {
    void answer(frame, port, payload);
  }
});

/** @param {Frame} frame @param {MessagePort} port @param {{command: string, args: any}} payload */
async function answer(frame, port, payload) {
  /** @type {{data?: unknown, error?: string}} */
  let said;
  try {
    const data = await carryOut(frame, payload.command, payload.args);
    said = data === undefined ? {} : { data };
  } catch (error) {
    said = { error: error instanceof Error ? error.message : String(error) };
  }
  record.answers.push({ at: Date.now(), frame: frame.kind, command: payload.command, ...said });
  port.postMessage(said);
}

/** @param {Frame} frame @param {string} command @param {any} args @returns {Promise<unknown>} */
async function carryOut(frame, command, args) {
  switch (command) {
    case "initialize":
      return ready(frame, args?.size);
    case "resize":
      return frame.resize(args ?? {}, false);
    case "get_signed_token":
      return { token: await signedToken() };
    case "get_metadata":
      return { windowHeight: window.innerHeight, windowWidth: window.innerWidth };
    case "show_snackbar":
      return snackbar(String(args?.message ?? ""), args?.link);
    case "show_confirmation":
      return { confirmed: await confirmation(args ?? {}) };
    case "open_modal":
      return openModal(args ?? {});
    case "close_modal":
      return frame.kind === "modal" ? frame.close?.("closed") : undefined;
    case "redirect_to":
      return redirect(args ?? {});
    case "show_floating_window":
      return showFloating("command", args?.context);
    case "hide_floating_window":
      return hideFloating("command", args?.context);
    case "set_notification":
      return frame.kind === "floating" ? setNotification(Number(args?.number ?? 0)) : undefined;
    case "set_focus_mode":
      return frame.kind === "floating" ? setFocusMode(args === true) : undefined;
    default:
      throw new Error("Invalid command");
  }
}

/** @param {any} wanted @returns {Promise<{status: string, id?: number}>} */
function openModal(wanted) {
  switch (wanted.type) {
    case "custom_modal":
      return openCustomModal(String(wanted.action_id), { data: wanted.data, bySdk: true });
    case "json_modal":
      return openJsonModal(String(wanted.action_id));
    case "deal":
    case "person":
    case "organization":
    case "activity":
      return openRecordModal(wanted.type, wanted.prefill ?? {});
    default:
      throw new Error("Invalid modal type");
  }
}

/** @param {{view?: string, id?: string|number, context?: Record<string, unknown>}} place */
function redirect(place) {
  const id = place.id === undefined || place.id === null ? "" : encodeURIComponent(String(place.id));
  /** @type {Record<string, string>} */
  const paths = {
    deals: id ? `/deal/${id}` : "/deals",
    contacts: id ? `/person/${id}` : "/persons",
    organizations: id ? `/organization/${id}` : "/organizations",
    leads: "/leads",
    campaigns: "/campaigns",
    projects: "/projects",
    settings: context.settingsPath,
  };
  const path = paths[place.view ?? ""];
  if (!path) throw new Error("Invalid view");
  // Only the settings page takes a context: it becomes parameters of the app's own page.
  const more = place.view === "settings" && place.context ? `?${new URLSearchParams(flat(place.context))}` : "";
  // The answer goes out first: the page that leaves takes its ports along.
  window.setTimeout(() => window.location.assign(path + more), 0);
}

/** @param {Record<string, unknown>} values @returns {Record<string, string>} */
function flat(values) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]));
}
