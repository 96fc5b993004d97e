// @ts-check
/** Operations that a press began: asked about until they end, then told in a snackbar. */
import { say } from "./frame.js";
import { call } from "./session.js";

/** @type {Set<string>} */
const watched = new Set();

/** Whether something is under way. */
export function isWatching() {
  return watched.size > 0;
}

/**
 * Follow what a press changed.
 * @param {() => void} again reads the surface again
 */
export function follow(again) {
  document.addEventListener("dealvoice:changed", (event) => {
    const { watch } = /** @type {CustomEvent<{watch: string}>} */ (event).detail;
    if (watch) watched.add(watch);
    again();
  });
  setInterval(async () => {
    if (document.hidden) return;
    for (const id of watched) {
      const answer = await call(`/operations/${id}/news`, { headers: { Accept: "application/json" } }).catch(() => null);
      if (!answer || answer.status === 204 || answer.status === 503) continue;
      watched.delete(id);
      if (answer.ok) say((await answer.json()).message);
      again();
    }
  }, 1_000);
}
