// Choosing several rows, and doing the same to all of them.

import { post, showToast } from "./acting.js";
import { morning } from "./snoozing.js";

const chosen = new Set();

export function startBulk({ list, words, after }) {
  const bar = document.getElementById("bulk");
  if (!bar) return { toggle() {}, clear: () => false, restore() {} };

  function show() {
    for (const row of list.querySelectorAll(".row")) {
      const box = row.querySelector(".row__pick");
      box.checked = chosen.has(row.dataset.id);
    }
    bar.hidden = !chosen.size;
    list.classList.toggle("list--picking", chosen.size > 0);
    document.getElementById("bulk-count").textContent = words.chosen.replace("{n}", chosen.size);
  }

  function toggle(id) {
    if (!id) return;
    if (!chosen.delete(id)) chosen.add(id);
    show();
  }

  function clear() {
    const had = chosen.size > 0;
    chosen.clear();
    show();
    return had;
  }

  async function act(change, fields = {}) {
    const ids = [...chosen].join(",");
    const done = await post("/inbox/bulk", { ids, change, ...fields });
    if (!done.ok) return showToast(done.message ?? words.failed);
    clear();
    showToast(words.done_bulk.replace("{n}", done.body.done));
    after();
  }

  list.addEventListener("change", (event) => {
    if (event.target.matches(".row__pick")) toggle(event.target.closest(".row").dataset.id);
  });
  bar.addEventListener("click", (event) => {
    const change = event.target.closest("[data-bulk]")?.dataset.bulk;
    if (change === "none") clear();
    else if (change) act(change);
  });
  bar.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    form.closest("details").open = false;
    const fields = Object.fromEntries(new FormData(form));
    act(form.dataset.bulkForm, { ...fields, ...morning(event.submitter) });
    form.reset();
  });
  return { toggle, clear, restore: show };
}
