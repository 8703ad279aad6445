// The reply box: keeps a draft for each conversation, sends on Ctrl or Cmd + Enter, once however often it is tried.

import { newId, post } from "./acting.js";
import { attachedFile, sendFile, startAttaching } from "./attaching.js";
import { startCanned } from "./canned.js";

const KEEP = "supportbot.reply.";
const SAVE_MS = 900;
let saving = 0;
let unsaved = "";
let underWay = null;

export function startReply({ words, onSent }) {
  const form = document.getElementById("answer");
  if (!form) return;
  const field = form.elements.text;
  const send = document.getElementById("send");
  const note = document.getElementById("note");

  const local = read(idOf(form)); // what the server has not got yet is newer than what it has
  if (local) {
    field.value = local;
    unsaved = idOf(form);
    saving = setTimeout(saveDraft, SAVE_MS);
  }
  const attaching = startAttaching(form, { words, onChange: () => field.focus(), showProblem });
  const forCanned = startCanned(form, field);
  field.addEventListener("input", () => {
    unsaved = idOf(form);
    keepDraft();
    showProblem("");
    clearTimeout(saving);
    saving = setTimeout(saveDraft, SAVE_MS);
  });
  field.addEventListener("keydown", (event) => {
    if (forCanned(event)) return;
    if (event.key === "Tab" && !event.shiftKey && !field.value && takeSuggestion()) return event.preventDefault();
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit(form.classList.contains("answer--note") ? note : send);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value;
    const button = event.submitter ?? send;
    const file = button === note ? null : attachedFile();
    if ((!text.trim() && !file) || button.disabled) return field.focus();
    button.disabled = true;
    clearTimeout(saving);
    await underWay; // a draft that arrives after the reply would come back to life
    const fields = { text, seen: document.getElementById("seen").value, client_id: form.elements.client_id.value };
    const done = file
      ? await sendFile(`/inbox/${idOf(form)}/file`, fields, file)
      : await post(button === note ? note.formAction : form.action, fields);
    button.disabled = false;
    if (!done.ok) return showProblem(done.message ?? words.not_sent);
    form.classList.remove("answer--note");
    if (field.value === text) field.value = "";
    if (file && attachedFile() === file) attaching.detach();
    form.elements.client_id.value = newId();
    keepDraft();
    showProblem("");
    if (field.isConnected) field.focus();
    onSent();
  });
}

function idOf(form) {
  return form.closest(".talk").dataset.id;
}

// Puts the machine's answer that was not sent into the reply; true where there is one.
export function takeSuggestion() {
  const text = document.getElementById("suggestion")?.textContent;
  const field = document.getElementById("reply");
  if (!text || !field) return false;
  field.value = field.value ? `${field.value}\n${text}` : text;
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}

// Ctrl + Enter stores a note for colleagues until it is sent or left.
export function writeNote(on) {
  const form = document.getElementById("answer");
  if (!form) return;
  form.classList.toggle("answer--note", on);
  form.elements.text.focus();
}

// In this browser, at once: until the server has it, and where there is no connection.
export function keepDraft() {
  const form = document.getElementById("answer");
  if (!form) return;
  const text = form.elements.text.value;
  if (!text) forget(idOf(form));
  else if (unsaved === idOf(form)) keep(idOf(form), text);
}

// On the server, for every browser of this operator; colleagues see that somebody writes.
export async function saveDraft() {
  clearTimeout(saving);
  const form = document.getElementById("answer");
  if (!form || unsaved !== idOf(form)) return;
  const id = unsaved;
  const text = form.elements.text.value;
  const note = form.classList.contains("answer--note") ? "1" : "";
  underWay = post(`/inbox/${id}/draft`, { text, note });
  const done = await underWay;
  if (!done.ok || !document.body.dataset.csrf) return; // without a name there is no draft on the server
  if (read(id) === text) forget(id);
}

function keep(id, text) {
  try {
    localStorage.setItem(KEEP + id, text);
  } catch {
    // no storage: the text is still in the field
  }
}

function forget(id) {
  try {
    localStorage.removeItem(KEEP + id);
  } catch {
    // no storage
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
