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
  if (ctx.sourceElement.hasAttribute("data-then-read")) again();
});

follow(again);
