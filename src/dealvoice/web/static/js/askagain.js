// @ts-check
/**
 * Create that got no answer: the press may have arrived, so the form presses again by itself until it is answered.
 * The server makes one invoice of a form, however often it is pressed. Who changes the form meanwhile presses anew.
 */
import { contextOf, isChange, isCreate } from "./oneatatime.js";

const FIRST = 1_000;
const LONGEST = 8_000;
/** What a proxy says for a server that is started again, or the server while its database is. */
const AWAY = [502, 503, 504];

/** @type {number | undefined} */
let timer;
let delay = FIRST;

/** @param {string} id of a template */
function tell(id) {
  const words = /** @type {HTMLTemplateElement} */ (document.getElementById(id));
  document.getElementById("trouble")?.replaceChildren(words.content.cloneNode(true));
}

function askAgain() {
  stop();
  timer = setTimeout(() => {
    timer = undefined;
    document.getElementById("create")?.click();
  }, delay);
  delay = Math.min(2 * delay, LONGEST);
  tell("asking");
}

function stop() {
  clearTimeout(timer);
  timer = undefined;
}

function answered() {
  stop();
  delay = FIRST;
}

function changed() {
  if (timer === undefined) return;
  answered();
  tell("lost");
}

document.addEventListener("htmx:error", (event) => {
  const ctx = contextOf(event);
  if (ctx && ctx.text === undefined && isCreate(ctx)) askAgain();
});

document.addEventListener("htmx:before:response", (event) => {
  const ctx = contextOf(event);
  if (!isCreate(ctx)) return;
  if (AWAY.includes(ctx.response?.status ?? 0)) askAgain();
  else answered();
});

document.addEventListener("htmx:config:request", (event) => {
  const ctx = contextOf(event);
  if (isChange(ctx) && !isCreate(ctx)) changed();
});

document.getElementById("form")?.addEventListener("input", changed);
