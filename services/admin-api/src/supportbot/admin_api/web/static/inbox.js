// The inbox page: keeps list and conversation current, and gives every action a key.

import { keepDraft, saveDraft, startReply, takeSuggestion } from "./reply.js";
import { mergeRows, mergeTalk } from "./merge.js";
import { startKeys } from "./keys.js";
import { post, renewed, showToast } from "./acting.js";
import { startBulk } from "./bulk.js";
import { startPalette } from "./palette.js";
import { morning } from "./snoozing.js";
import { writeAgo, writeClock } from "./times.js";

const words = JSON.parse(document.getElementById("words").textContent);
document.documentElement.dataset.live = "";

const units = { now: words.ago_now, minutes: words.ago_minutes, hours: words.ago_hours, days: words.ago_days };
const pane = document.getElementById("pane");
const list = document.getElementById("list");
let asked = document.body.dataset.asked;
const title = document.title.split(" · ").pop();
let source = null;
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
  source = new EventSource(`/inbox/events?${asked}&open=${opened()}`);
  source.addEventListener("open", () => say(""));
  source.addEventListener("list", (event) => {
    const { html, waiting } = JSON.parse(event.data);
    mergeRows(list, html);
    bulk.restore();
    markCurrent();
    writeTimes(list);
    const count = document.getElementById("waiting-count");
    count.textContent = waiting;
    count.hidden = !waiting;
    document.title = (waiting && document.hidden ? `(${waiting}) ` : "") + document.title.replace(/^\(\d+\) /, "");
  });
  source.addEventListener("conversation", (event) => {
    if (pane.querySelector(".talk")?.dataset.version !== event.data) refresh();
  });
  source.addEventListener("writing", (event) => {
    const line = document.getElementById("writing");
    if (!line) return;
    line.textContent = event.data;
    line.hidden = !event.data;
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
  if (!text && !navigator.onLine) return;
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
  const html = await piece(`/inbox/${id}?${asked}`);
  if (html && id === opened()) {
    mergeTalk(pane, html);
    writeTimes(pane);
    const body = document.getElementById("talk-body");
    if (toEnd === true) body.scrollTop = body.scrollHeight;
  }
}

async function open(id, { push = true, focus = false } = {}) {
  leave();
  document.body.dataset.open = id;
  markCurrent();
  const html = await piece(`/inbox/${id}?${asked}`);
  if (html === null) return location.assign(`/inbox/${id}?${asked}`);
  if (id !== opened()) return;
  pane.innerHTML = html; // our own server's template, in which everything is escaped
  if (push) history.pushState({ id }, "", `/inbox/${id}?${asked}`);
  shown();
  showCard(false);
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

// What was written goes to the server, without waiting for it: this browser has it until then.
function leave() {
  keepDraft();
  saveDraft();
}

function closePane() {
  leave();
  location.assign(`/inbox?${asked}`);
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

// What puts it in order: who has it, labels, priority, snooze.
async function put(form, button) {
  const act = form.dataset.act;
  const fields = { ...Object.fromEntries(new FormData(form)), ...(act === "snooze" ? morning(button) : {}) };
  if (button?.name && act !== "snooze") fields[button.name] = button.value;
  const done = await post(form.action, fields);
  if (!done.ok) return showToast(done.message ?? words.failed);
  if (act === "label") form.reset();
  const wake = form.action; // without a moment, the same path ends it
  if (act === "snooze") showToast(words.done_snooze, words.undo, () => post(wake, {}).then(() => refresh()));
  if (act === "wake") showToast(words.done_wake);
  if (act === "assign") showToast(fields.operator ? words.done_assign : words.done_release);
  refresh();
}

function showCard(on) {
  const talk = pane.querySelector(".talk");
  talk?.classList.toggle("talk--card", on);
  document.getElementById("show-card")?.setAttribute("aria-expanded", String(on));
}

function inCard(selector) {
  const field = pane.querySelector(selector);
  if (!field) return;
  showCard(true);
  field.focus();
}

let typing = 0;
const search = document.getElementById("search");
search.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(look, 200);
});
search.addEventListener("submit", (event) => {
  event.preventDefault();
  look();
});

// The stream brings what was found, and keeps it current, as it does for a view.
function look() {
  clearTimeout(typing);
  const before = new URLSearchParams(document.body.dataset.asked);
  const query = search.elements.q.value.trim();
  before.delete("q");
  if (query) before.set("q", query);
  asked = before.toString();
  for (const link of document.querySelectorAll(".view")) {
    const current = !query && link.dataset.view === (before.get("view") ?? "waiting");
    if (current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  history.replaceState(history.state, "", `${location.pathname}?${asked}`);
  listen();
}

list.addEventListener("click", (event) => {
  const link = event.target.closest(".row a");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  open(link.parentElement.dataset.id, { focus: true });
});
pane.addEventListener("submit", (event) => {
  const name = event.target.dataset.change;
  if (event.target.dataset.act) {
    event.preventDefault();
    return put(event.target, event.submitter);
  }
  if (!name) return;
  event.preventDefault();
  change(name);
});
pane.addEventListener("click", (event) => {
  if (event.target.closest("#take-suggestion")) return takeSuggestion();
  if (event.target.closest("#show-card")) return showCard(!pane.querySelector(".talk").classList.contains("talk--card"));
  if (!event.target.closest(".talk__back")) return;
  event.preventDefault();
  closePane();
});
addEventListener("popstate", () => location.reload());
addEventListener("pagehide", keepDraft);
addEventListener("offline", () => say(words.offline));
addEventListener("online", () => {
  saveDraft();
  listen();
});
setInterval(() => writeAgo(document.body, units), 20000);
const bulk = startBulk({ list, words, after: () => opened() && refresh() });
const more = {
  pick: () => bulk.toggle(document.activeElement?.closest(".row")?.dataset.id ?? opened()),
  search: () => search.elements.q.focus(),
  label: () => inCard("#new-label"),
  assign: () => inCard("#assigned"),
  snooze: () => inCard('[data-part="snooze"] button'),
  card: () => showCard(!pane.querySelector(".talk--card")),
};
const palette = startPalette({ words, open: (id) => open(id, { focus: true }) });
startKeys({ list, opened, open, change, closePane, more, palette, unpick: () => bulk.clear() });
shown();
markCurrent();
listen();
