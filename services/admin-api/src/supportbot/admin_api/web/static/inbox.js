// The inbox page: keeps list and conversation current, and gives every action a key.

import { keepDraft, startReply } from "./reply.js";
import { mergeRows, mergeTalk } from "./merge.js";
import { startKeys } from "./keys.js";
import { post, renewed, showToast } from "./acting.js";
import { writeAgo, writeClock } from "./times.js";

const words = JSON.parse(document.getElementById("words").textContent);
document.documentElement.dataset.live = "";

const units = { now: words.ago_now, minutes: words.ago_minutes, hours: words.ago_hours, days: words.ago_days };
const pane = document.getElementById("pane");
const list = document.getElementById("list");
const view = document.body.dataset.view;
const title = document.title.split(" · ").pop();
let source = null;
let version = null;
let trouble = 0;

function opened() {
  return document.body.dataset.open ?? "";
}

function writeTimes(root) {
  writeClock(root);
  writeAgo(root, units);
}

function listen() {
  source?.close();
  version = null;
  source = new EventSource(`/inbox/events?view=${view}&open=${opened()}`);
  source.addEventListener("open", () => say(""));
  source.addEventListener("list", (event) => {
    const { html, waiting } = JSON.parse(event.data);
    mergeRows(list, html);
    markCurrent();
    writeTimes(list);
    const count = document.getElementById("waiting-count");
    count.textContent = waiting;
    count.hidden = !waiting;
    document.title = (waiting && document.hidden ? `(${waiting}) ` : "") + document.title.replace(/^\(\d+\) /, "");
  });
  source.addEventListener("conversation", (event) => {
    const changed = version !== null && version !== event.data;
    version = event.data;
    if (changed) refresh();
  });
  source.addEventListener("error", () => {
    if (!trouble) trouble = setTimeout(() => say(words.reconnecting), 3000);
    if (source.readyState === EventSource.CLOSED) setTimeout(listenAgain, 3000 + Math.random() * 2000);
  });
}

async function listenAgain() {
  if (document.body.dataset.csrf) await renewed().catch(() => false);
  listen();
}

function say(text) {
  clearTimeout(trouble);
  trouble = 0;
  const line = document.getElementById("connection");
  line.textContent = text;
  line.hidden = !text;
}

async function piece(path) {
  const answer = await fetch(path, { headers: { "X-Piece": "1" } }).catch(() => null);
  return answer?.ok ? answer.text() : null;
}

// The conversation on the screen, renewed where it changed; the reader's place and the half-written reply stay.
async function refresh(toEnd = false) {
  const id = opened();
  const html = await piece(`/inbox/${id}?view=${view}`);
  if (html && id === opened()) {
    mergeTalk(pane, html);
    writeTimes(pane);
    const body = document.getElementById("talk-body");
    if (toEnd === true) body.scrollTop = body.scrollHeight;
  }
}

async function open(id, { push = true, focus = false } = {}) {
  keepDraft();
  document.body.dataset.open = id;
  markCurrent();
  const html = await piece(`/inbox/${id}?view=${view}`);
  if (html === null) return location.assign(`/inbox/${id}?view=${view}`);
  if (id !== opened()) return;
  pane.innerHTML = html; // our own server's template, in which everything is escaped
  if (push) history.pushState({ id }, "", `/inbox/${id}?view=${view}`);
  shown();
  listen();
  if (focus) pane.focus({ preventScroll: true });
}

function shown() {
  const talk = pane.querySelector(".talk");
  document.title = talk ? `${talk.dataset.title} · ${title}` : title;
  writeTimes(document.body);
  startReply({ words, onSent: () => refresh(true) });
  const body = document.getElementById("talk-body");
  if (body) body.scrollTop = body.scrollHeight;
}

function closePane() {
  keepDraft();
  location.assign(`/inbox?view=${view}`);
}

function markCurrent() {
  for (const link of list.querySelectorAll(".row a")) {
    if (link.parentElement.dataset.id === opened()) {
      link.setAttribute("aria-current", "true");
      link.scrollIntoView({ block: "nearest" });
    } else link.removeAttribute("aria-current");
  }
}

async function change(name) {
  const talk = pane.querySelector(".talk");
  const form = talk?.querySelector(`form[data-change="${name}"]`);
  if (!form) return;
  const before = talk.dataset.mode.split(" ")[0];
  for (const button of talk.querySelectorAll(".talk__actions button")) button.disabled = true;
  const done = await post(form.action, {});
  for (const button of talk.querySelectorAll(".talk__actions button")) button.disabled = false;
  if (!done.ok) return showToast(done.message ?? words.failed);
  const fromColleague = before === "person" && name === "take-over"; // they would have to take it back themselves
  const back = fromColleague ? "" : { machine: "hand-back", person: "take-over", closed: "close" }[before];
  showToast(words[`done_${name.replace("-", "_")}`], back && words.undo, () => change(back));
  refresh();
}

list.addEventListener("click", (event) => {
  const link = event.target.closest(".row a");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  open(link.parentElement.dataset.id, { focus: true });
});
pane.addEventListener("submit", (event) => {
  const name = event.target.dataset.change;
  if (!name) return;
  event.preventDefault();
  change(name);
});
pane.addEventListener("click", (event) => {
  if (!event.target.closest(".talk__back")) return;
  event.preventDefault();
  closePane();
});
addEventListener("popstate", () => location.reload());
addEventListener("pagehide", keepDraft);
setInterval(() => writeAgo(document.body, units), 20000);
startKeys({ list, opened, open, change, closePane });
shown();
markCurrent();
listen();
