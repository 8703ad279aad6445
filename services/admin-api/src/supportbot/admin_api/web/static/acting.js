// Sending something to the server, and saying briefly what came of it.

const SHOWN_MS = 8000;
let timer = 0;

export async function post(path, fields) {
  try {
    let answer = await send(path, fields);
    if (answer.status === 401 && (await renewed())) answer = await send(path, fields);
    const body = await answer.json().catch(() => ({}));
    return { ok: answer.ok, body, message: body.error?.message ?? body.detail };
  } catch {
    return { ok: false };
  }
}

function send(path, fields) {
  return fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": document.body.dataset.csrf },
    body: JSON.stringify(fields),
    signal: AbortSignal.timeout(15000),
  });
}

// The session goes on under a new token; where it is over, the way leads through the sign-in and back to this page.
// One at a time: a token that is brought twice looks stolen.
let renewing = null;

export function renewed() {
  renewing ??= renew().finally(() => (renewing = null));
  return renewing;
}

async function renew() {
  const answer = await fetch("/inbox/sign-in/renew", { method: "POST" });
  if (answer.status === 401 && document.body.dataset.csrf) location.reload();
  return answer.ok;
}

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function showToast(text, action = "", onAction = null) {
  const toast = document.getElementById("toast");
  const button = toast.querySelector("button");
  toast.querySelector("span").textContent = text;
  button.textContent = action;
  button.hidden = !action;
  button.onclick = () => {
    toast.hidden = true;
    onAction?.();
  };
  toast.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => (toast.hidden = true), SHOWN_MS);
}
