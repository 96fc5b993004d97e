// Lists: what is ticked, and the bulk actions that need something ticked. Select-all names no ids, as in Pipedrive.

import { notSaved } from "./dialogs.js";
import { find, post, t } from "./page.js";

/** @returns {HTMLInputElement[]} */
const boxes = () => [...document.querySelectorAll("input[data-pick]")].map((box) => /** @type {HTMLInputElement} */ (box));
const all = /** @type {HTMLInputElement|null} */ (find("#pick-all"));
/** Everything was ticked by the box in the head; what was unticked since is excluded. */
let everything = false;

/** @returns {import("./frames.js").Selection} */
export function selection() {
  const ticked = boxes().filter((box) => box.checked);
  const ids = (/** @type {HTMLInputElement[]} */ of) => of.map((box) => Number(box.dataset.pick));
  const owner = Number(new URLSearchParams(window.location.search).get("owner"));
  const filter = owner ? { user_id: owner } : { everyone: 1 };
  if (!everything) return { ids: ids(ticked), excluded: [], filter };
  return { ids: [], excluded: ids(boxes().filter((box) => !box.checked)), filter };
}

function count() {
  const ticked = boxes().filter((box) => box.checked).length;
  const bar = find("#bulk");
  if (bar) bar.hidden = ticked === 0;
  const told = find("#bulk-count");
  if (told) told.textContent = t("{n} selected", { n: ticked });
  if (all) {
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && ticked < boxes().length;
  }
}

all?.addEventListener("change", () => {
  everything = all.checked;
  for (const box of boxes()) box.checked = everything;
  count();
});

for (const box of boxes()) {
  box.addEventListener("change", () => {
    if (boxes().every((one) => !one.checked)) everything = false;
    count();
  });
}

find("#owner")?.addEventListener("change", (event) => {
  /** @type {HTMLSelectElement} */ (event.target).form?.requestSubmit();
});

/** @param {string} status */
export async function markSelected(status) {
  const ids = boxes().filter((box) => box.checked).map((box) => Number(box.dataset.pick));
  await post("/host/deals/change", { ids, status }).then(() => window.location.reload(), notSaved);
}

count();
