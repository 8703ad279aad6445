// Numbered sources: a chip opens the passage below it, with the quoted sentence marked.

export function startSources() {
  const list = document.getElementById("entries");

  list.addEventListener("click", (event) => {
    const mark = event.target.closest(".mark");
    const chip = event.target.closest(".chip") ?? mark?.closest(".entry").querySelector(`.chip[data-number="${mark.dataset.mark}"]`);
    if (chip && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
      event.preventDefault();
      toggle(chip);
    } else if (event.target.closest(".passage__close")) close(event.target.closest(".entry"), true);
  });
  list.addEventListener("keydown", (event) => {
    const entry = event.target.closest(".entry");
    if (event.key === " " && event.target.matches(".chip")) {
      event.preventDefault();
      toggle(event.target);
    } else if (event.key === "Escape" && entry) close(entry, true);
  });

  async function toggle(chip) {
    const entry = chip.closest(".entry");
    const wasOpen = chip.getAttribute("aria-expanded") === "true";
    if (wasOpen) return close(entry, false);
    chip.setAttribute("aria-busy", "true");
    const answer = await fetch(chip.href, { headers: { "X-Piece": "1" } }).catch(() => null);
    chip.removeAttribute("aria-busy");
    if (!answer?.ok) return location.assign(chip.href);
    close(entry, false);
    const slot = entry.querySelector(".passage-slot");
    slot.innerHTML = await answer.text(); // our own server's template, in which everything is escaped
    slot.hidden = false;
    chip.setAttribute("aria-expanded", "true");
    showMark(slot);
    entry.querySelector(".entry__meta").scrollIntoView({ block: "nearest" });
  }

  // The marked sentence is in sight inside a long passage; the page does not move for it.
  function showMark(slot) {
    const text = slot.querySelector(".passage__text");
    const marked = slot.querySelector("mark");
    text.scrollTop = Math.max(0, marked.offsetTop - text.offsetTop - 48);
  }

  function close(entry, returnFocus) {
    const open = entry.querySelector('.chip[aria-expanded="true"]');
    if (!open) return;
    open.removeAttribute("aria-expanded");
    const slot = entry.querySelector(".passage-slot");
    slot.hidden = true;
    slot.replaceChildren();
    if (returnFocus) open.focus();
  }
}
