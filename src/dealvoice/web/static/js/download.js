// @ts-check
/** Files: fetched with the session's header and saved as a blob; a plain link could not carry the header. */
import { call } from "./session.js";

/**
 * @param {HTMLButtonElement} button
 * @param {string} address
 */
export async function download(button, address) {
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await call(address, { headers: { "HX-Request": "true" } });
    if (!answer.ok) {
      const trouble = document.getElementById("trouble");
      if (trouble) trouble.innerHTML = await answer.text();
      return;
    }
    const named = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition") ?? "");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = decodeURIComponent(named?.[1] ?? "invoice.pdf");
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } finally {
    button.removeAttribute("aria-busy");
  }
}
