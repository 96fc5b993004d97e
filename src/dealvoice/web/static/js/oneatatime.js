// @ts-check
/**
 * One change of the form at a time: what a press sends is built from the fields as they are then, so that a second press
 * before the first answer would undo the first. It waits, and is sent again from the fields that came back.
 */

const CHANGES = /^\/modal\/invoice(\/(change|rows|rate|deal|template|unlink|activate|deal-rows))?$/;
const CREATE = "/modal/invoice";
const REVIEW = "/modal/invoice/review";
const NAMES = ["act", "at", "value"];

/** @type {HtmxContext | null} */
let current = null;
/** @type {(() => void)[]} */
const waiting = [];

/** @param {Event} event */
export const contextOf = (event) => /** @type {CustomEvent<{ctx: HtmxContext}>} */ (event).detail.ctx;

/** @param {HtmxContext} ctx */
export const isChange = (ctx) => ctx.request.method === "POST" && CHANGES.test(ctx.request.action);

/** @param {HtmxContext} ctx */
export const isCreate = (ctx) => ctx.request.method === "POST" && ctx.request.action === CREATE;

document.addEventListener("htmx:config:request", (event) => {
  const ctx = contextOf(event);
  if (!current) {
    if (isChange(ctx)) current = ctx;
    return;
  }
  if (ctx.request.action === REVIEW) {
    event.preventDefault();
    waiting.push(() => htmx.trigger("#reviewer", "review"));
  } else if (isChange(ctx)) {
    event.preventDefault();
    // Create pressed twice is one wish.
    if (ctx.request.action !== current.request.action || ctx.request.action !== CREATE) waiting.push(again(ctx));
  }
});

document.addEventListener("htmx:finally:request", (event) => {
  if (contextOf(event) !== current) return;
  current = null;
  next();
});

/** Send what waits, once the last answer is in its place with all that listens to it. */
function next() {
  setTimeout(() => {
    if (current) return;
    const send = waiting.shift();
    if (!send) return;
    send();
    next();
  });
}

/**
 * Return how a press is sent anew: the same wish, from the fields as they are by then.
 * @param {HtmxContext} ctx
 * @returns {() => void}
 */
function again(ctx) {
  const { action, body } = ctx.request;
  if (action === CREATE) return () => document.getElementById("create")?.click();
  /** @type {Record<string, string>} */
  const values = {};
  const chosen = ctx.sourceElement instanceof HTMLSelectElement ? [ctx.sourceElement.name] : [];
  for (const name of [...NAMES, ...chosen]) {
    const value = body?.get(name);
    if (typeof value === "string") values[name] = value;
  }
  return () => void htmx.ajax("POST", action, { source: "#f-to", target: "#form-inside", values });
}
