// Uploading documents: dropped anywhere on the page, or chosen by mouse or keyboard; one after the other, each with its progress.

import { renewed } from "./acting.js";
import { words } from "./pages.js";

const form = document.getElementById("drop");
const field = document.getElementById("files");
const list = document.getElementById("uploads");
const limit = Number(form.dataset.limit);
const waiting = [];
let busy = false;
let depth = 0;

function add(files) {
  for (const file of files) {
    const item = document.createElement("li");
    item.className = "upload";
    const name = document.createElement("span");
    name.className = "upload__name";
    name.dir = "auto";
    name.textContent = file.name;
    const bar = document.createElement("progress");
    bar.className = "thin";
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    const said = document.createElement("span");
    said.className = "upload__said";
    said.textContent = words.waits;
    item.append(name, said, bar);
    list.append(item);
    waiting.push({ file, item, bar, said });
  }
  sendNext();
}

async function sendNext() {
  if (busy || !waiting.length) return;
  busy = true;
  const one = waiting.shift();
  const problem = one.file.size > limit ? words.too_large : await sent(one);
  one.bar.remove();
  one.item.classList.add(problem ? "upload--failed" : "upload--sent");
  one.said.textContent = problem || words.sent;
  if (!problem) setTimeout(() => one.item.remove(), 6000);
  busy = false;
  sendNext();
}

// The text of what went wrong; empty where nothing did.
async function sent(one) {
  let answer = await send(one);
  if (answer.status === 401 && (await renewed().catch(() => false))) answer = await send(one);
  if (answer.status === 202) return "";
  try {
    return JSON.parse(answer.text).detail;
  } catch {
    return words.failed;
  }
}

function send({ file, bar, said }) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest(); // fetch tells nothing of how far an upload is
    request.open("POST", `/inbox/knowledge/upload?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("X-CSRF-Token", document.body.dataset.csrf);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => {
      bar.value = event.total ? event.loaded / event.total : 0;
      said.textContent = `${Math.round(bar.value * 100)} %`;
    });
    request.addEventListener("loadend", () => resolve({ status: request.status, text: request.responseText }));
    request.send(file);
  });
}

function hasFiles(event) {
  return event.dataTransfer?.types.includes("Files");
}

field.addEventListener("change", () => {
  add(field.files);
  field.value = "";
});
addEventListener("dragenter", (event) => {
  if (!hasFiles(event)) return;
  depth += 1;
  form.classList.add("drop--over");
});
addEventListener("dragleave", (event) => {
  if (!hasFiles(event)) return;
  depth -= 1;
  if (depth <= 0) form.classList.remove("drop--over");
});
addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  depth = 0;
  form.classList.remove("drop--over");
  add(event.dataTransfer.files);
});
addEventListener("beforeunload", (event) => (busy || waiting.length) && event.preventDefault());
