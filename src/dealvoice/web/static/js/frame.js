// @ts-check
/** What every frame does: signs htmx's requests, asks and tells through Pipedrive, fits its height, opens what buttons name. */
import * as busy from "./busy.js";
import "./held.js";
import "./keys.js";
import "./menu.js";
import { call, freshToken, hasSession } from "./session.js";
import { download } from "./download.js";

const { sdk, ready } = window.dealvoice;
const surface = document.body.dataset.surface ?? "";
const deal = document.body.dataset.deal ?? "";

/** What the page itself said last: it stays on the page, but is told once. */
let lastSaid = "";

/** @param {string} message */
export function say(message) {
  if (sdk && message) void ready.then(() => sdk.execute("show_snackbar", { message }));
}

/**
 * Ask through Pipedrive's own dialog; in a tab of its own through the browser's.
 * @param {HTMLElement} element what was pressed
 * @param {string} title
 */
async function ask(element, title) {
  const { askText = "", askOk = "", askKeep = "", askColor = "negative" } = element.dataset;
  if (!sdk) return confirm(`${title}\n\n${askText}`);
  await ready;
  const said = await sdk.execute("show_confirmation", {
    title, description: askText, okText: askOk, cancelText: askKeep, okColor: askColor,
  });
  return said.confirmed;
}

/** Tell Pipedrive how high the content is. */
export function fit() {
  if (!sdk || surface !== "panel") return;
  const main = /** @type {HTMLElement} */ (document.querySelector("main"));
  const menu = document.querySelector(".menu:not([hidden])");
  const list = document.querySelector("dialog[open]");
  const bottom = Math.max(
    main.scrollHeight, menu ? menu.getBoundingClientRect().bottom + scrollY + 8 : 0, list ? list.scrollHeight + 40 : 0,
  );
  const height = Math.min(750, Math.max(100, Math.ceil(bottom)));
  void ready.then(() => sdk.execute("resize", { height }));
}

/** @param {Event} event */
const contextOf = (event) => /** @type {CustomEvent<{ctx: HtmxContext}>} */ (event).detail.ctx;

document.addEventListener("htmx:config:request", (event) => {
  const ctx = contextOf(event);
  if (hasSession()) ctx.fetch = call;
  delete ctx.request.headers["HX-Current-URL"];
});

document.addEventListener("htmx:before:request", (event) => {
  const ctx = contextOf(event);
  if (document.hidden && isPoll(ctx)) event.preventDefault();
  else busy.begin(ctx);
});

document.addEventListener("htmx:finally:request", (event) => busy.end(contextOf(event)));

document.addEventListener("htmx:confirm", (event) => {
  const { ctx, issueRequest, dropRequest } =
    /** @type {CustomEvent<{ctx: HtmxContext, issueRequest: () => void, dropRequest: () => void}>} */ (event).detail;
  const asking = ctx.sourceElement;
  if (!(asking instanceof HTMLElement)) return;
  event.preventDefault();
  asking.dataset.asking = "";
  ask(asking, ctx.confirm ?? "")
    .then((yes) => (yes ? issueRequest() : dropRequest()), dropRequest)
    .finally(() => delete asking.dataset.asking);
});

/** @param {HtmxContext} ctx */
const isPoll = (ctx) => ctx.sourceEvent?.type === "every";

/** Whether what is told is of a poll; what is told of a press stays until something is pressed again. */
let isOfPoll = false;

/**
 * No answer at all: what was typed stays, and the page says so.
 * @param {HtmxContext} [ctx] the request that was lost
 */
function tellLost(ctx) {
  isOfPoll = ctx !== undefined && isPoll(ctx);
  const lost = /** @type {HTMLTemplateElement | null} */ (document.getElementById("lost"));
  if (lost) document.getElementById("trouble")?.replaceChildren(lost.content.cloneNode(true));
}

document.addEventListener("htmx:error", (event) => {
  const ctx = contextOf(event);
  if (ctx && ctx.text === undefined) tellLost(ctx); // an answer with an error status has its own part
});

document.addEventListener("htmx:before:response", (event) => {
  const ctx = contextOf(event);
  const { response } = ctx;
  // All that we answer has a policy; what a proxy says for a server that is away is no part of this page.
  if (!response || response.status < 502 || response.raw.headers.has("Content-Security-Policy")) return;
  event.preventDefault();
  tellLost(ctx);
});

