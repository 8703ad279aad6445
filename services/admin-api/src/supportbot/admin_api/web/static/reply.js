// The reply box: keeps a draft for each conversation, sends on Ctrl or Cmd + Enter, once however often it is tried.

import { newId, post } from "./acting.js";

const KEEP = "supportbot.reply.";

export function startReply({ words, onSent }) {
  const form = document.getElementById("answer");
  if (!form) return;
  const field = form.elements.text;
  const send = document.getElementById("send");
  const note = document.getElementById("note");
  const id = form.closest(".talk").dataset.id;

  if (!field.value) field.value = read(id);
  field.addEventListener("input", () => {
    keepDraft();
    showProblem("");
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit(form.classList.contains("answer--note") ? note : send);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value;
    const button = event.submitter ?? send;
    if (!text.trim() || button.disabled) return field.focus();
    button.disabled = true;
    const fields = { text, seen: document.getElementById("seen").value, client_id: form.elements.client_id.value };
    const done = await post(button === note ? note.formAction : form.action, fields);
    button.disabled = false;
    if (!done.ok) return showProblem(done.message ?? words.not_sent);
    form.classList.remove("answer--note");
    if (field.value === text) field.value = "";
    form.elements.client_id.value = newId();
    keepDraft();
    showProblem("");
    if (field.isConnected) field.focus();
    onSent();
  });
}

// Ctrl + Enter stores a note for colleagues until it is sent or left.
export function writeNote(on) {
  const form = document.getElementById("answer");
  if (!form) return;
  form.classList.toggle("answer--note", on);
  form.elements.text.focus();
}

export function keepDraft() {
  const form = document.getElementById("answer");
  if (!form) return;
  const key = KEEP + form.closest(".talk").dataset.id;
  const text = form.elements.text.value;
  try {
    if (text) localStorage.setItem(key, text);
    else localStorage.removeItem(key);
  } catch {
    // no storage: the text is still in the field
  }
}

function read(id) {
  try {
    return localStorage.getItem(KEEP + id) ?? "";
  } catch {
    return "";
  }
}

function showProblem(text) {
  const problem = document.getElementById("problem");
  problem.querySelector("span").textContent = text;
  problem.hidden = !text;
}
