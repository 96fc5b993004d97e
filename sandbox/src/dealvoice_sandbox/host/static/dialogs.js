// Snackbars and confirmations, which frames and the page itself may ask for.

import { find, make, t } from "./page.js";

const SNACK_STAYS = 7000;
/** Button by the SDK's colour; negative is the SDK's default. @type {Record<string, string>} */
const COLORS = { primary: "btn go", secondary: "btn", negative: "btn danger" };

/** @param {string} message @param {{url: string, label: string}} [link] */
export function snackbar(message, link) {
  const bar = make("div", "snack", make("span", "", message));
  if (link?.url && /^https?:/.test(link.url)) {
    const anchor = make("a", "", link.label);
    Object.assign(anchor, { href: link.url, target: "_blank", rel: "noopener" });
    bar.append(anchor);
  }
  find("#snackbars")?.append(bar);
  window.setTimeout(() => bar.remove(), SNACK_STAYS);
}

/**
 * Ask yes or no; Escape means no.
 * @param {{title?: string, description?: string, okText?: string, cancelText?: string, okColor?: string}} asked
 * @returns {Promise<boolean>}
 */
export function confirmation(asked) {
  const cancel = make("button", "btn", asked.cancelText ?? "Cancel");
  const ok = make("button", COLORS[asked.okColor ?? ""] ?? COLORS.negative, asked.okText ?? "OK");
  cancel.type = ok.type = "button";
  const title = make("h2", "", asked.title ?? "");
  title.id = "confirm-title";
  const dialog = make("dialog", "confirm", title);
  if (asked.description) dialog.append(make("p", "", asked.description));
  dialog.append(make("div", "acts end", cancel, ok));
  dialog.setAttribute("role", "alertdialog");
  dialog.setAttribute("aria-labelledby", "confirm-title");
  document.body.append(dialog);
  return new Promise((resolve) => {
    /** @param {boolean} answer */
    const end = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    cancel.addEventListener("click", () => end(false));
    ok.addEventListener("click", () => end(true));
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      end(false);
    });
    dialog.showModal();
    cancel.focus();
  });
}

/** @param {unknown} error */
export function notSaved(error) {
  const why = error instanceof Error ? error.message : "";
  snackbar(`${t("That was not saved.")} ${why}`.trim());
}
