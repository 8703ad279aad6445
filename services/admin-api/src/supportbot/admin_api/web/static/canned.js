// Ready-made replies in the reply box: "/" at the beginning of a line lists them, with their variables filled in.

const SHOWN = 8;
const SLASH = /(^|\n)\/(\S*)$/;

export function startCanned(form, field) {
  const box = document.getElementById("canned");
  const id = form.closest(".talk").dataset.id;
  if (!box) return () => false;
  let replies = null;
  let shown = [];
  let at = 0;

  async function load() {
    replies = [];
    const answer = await fetch(`/inbox/${id}/canned`).catch(() => null);
    replies = answer?.ok ? (await answer.json()).replies : null;
    look();
  }

  function asked() {
    if (field.selectionStart !== field.selectionEnd) return null;
    return SLASH.exec(field.value.slice(0, field.selectionStart));
  }

  function look() {
    const found = asked();
    if (!found) return hide();
    if (replies === null) return load();
    const word = found[2].toLowerCase();
    const fits = (one) => one.name.includes(word) || (word.length > 2 && one.text.toLowerCase().includes(word));
    shown = replies.filter(fits).sort((a, b) => b.name.startsWith(word) - a.name.startsWith(word)).slice(0, SHOWN);
    at = 0;
    show();
  }

  function show() {
    const rows = shown.map((one, place) => {
      const row = document.createElement("li");
      row.id = `canned-${place}`;
      row.role = "option";
      row.ariaSelected = String(place === at);
      const name = document.createElement("b");
      name.textContent = `/${one.name}`;
      const text = document.createElement("span");
      text.textContent = one.text;
      text.dir = "auto";
      row.append(name, text);
      row.addEventListener("mousedown", (event) => {
        event.preventDefault();
        at = place;
        take();
      });
      return row;
    });
    const list = box.querySelector("ul");
    list.replaceChildren(...rows);
    box.querySelector("p").hidden = shown.length > 0;
    box.hidden = false;
    if (rows.length) field.setAttribute("aria-activedescendant", `canned-${at}`);
    else field.removeAttribute("aria-activedescendant");
    rows[at]?.scrollIntoView({ block: "nearest" });
  }

  function hide() {
    box.hidden = true;
    field.removeAttribute("aria-activedescendant");
  }

  function take() {
    const found = asked();
    const one = shown[at];
    if (!found || !one) return;
    const start = found.index + found[1].length;
    field.setRangeText(one.text, start, field.selectionStart, "end");
    hide();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  field.addEventListener("input", look);
  field.addEventListener("blur", hide);

  // True where the key was for the list.
  return (event) => {
    if (box.hidden || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) {
      at = (at + step + shown.length) % shown.length;
      show();
    } else if ((event.key === "Enter" || event.key === "Tab") && shown.length && !event.ctrlKey && !event.metaKey) take();
    else if (event.key === "Escape") hide();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
}
