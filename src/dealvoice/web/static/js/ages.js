// @ts-check
/** Shows what is owed as a table or as a chart, and keeps that choice while the panel reads itself again. */

const root = document.documentElement;

/** Let the menu say what the next press does. */
function label() {
  const item = /** @type {HTMLElement | null} */ (document.querySelector("[data-ages][role=menuitem]"));
  const words = item?.querySelector("span");
  if (!item || !words) return;
  item.dataset.table ??= words.textContent ?? "";
  words.textContent = (root.dataset.ages === "table" ? item.dataset.ages : item.dataset.table) ?? "";
}

document.addEventListener("click", (event) => {
  const item = event.target instanceof Element ? event.target.closest("[data-ages][role=menuitem]") : null;
  if (!item) return;
  root.dataset.ages = root.dataset.ages === "table" ? "chart" : "table";
  label();
});
document.addEventListener("htmx:after:swap", label);
