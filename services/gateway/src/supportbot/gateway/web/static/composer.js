// The composer: grows with its text, keeps a draft, sends on Enter where there is a keyboard.

const KEEP = "supportbot.draft";
const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

export function startComposer({ onSend, onTyping }) {
  const form = document.getElementById("composer");
  const field = document.getElementById("question");
  const button = document.getElementById("send");
  const touch = matchMedia("(hover: none) and (pointer: coarse)");

  if (!field.value) field.value = read();

  function changed() {
    button.setAttribute("aria-disabled", String(!field.value.trim()));
    if (!GROWS_BY_ITSELF) {
      field.style.height = "auto";
      field.style.height = `${field.scrollHeight}px`;
    }
    keep(field.value);
  }

  function write(text) {
    field.value = field.value ? `${text}\n${field.value}` : text;
    changed();
    field.focus();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    field.focus();
    if (!text) return;
    field.value = "";
    changed();
    onSend(text);
  });
  field.addEventListener("input", () => {
    changed();
    onTyping();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || touch.matches) return;
    event.preventDefault();
    form.requestSubmit();
  });
  changed();
  if (!touch.matches) field.focus({ preventScroll: true });
  return { write, focus: () => touch.matches || field.focus() };
}

function read() {
  try {
    return localStorage.getItem(KEEP) ?? "";
  } catch {
    return "";
  }
}

function keep(text) {
  try {
    if (text) localStorage.setItem(KEEP, text);
    else localStorage.removeItem(KEEP);
  } catch {
    // no storage: the text is still in the field
  }
}
