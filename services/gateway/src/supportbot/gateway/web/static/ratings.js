// A thumb up or down folds into a word of thanks; after a thumb down, a person is one tap away.

export function startRatings({ words, onPerson }) {
  document.getElementById("entries").addEventListener("submit", async (event) => {
    const form = event.target.closest(".rating");
    if (!form) return;
    event.preventDefault();
    const vote = event.submitter.value;
    const thanks = document.createElement("span");
    thanks.className = "thanks";
    thanks.setAttribute("role", "status");
    thanks.append(vote === "1" ? words.thanks : words.thanks_sorry);
    if (vote === "-1" && !document.querySelector("#person button").disabled) thanks.append(askPerson());
    form.replaceWith(thanks);
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ reply_key: form.dataset.key, vote }),
    }).catch(() => null);
    if (answer?.ok) return;
    thanks.replaceWith(form);
    form.title = words.failed;
  });

  function askPerson() {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: words.ask_person });
    button.addEventListener("click", () => {
      button.remove();
      onPerson();
    });
    return button;
  }
}
