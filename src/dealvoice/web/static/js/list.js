// @ts-check
/** All invoices: reads itself again, as narrowed now, after anything that changed it. */
import { follow } from "./watch.js";

/** @type {number | undefined} */
let soon;

function again() {
  clearTimeout(soon);
  soon = setTimeout(() => {
    const values = JSON.parse(document.getElementById("list-inside")?.dataset.vals ?? "{}");
    void htmx.ajax("GET", "/modal/all/part", { target: "#list", values, source: "#list" });
  }, 50);
}

document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = /** @type {CustomEvent<{ctx: HtmxContext}>} */ (event).detail;
  // Without an answer the list stays as it is: reading it would take away what is said of that.
  if (ctx.response && ctx.sourceElement.hasAttribute("data-then-read")) again();
});

/** Pipedrive's own snackbar has no button, so that a step that can be taken back is told here too, with one. */
document.addEventListener("dealvoice:snack", (event) => {
  const { message, undo, values } =
    /** @type {CustomEvent<{message: string, undo?: string, values?: Record<string, string>}>} */ (event).detail;
  const bar = /** @type {HTMLElement} */ (document.getElementById("undo"));
  bar.hidden = !undo;
  if (!undo) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "linkbtn";
  button.id = "undo-last";
  button.textContent = bar.dataset.label ?? "";
  button.addEventListener("click", () => {
    bar.hidden = true;
    void htmx.ajax("POST", undo, { values, source: "#list", swap: "none" });
  });
  bar.replaceChildren(message, " ", button);
});

follow(again);
