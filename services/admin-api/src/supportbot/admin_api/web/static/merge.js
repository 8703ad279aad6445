// Putting renewed pieces in place: what did not change is not touched, so focus, scroll and opened parts stay.

function read(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html; // our own server's template, in which everything is escaped
  return holder.content;
}

export function mergeRows(list, html) {
  const fresh = read(html);
  const rows = list.querySelector(".rows");
  const freshRows = fresh.querySelector(".rows");
  if (!rows || !freshRows) return list.replaceChildren(...fresh.childNodes);
  const old = new Map([...rows.children].map((row) => [row.dataset.id, row]));
  const focused = document.activeElement?.closest(".row")?.dataset.id;
  const next = [...freshRows.children].map((row) => {
    const before = old.get(row.dataset.id);
    return before && same(before, row) ? before : row;
  });
  const inPlace = next.length === rows.children.length && next.every((row, at) => rows.children[at] === row);
  if (inPlace) return;
  const top = list.scrollTop;
  rows.replaceChildren(...next);
  list.scrollTop = top;
  if (focused) rows.querySelector(`[data-id="${CSS.escape(focused)}"] a`)?.focus({ preventScroll: true });
}

// Two rows say the same when they do so without what the page itself wrote into them: times and the mark of the opened one.
function same(before, fresh) {
  const [one, two] = [before.cloneNode(true), fresh.cloneNode(true)];
  for (const row of [one, two]) {
    row.querySelector("a").removeAttribute("aria-current");
    for (const time of row.querySelectorAll("time")) {
      time.textContent = "";
      time.removeAttribute("title");
    }
  }
  return one.innerHTML === two.innerHTML;
}

export function mergeTalk(pane, html) {
  const fresh = read(html).querySelector(".talk");
  const talk = pane.querySelector(".talk");
  if (!fresh || !talk || fresh.dataset.id !== talk.dataset.id) return;
  const body = talk.querySelector(".talk__body");
  const atEnd = body.scrollHeight - body.scrollTop - body.clientHeight < 80;
  talk.dataset.version = fresh.dataset.version;
  mergeSaid(talk.querySelector(".said-list"), fresh.querySelector(".said-list"));
  if (talk.dataset.mode !== fresh.dataset.mode) {
    talk.querySelector(".talk__actions").replaceWith(fresh.querySelector(".talk__actions"));
    talk.querySelector(".talk__who").replaceWith(fresh.querySelector(".talk__who"));
    talk.dataset.mode = fresh.dataset.mode;
  }
  mergeSuggestion(talk, fresh);
  mergeCard(talk.querySelector(".card"), fresh.querySelector(".card"));
  talk.querySelector("#why")?.remove();
  const why = fresh.querySelector("#why");
  if (why) talk.querySelector(".talk__foot").prepend(why);
  talk.querySelector("#seen").value = fresh.querySelector("#seen").value;
  if (atEnd) body.scrollTop = body.scrollHeight;
}

function mergeSaid(list, fresh) {
  const old = new Map([...list.children].map((item) => [item.dataset.key, item]));
  for (const item of [...fresh.children]) {
    const before = old.get(item.dataset.key);
    if (!before) list.append(item);
    else if (before.dataset.version !== item.dataset.version) before.replaceWith(item);
    old.delete(item.dataset.key);
  }
  for (const gone of old.values()) gone.remove();
}

function mergeSuggestion(talk, fresh) {
  const before = talk.querySelector("#suggest");
  const after = fresh.querySelector("#suggest");
  if (before?.dataset.version === after?.dataset.version) return;
  if (before && after) before.replaceWith(after);
  else if (before) before.remove();
  else talk.querySelector("#writing").before(after);
}

// A part in which somebody writes is left alone until they are done.
function mergeCard(card, fresh) {
  const names = new Set([...fresh.children].map((part) => part.dataset.part));
  for (const part of [...fresh.children]) {
    const before = card.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!before) card.append(part);
    else if (before.dataset.version !== part.dataset.version && !before.querySelector("input:focus")?.value) {
      const focused = before.contains(document.activeElement) ? document.activeElement.id : "";
      before.replaceWith(part);
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    }
  }
  for (const part of [...card.children]) if (!names.has(part.dataset.part)) part.remove();
}
