// @ts-check
/**
 * Runs before the page is drawn: takes the session into memory, tells Pipedrive that the frame lives (it hides a frame
 * that has not within ten seconds), follows the theme, and keeps what is pressed too early. A plain script, so that
 * nothing waits for a module.
 */
(() => {
  const root = document.documentElement;
  const address = new URLSearchParams(location.search);
  /** @type {import("./sdk").Sdk | null} */
  let sdk = null;
  /** @type {Promise<unknown>} */
  let ready = Promise.resolve();
  if (address.get("id")) {
    sdk = new AppExtensionsSDK();
    const size = { height: Number(root.dataset.height) };
    const wide = Number(root.dataset.width);
    ready = sdk.initialize({ size: wide > 400 ? { ...size, width: wide } : size });
    sdk.listen("user_settings_change", ({ data }) => {
      if (data?.theme) root.dataset.theme = data.theme === "dark" ? "dark" : "light";
    });
    // The signed token has done its work; it shall not stand in the frame's address.
    address.delete("token");
    history.replaceState(null, "", `${location.pathname}?${address}`);
  }
  window.dealvoice = { sdk, ready };

  // What is pressed before the scripts have run is not lost: it is pressed once they have, in the same order.
  /** @type {Set<HTMLElement>} */
  const early = new Set();
  /** @param {MouseEvent} event */
  const keep = (event) => {
    const pressed = event.target instanceof Element ? event.target.closest("button") : null;
    if (!pressed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    // Enter in a field presses the button that sends; nobody meant that one.
    const meant = event.detail > 0 || pressed.type !== "submit" || document.activeElement === pressed;
    if (meant) early.add(pressed);
  };
  document.addEventListener("click", keep, true);
  document.addEventListener("DOMContentLoaded", () => {
    // htmx too begins at this event: the turn after it is early enough.
    setTimeout(() => {
      document.removeEventListener("click", keep, true);
      for (const pressed of early) pressed.click();
    });
  });
})();
