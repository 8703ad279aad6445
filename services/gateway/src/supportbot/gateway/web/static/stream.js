// The live stream: opened when there is something to wait for, resumed where it broke, closed in tabs left alone.

const SHOW_TROUBLE_AFTER_MS = 3000;
const HIDDEN_MS = 60000;

export function startStream({ words, cursor, onEntry, onState, onDraft, onBack }) {
  let source = null;
  let wanted = false;
  let retry = 0;
  let trouble = 0;
  let hidden = 0;
  let online = null;

  function open() {
    wanted = true;
    if (source || document.hidden) return;
    source = new EventSource(`/chat/events?after=${cursor}`);
    source.addEventListener("open", () => {
      retry = 0;
      say("");
      if (online === false) onBack();
      online = true;
    });
    source.addEventListener("entry", (event) => {
      cursor = event.lastEventId || cursor;
      onEntry(JSON.parse(event.data));
    });
    source.addEventListener("state", (event) => onState(JSON.parse(event.data)));
    source.addEventListener("draft", (event) => onDraft(JSON.parse(event.data)));
    source.addEventListener("error", lost);
  }

  function lost() {
    online = false;
    if (!trouble) trouble = setTimeout(() => say(navigator.onLine ? words.reconnecting : words.offline), navigator.onLine ? SHOW_TROUBLE_AFTER_MS : 0);
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    close();
    retry = Math.min(retry + 1, 6);
    setTimeout(() => wanted && open(), 500 * 2 ** retry * (0.75 + Math.random() / 2));
  }

  function close() {
    source?.close();
    source = null;
  }

  function say(text) {
    clearTimeout(trouble);
    if (!text) trouble = 0;
    const line = document.getElementById("connection");
    line.textContent = text;
    line.hidden = !text;
    const dot = document.getElementById("state");
    if (text) dot.dataset.state = "offline";
    else delete dot.dataset.state;
  }

  // A browser allows six connections to one site: tabs that nobody looks at give theirs back, unless an answer is due.
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hidden);
    if (!document.hidden) {
      if (wanted) open();
    } else hidden = setTimeout(() => document.body.dataset.state === "ready" && close(), HIDDEN_MS);
  });
  addEventListener("offline", () => wanted && say(words.offline));
  addEventListener("online", () => {
    if (!wanted) return;
    say("");
    close();
    open();
    onBack();
  });
  return { open };
}
