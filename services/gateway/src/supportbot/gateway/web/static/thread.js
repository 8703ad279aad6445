// The list of messages: what arrives is put at its place, and the reader's place is left alone.

import { dayName, dayOf, writeClock } from "./times.js";

const NEAR_PX = 120;

export function startThread(words) {
  const list = document.getElementById("entries");
  const thinking = document.getElementById("thinking");
  const newer = document.getElementById("newer");
  const title = document.title;
  let unread = 0;

  function atEnd() {
    return innerHeight + scrollY >= document.documentElement.scrollHeight - NEAR_PX;
  }

  function toEnd() {
    scrollTo({ top: document.documentElement.scrollHeight });
    newer.hidden = true;
  }

  // A long answer is read from its beginning: its top stays in sight.
  function reveal(item) {
    const top = item.getBoundingClientRect().top + scrollY - 76;
    scrollTo({ top: Math.min(top, document.documentElement.scrollHeight - innerHeight), behavior: "smooth" });
  }

  function add(entry) {
    if (known(entry)) return;
    const follow = atEnd();
    const holder = document.createElement("template");
    holder.innerHTML = entry.html.trim(); // our own server's template, in which everything is escaped
    const item = holder.content.firstElementChild;
    item.classList.add("arrives");
    writeClock(item);
    if (entry.author !== "visitor") think(false);
    list.append(item);
    markDays();
    if (entry.author === "visitor" && follow) toEnd();
    else if (follow && !document.hidden) reveal(item);
    else if (entry.author !== "visitor") newer.hidden = false;
    if (document.hidden && entry.author !== "visitor") document.title = `(${++unread}) ${title}`;
  }

  function known(entry) {
    const name = entry.seq ? `[data-seq="${Number(entry.seq)}"]` : `[data-out="${Number(entry.out)}"]`;
    return list.querySelector(name) !== null;
  }

  function addOwn(text) {
    const item = document.getElementById("visitor-template").content.firstElementChild.cloneNode(true);
    const lines = text.split("\n").flatMap((line, number) => (number ? [document.createElement("br"), line] : [line]));
    item.querySelector(".bubble").append(...lines);
    list.append(item);
    return item;
  }

  // The server has it now, as number `seq`.
  function settle(item, seq) {
    if (known({ seq })) return item.remove();
    item.dataset.seq = seq;
    item.classList.remove("is-sending", "is-failed");
    const time = Object.assign(document.createElement("time"), { dateTime: new Date().toISOString() });
    time.dataset.clock = "";
    item.querySelector(".entry__meta").replaceChildren(time);
    writeClock(item);
    markDays();
  }

  // What is written of the answer; each sentence was checked, and all may still be taken back.
  const waiting = thinking.querySelector(".thinking__text");
  const waitingText = waiting.textContent;

  function draft(text) {
    const follow = atEnd();
    waiting.textContent = text || waitingText;
    thinking.classList.toggle("is-writing", Boolean(text));
    if (text) thinking.hidden = false;
    if (follow) toEnd();
  }

  function think(on) {
    if (!on) draft("");
    if (thinking.hidden === !on) return;
    const follow = atEnd();
    thinking.hidden = !on;
    if (on && follow) toEnd();
  }

  // A line with the date, where a conversation goes over more than one day.
  function markDays() {
    const times = [...list.querySelectorAll("time[data-clock]")];
    const days = new Set(times.map((time) => dayOf(new Date(time.dateTime))));
    if (days.size < 2) return;
    let last = "";
    for (const time of times) {
      const moment = new Date(time.dateTime);
      const item = time.closest("li");
      if (dayOf(moment) !== last && !item.previousElementSibling?.classList.contains("day")) {
        const line = document.getElementById("day-template").content.firstElementChild.cloneNode(true);
        line.firstElementChild.textContent = dayName(moment, words);
        item.before(line);
      }
      last = dayOf(moment);
    }
  }

  newer.addEventListener("click", toEnd);
  addEventListener("scroll", () => atEnd() && (newer.hidden = true), { passive: true });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    unread = 0;
    document.title = title;
  });
  writeClock(list);
  markDays();
  return { add, addOwn, settle, think, draft, toEnd, remove: (item) => item.remove() };
}
