// Ctrl + K: everything that can be done here, every view and page, and whatever is said in any conversation.

const SHOWN = 12;
const WAIT_MS = 150;

export function startPalette({ words, open }) {
  const dialog = document.getElementById("palette");
  const field = dialog.querySelector("input");
  const list = dialog.querySelector("ul");
  let actions = {};
  let shown = [];
  let at = 0;
  let timer = 0;
  let asked = 0;

  function known() {
    const doings = [...document.querySelectorAll("#keys [data-do]")].filter((one) => actions[one.dataset.do]);
    const commands = doings.map((one) => ({
      text: one.querySelector("dd").textContent,
      keys: [...one.querySelectorAll("kbd")].map((key) => key.textContent).join(" "),
      run: actions[one.dataset.do],
    }));
    const links = [...document.querySelectorAll("a.view, .rail a[href], .bar__pages a")].map((link) => ({
      text: link.textContent.replace(/\d+\s*$/, "").trim(),
      keys: words.go_to,
      run: () => location.assign(link.href),
    }));
    return [...commands, ...links].filter((one) => one.text);
  }

  function look() {
    const query = field.value.trim().toLowerCase();
    shown = known().filter((one) => one.text.toLowerCase().includes(query)).slice(0, SHOWN);
    at = 0;
    show();
    clearTimeout(timer);
    if (query.length > 1) timer = setTimeout(() => search(query), WAIT_MS);
  }

  async function search(query) {
    const mine = ++asked;
    const path = `/inbox?q=${encodeURIComponent(query)}`;
    const answer = await fetch(path, { headers: { "X-Piece": "rows" } }).catch(() => null);
    if (!answer?.ok || mine !== asked || !dialog.open) return;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text(); // our own server's template, in which everything is escaped
    const found = [...holder.content.querySelectorAll(".row")].slice(0, SHOWN).map((row) => ({
      text: `${row.querySelector(".row__name").lastChild.textContent.trim()}: ${row.querySelector(".row__preview").textContent.trim()}`,
      keys: "",
      run: () => open(row.dataset.id),
    }));
    shown = [...shown.filter((one) => !one.found), ...found.map((one) => ({ ...one, found: true }))];
    show();
  }

  function show() {
    const rows = shown.map((one, place) => {
      const row = document.createElement("li");
      row.id = `palette-${place}`;
      row.role = "option";
      row.ariaSelected = String(place === at);
      const text = document.createElement("span");
      text.textContent = one.text;
      text.dir = "auto";
      const keys = document.createElement("kbd");
      keys.textContent = one.keys;
      row.append(text, ...(one.keys ? [keys] : []));
      row.addEventListener("click", () => take(place));
      return row;
    });
    list.replaceChildren(...rows);
    dialog.querySelector("p").hidden = rows.length > 0;
    if (rows.length) field.setAttribute("aria-activedescendant", `palette-${at}`);
    else field.removeAttribute("aria-activedescendant");
    rows[at]?.scrollIntoView({ block: "nearest" });
  }

  function take(place) {
    const one = shown[place];
    if (!one) return;
    dialog.close();
    one.run();
  }

  field.addEventListener("input", look);
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) {
      at = (at + step + shown.length) % shown.length;
      show();
    } else if (event.key === "Enter" && !event.isComposing) take(at);
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

  return {
    use: (given) => (actions = given),
    show() {
      if (dialog.open) return dialog.close();
      field.value = "";
      dialog.showModal();
      look();
    },
  };
}
