// Sending something to the server, and saying briefly what came of it.

const SHOWN_MS = 8000;
let timer = 0;

export async function post(path, fields) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(fields),
      signal: AbortSignal.timeout(15000),
    });
    const body = await answer.json().catch(() => ({}));
    return { ok: answer.ok, message: body.error?.message };
  } catch {
    return { ok: false };
  }
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
