// The chat page. Everything here adds to a page that can be read, and written on, without it.

import { startComposer } from "./composer.js";
import { startOutbox } from "./outbox.js";
import { startRatings } from "./ratings.js";
import { startSources } from "./sources.js";
import { startStream } from "./stream.js";
import { startThread } from "./thread.js";

const words = JSON.parse(document.getElementById("words").textContent);
document.documentElement.dataset.live = "";

const thread = startThread(words);
const stream = startStream({
  words,
  cursor: document.body.dataset.cursor,
  onEntry: (entry) => (entry.author === "visitor" && outbox.busy() ? outbox.hold(entry) : thread.add(entry)),
  onState: showState,
  onDraft: ({ text }) => thread.draft(text),
  onBack: () => outbox.resume(),
});
const outbox = startOutbox({ words, thread, onSending: () => stream.open(), onProblem: showProblem, onEdit: (text) => composer.write(text) });
const composer = startComposer({
  onSend: (text) => {
    showProblem("");
    hideWelcome();
    outbox.send(text);
  },
  onTyping: () => showProblem(""),
});
startSources(words);
startRatings({ words, onPerson: callPerson });

if (document.body.dataset.known) stream.open();
outbox.resume();
if (!document.getElementById("welcome")) thread.toEnd();

function showState({ state, text, person }) {
  document.body.dataset.state = state;
  document.querySelector("#state .state__text").textContent = text;
  document.querySelector("#person-text").textContent = person;
  document.querySelector("#person button").disabled = document.getElementById("person").hidden || state === "person" || state === "waiting";
  thread.think(state === "thinking");
}

function showProblem(text) {
  const problem = document.getElementById("problem");
  problem.querySelector("span").textContent = text;
  problem.hidden = !text;
}

function hideWelcome() {
  document.getElementById("welcome")?.remove();
}

async function callPerson() {
  const button = document.querySelector("#person button");
  if (button.disabled) return;
  button.disabled = true;
  hideWelcome();
  stream.open();
  const done = await outbox.post("/chat/person", { client_id: outbox.newId() });
  if (done.ok) return;
  button.disabled = false;
  showProblem(done.message || words.failed);
}

document.getElementById("person").addEventListener("submit", (event) => {
  event.preventDefault();
  callPerson();
});

document.querySelector(".starters")?.addEventListener("submit", (event) => {
  event.preventDefault();
  hideWelcome();
  outbox.send(event.submitter.value);
  composer.focus();
});
