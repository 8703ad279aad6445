// What is on its way out: one after the other, kept in the browser until it is stored, sent again with the same id.

const KEEP = "supportbot.outbox";
const TIMEOUT_MS = 15000;

export function startOutbox({ words, thread, onSending, onProblem, onEdit }) {
  let waiting = read();
  let working = false;
  let held = [];
  const bubbles = new Map(waiting.map(({ id, text }) => [id, bubble(id, text)]));
  if (waiting.length) document.getElementById("welcome")?.remove();

  function send(text) {
    const id = newId();
    waiting.push({ id, text });
    keep();
    bubbles.set(id, bubble(id, text));
    thread.toEnd();
    resume();
  }

  function bubble(id, text) {
    const item = thread.addOwn(text);
    mark(item, "sending", words.sending);
    item.addEventListener("click", (event) => {
      const action = event.target.dataset.action;
      if (action === "retry") resume();
      if (action === "edit") takeBack(id);
    });
    return item;
  }

  function mark(item, state, text) {
    item.classList.toggle("is-failed", state === "failed");
    item.classList.toggle("is-sending", state !== "failed");
    const status = item.querySelector(".entry__status");
    status.replaceChildren(text);
    if (state === "sending") return;
    const actions = [["retry", words.retry], ["edit", words.edit]];
    for (const [action, label] of state === "failed" ? actions : actions.slice(1)) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: label });
      button.dataset.action = action;
      status.append(button);
    }
  }

  function takeBack(id) {
    const message = waiting.find((one) => one.id === id);
    if (!message) return;
    forget(id);
    thread.remove(bubbles.get(id));
    onProblem("");
    onEdit(message.text);
  }

  function forget(id) {
    waiting = waiting.filter((one) => one.id !== id);
    keep();
  }

  async function resume() {
    if (working || !waiting.length) return;
    working = true;
    onSending();
    for (const { id } of waiting) mark(bubbles.get(id), "sending", words.sending);
    while (waiting.length) {
      const { id, text } = waiting[0];
      const done = await post("/chat/messages", { client_id: id, text });
      if (!done.ok) {
        fail(done);
        break;
      }
      onProblem("");
      forget(id);
      thread.settle(bubbles.get(id), done.body.seq);
      bubbles.delete(id);
    }
    working = false;
    held.splice(0).forEach(thread.add);
  }

  function fail({ status, message, wait }) {
    const offline = status === 0 && !navigator.onLine;
    for (const { id } of waiting) {
      if (offline) mark(bubbles.get(id), "waiting", words.will_send);
      else mark(bubbles.get(id), "failed", words.not_sent);
    }
    onProblem(message);
    thread.toEnd();
    if (wait) setTimeout(resume, wait * 1000);
    else if (status === 0 || status === 503) setTimeout(resume, 5000);
  }

  function keep() {
    try {
      if (waiting.length) localStorage.setItem(KEEP, JSON.stringify(waiting));
      else localStorage.removeItem(KEEP);
    } catch {
      // no storage: the text is still on the page
    }
  }

  async function post(path, fields) {
    try {
      const answer = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(fields),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const body = await answer.json().catch(() => ({}));
      if (answer.ok) return { ok: true, body };
      const wait = Number(answer.headers.get("Retry-After"));
      return { ok: false, status: answer.status, message: body.error?.message ?? words.failed, wait };
    } catch {
      return { ok: false, status: 0, message: "", wait: 0 };
    }
  }

  return { send, resume, post, newId, busy: () => working, hold: (entry) => held.push(entry) };
}

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEEP) ?? "[]");
    return kept.filter((one) => typeof one.id === "string" && typeof one.text === "string");
  } catch {
    return [];
  }
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
