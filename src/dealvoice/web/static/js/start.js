// @ts-check
/**
 * Runs before the page is drawn: takes the session into memory, tells Pipedrive that the frame lives (it hides a frame
 * that has not within ten seconds), and follows the theme. A plain script, so that nothing waits for a module.
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
})();
