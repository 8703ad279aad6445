// A file that goes with a reply: chosen, dropped on the reply box or pasted into it; one at a time.

import { renewed } from "./acting.js";

const WAIT_MS = 300000;
let chosen = null;

export function startAttaching(form, { words, onChange, showProblem }) {
  const field = document.getElementById("attach");
  chosen = null;
  if (!field) return;
  const shown = document.getElementById("attached");
  const limit = Number(field.dataset.limit);

  const choose = (file) => {
    if (file && file.size > limit) return showProblem(words.too_large);
    chosen = file ?? null;
    shown.hidden = !chosen;
    shown.querySelector("span").textContent = chosen?.name ?? "";
    showProblem("");
    onChange();
  };
  field.addEventListener("change", () => {
    choose(field.files[0]);
    field.value = "";
    form.elements.text.focus();
  });
  document.getElementById("detach").addEventListener("click", () => {
    choose(null);
    form.elements.text.focus();
  });
  form.addEventListener("paste", (event) => event.clipboardData.files.length && take(event, event.clipboardData));
  form.addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
  form.addEventListener("drop", (event) => event.dataTransfer.files.length && take(event, event.dataTransfer));

  function take(event, transfer) {
    event.preventDefault();
    choose(transfer.files[0]);
  }

  return { detach: () => choose(null) };
}

export function attachedFile() {
  return chosen;
}

// The same id makes it one reply, however often it is tried.
export async function sendFile(path, fields, file) {
  try {
    let answer = await send(path, fields, file);
    if (answer.status === 401 && (await renewed())) answer = await send(path, fields, file);
    const body = await answer.json().catch(() => ({}));
    return { ok: answer.ok, message: body.error?.message ?? body.detail };
  } catch {
    return { ok: false };
  }
}

function send(path, fields, file) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file); // last: what comes after it is not read
  return fetch(path, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRF-Token": document.body.dataset.csrf },
    body: form,
    signal: AbortSignal.timeout(WAIT_MS),
  });
}
