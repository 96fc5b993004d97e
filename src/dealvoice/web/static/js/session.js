// @ts-check
/** The frame's session: kept in this module's memory only, sent as a header, renewed without a word to the user. */

const RENEW_AFTER = 20 * 60_000;

let session = document.body.dataset.session ?? "";
document.body.removeAttribute("data-session");
let renewedAt = Date.now();
/** @type {Promise<boolean> | null} */
let renewing = null;

/** Whether this page has a session at all. */
export function hasSession() {
  return session !== "";
}

/**
 * Call our server as this user; on 401 get a fresh token from Pipedrive, begin a new session, and repeat once.
 * @type {typeof fetch}
 */
export async function call(address, options = {}) {
  const answer = await fetch(address, signed(options));
  if (answer.status !== 401 || !(await renew())) return answer;
  return fetch(address, signed(options));
}

/** @param {RequestInit} options */
function signed(options) {
  const headers = new Headers(options.headers);
  headers.set("Authorization", `Bearer ${session}`);
  return { ...options, headers, credentials: /** @type {const} */ ("omit") };
}

/** Begin a new session with a fresh signed token; several callers share one renewal. */
export function renew() {
  renewing ??= beginAgain().finally(() => {
    renewing = null;
  });
  return renewing;
}

/** Return a fresh signed token, or nothing outside Pipedrive. */
export async function freshToken() {
  const { sdk, ready } = window.dealvoice;
  if (!sdk) return "";
  await ready;
  return (await sdk.execute("get_signed_token")).token;
}

async function beginAgain() {
  try {
    const token = await freshToken();
    if (!token) return false;
    const body = new URLSearchParams({ token });
    const answer = await fetch("/session", { method: "POST", body, headers: { Accept: "application/json" }, credentials: "omit" });
    if (!answer.ok) return false;
    session = (await answer.json()).session;
    renewedAt = Date.now();
    return true;
  } catch {
    return false; // the call that asked for it is answered with what it got
  }
}

if (session) {
  setInterval(() => {
    if (!document.hidden && Date.now() - renewedAt > RENEW_AFTER) void renew();
  }, 60_000);
}