document.addEventListener("htmx:after:request", (event) => {
  const ctx = contextOf(event);
  if (isPoll(ctx) && !isOfPoll) return;
  if ((ctx.response?.status ?? 500) < 400) document.getElementById("trouble")?.replaceChildren();
});

document.addEventListener("htmx:after:swap", () => {
  const said = document.querySelector("[data-snack]");
  if (said instanceof HTMLElement && said.dataset.snack !== lastSaid) {
    lastSaid = said.dataset.snack ?? "";
    say(lastSaid);
  }
  const focused = document.querySelector("[data-focus-me]");
  if (focused instanceof HTMLElement) {
    if (document.activeElement === document.body) focused.focus();
    focused.removeAttribute("data-focus-me");
  }
  fit();
});

document.addEventListener("dealvoice:snack", (event) => {
  say(/** @type {CustomEvent<{message: string}>} */ (event).detail.message);
});

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (!button || button.getAttribute("aria-disabled") === "true") return;
  const { dataset } = button;
  if (dataset.open) void openModal(dataset.open, dataset);
  else if (dataset.ticket) void openTab(dataset.ticket, button);
  else if ("settings" in dataset) void openSettings();
  else if ("close" in dataset) void sdk?.execute("close_modal");
  else if (dataset.download) void download(button, dataset.download);
  else if ("reload" in dataset) void reload();
});

/** Whether Escape may close this modal: never with work in it that would be lost. */
export const leaving = { free: surface === "all" || surface === "guided" };

document.addEventListener("keydown", (event) => {
  // Pipedrive does not hear the keys that are pressed in its frames.
  if (event.key !== "Escape" || event.defaultPrevented || !leaving.free || document.querySelector("dialog[open]")) return;
  void sdk?.execute("close_modal");
});

/**
 * @param {string} modal
 * @param {DOMStringMap} about what it is to show instead of a new invoice
 */
async function openModal(modal, { operation, guided, invoice, contact }) {
  if (!sdk) return;
  await ready;
  /** @type {Record<string, string>} */
  const data = { deal, ...(operation ? { operation } : {}), ...(guided && invoice ? { guided, invoice } : {}), ...(contact ? { contact } : {}) };
  await sdk.execute("open_modal", { type: "custom_modal", action_id: modal, data });
}

/**
 * Open a page of ours in a tab of its own, signed in by a ticket.
 * @param {string} to
 * @param {HTMLElement} [button] what was pressed
 */
async function openTab(to, button) {
  // Opened at once, while the browser still knows that the user pressed something; led on when the ticket is there.
  const tab = window.open("about:blank", "_blank");
  button?.setAttribute("aria-busy", "true");
  const asked = { method: "POST", body: new URLSearchParams({ to }), headers: { Accept: "application/json" } };
  const answer = await call("/tickets", asked).catch(() => null);
  button?.removeAttribute("aria-busy");
  if (!answer?.ok) {
    tab?.close();
    if (answer) say((await answer.json()).text);
    else tellLost();
    return;
  }
  const { url } = await answer.json();
  const opened = tab ?? window.open("about:blank", "_blank");
  if (!opened) return tellBlocked(url);
  opened.opener = null;
  opened.location.href = url;
}

/**
 * The browser opens no tab for us: the user can, by a link.
 * @param {string} url
 */
function tellBlocked(url) {
  isOfPoll = false;
  const told = /** @type {HTMLTemplateElement} */ (document.getElementById("blocked")).content.cloneNode(true);
  /** @type {HTMLAnchorElement} */ (/** @type {DocumentFragment} */ (told).querySelector("a")).href = url;
  document.getElementById("trouble")?.replaceChildren(told);
  fit();
}

async function openSettings() {
  if (!sdk) return;
  await ready;
  await sdk.execute("redirect_to", { view: "settings" }).catch(() => openTab("/settings"));
}

/** Load this frame again with a fresh token. */
async function reload() {
  const address = new URLSearchParams(location.search);
  address.set("token", await freshToken());
  location.search = address.toString();
}

if (surface === "panel") {
  new ResizeObserver(fit).observe(/** @type {HTMLElement} */ (document.querySelector("main")));
  document.addEventListener("dealvoice:menu", fit);
}
