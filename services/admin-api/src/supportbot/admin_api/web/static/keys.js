// Every action has a key; keys are off while somebody types, except those that send and go back.

import { writeNote } from "./reply.js";

export function startKeys({ list, opened, open, change, closePane, more, palette, unpick }) {
  const dialog = document.getElementById("keys");

  function move(step) {
    const ids = [...list.querySelectorAll(".row")].map((row) => row.dataset.id);
    if (!ids.length) return;
    const at = ids.indexOf(opened());
    const next = at < 0 ? (step > 0 ? 0 : ids.length - 1) : Math.min(Math.max(at + step, 0), ids.length - 1);
    if (next === at) return;
    open(ids[next], { focus: true });
  }

  function back(event) {
    if (unpick()) return;
    const active = document.activeElement;
    const overlaid = document.querySelector(".talk--card") && matchMedia("(max-width: 74rem)").matches;
    if (active?.id === "q") {
      event.preventDefault(); // the browser would empty the field
      return (document.querySelector(".row a") ?? document.getElementById("pane")).focus();
    }
    if (overlaid) more.card();
    if (overlaid || active?.id === "reply" || active?.closest(".card")) {
      return document.getElementById("talk-body").focus({ preventScroll: true });
    }
    if (opened()) closePane();
  }

  const actions = {
    j: () => move(1),
    k: () => move(-1),
    r: () => writeNote(false),
    n: () => writeNote(true),
    f: () => document.getElementById("attach")?.click(),
    t: () => change("take-over"),
    a: () => more.assign(),
    h: () => change("hand-back"),
    e: () => change("close"),
    s: () => more.snooze(),
    l: () => more.label(),
    x: () => more.pick(),
    i: () => more.card(),
    "/": () => more.search(),
    "?": () => dialog.showModal(),
  };

  palette.use({
    reply: actions.r,
    note: actions.n,
    attach: actions.f,
    take_over: actions.t,
    assign: actions.a,
    hand_back: actions.h,
    close: actions.e,
    snooze: actions.s,
    label: actions.l,
    pick: actions.x,
    card: actions.i,
    search: actions["/"],
    help: actions["?"],
  });

  addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.code === "KeyK") {
      event.preventDefault();
      return palette.show();
    }
    if (document.querySelector("dialog[open]")) return;
    const typing = event.target.matches("textarea, input, select");
    if (event.key === "Escape") return back(event);
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    // On a Russian keyboard the letter keys give other letters: the place of the key counts.
    const place = event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
    const view = document.querySelectorAll(".view")[Number(event.key) - 1];
    if (view) return location.assign(view.href);
    const action = actions[event.key] ?? (event.key === "," && event.shiftKey ? actions["?"] : actions[place]);
    if (!action) return;
    event.preventDefault();
    action();
  });
  document.getElementById("show-keys").addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}
