// The pages beside the inbox: times in the reader's zone, and pieces that are kept current.

import { merge } from "./pieces.js";
import { renewed } from "./acting.js";
import { writeAgo, writeClock } from "./times.js";

export const words = JSON.parse(document.getElementById("words").textContent);
const units = { now: words.ago_now, minutes: words.ago_minutes, hours: words.ago_hours, days: words.ago_days };
const path = document.body.dataset.stream;
const line = document.getElementById("connection");
let source = null;
let trouble = 0;

document.documentElement.dataset.live = "";

export function writeTimes(root) {
  writeClock(root);
  writeAgo(root, units);
}

function say(text) {
  clearTimeout(trouble);
  trouble = 0;
  line.textContent = text;
  line.hidden = !text;
}

function listen() {
  source?.close();
  source = new EventSource(path);
  source.addEventListener("open", () => say(""));
  source.addEventListener("piece", (event) => {
    const { id, html } = JSON.parse(event.data);
    const place = document.getElementById(id);
    if (!place) return;
    merge(place, html);
    writeTimes(place);
    place.dispatchEvent(new CustomEvent("renewed", { bubbles: true }));
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

addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", (event) => event.persisted && path && listen());
setInterval(() => writeAgo(document.body, units), 20000);
writeTimes(document.body);
document.querySelector(".rooms [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
if (path) listen();
