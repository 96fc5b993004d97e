// @ts-check
/** A page in a tab of its own: asks in words before what cannot be taken back, and shows what is under way. */
import * as busy from "./busy.js";
import "./held.js";

/** @param {Event} event */
const contextOf = (event) => /** @type {CustomEvent<{ctx: HtmxContext}>} */ (event).detail.ctx;
document.addEventListener("htmx:before:request", (event) => busy.begin(contextOf(event)));
document.addEventListener("htmx:finally:request", (event) => busy.end(contextOf(event)));

document.addEventListener("htmx:confirm", (event) => {
  const { ctx, issueRequest, dropRequest } =
    /** @type {CustomEvent<{ctx: HtmxContext, issueRequest: () => void, dropRequest: () => void}>} */ (event).detail;
  event.preventDefault();
  const text = ctx.sourceElement instanceof HTMLElement ? ctx.sourceElement.dataset.askText : "";
  if (confirm(`${ctx.confirm ?? ""}\n\n${text ?? ""}`)) issueRequest();
  else dropRequest();
});
