// @ts-check
/** A page in a tab of its own: asks in words before what cannot be taken back. */

document.addEventListener("htmx:confirm", (event) => {
  const { ctx, issueRequest, dropRequest } =
    /** @type {CustomEvent<{ctx: HtmxContext, issueRequest: () => void, dropRequest: () => void}>} */ (event).detail;
  event.preventDefault();
  const text = ctx.sourceElement instanceof HTMLElement ? ctx.sourceElement.dataset.askText : "";
  if (confirm(`${ctx.confirm ?? ""}\n\n${text ?? ""}`)) issueRequest();
  else dropRequest();
});
