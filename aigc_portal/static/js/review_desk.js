// The review desk by keyboard.
// - A decision's key only puts the focus on its button; Enter, or the key again, presses it. The mouse presses at once.
// - Enter on a rating, a reason or a tick does nothing: it would press a button of the form.
// - [data-needs="reasons"] leads to that field until something in it is ticked.
// - While the page is seen, the claim is renewed every five minutes, and at every look once its time is over. While it
//   is not, the title says when time runs out.
// - A text that was typed, but was no part of the decision, comes back with the decision that is taken back.
const RENEW_MS = 5 * 60 * 1000;
const ENDING_MS = 5 * 60 * 1000;
const SENT = "portal.sent-text";
const form = document.querySelector("form[data-desk]");
const text = form.querySelector("#id_corrected_text");
const correct = form.querySelector("#id_correct");

const errorOf = (field) => field.querySelector("[data-reasons-error], [data-need-error]");
const isTicked = (field) => field.querySelector("input:checked") !== null;
const askFor = (field) => {
  field.classList.add("has-errors");
  errorOf(field).hidden = false;
  field.querySelector("input")?.focus();
  field.scrollIntoView({ block: "nearest" });
};
const arm = (button) => {
  button.classList.add("is-armed");
  button.addEventListener("blur", () => button.classList.remove("is-armed"), { once: true });
  button.focus();
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-arms]");
  if (!button) return;
  const byKey = event.detail === 0 && document.activeElement !== button;
  const needed = button.dataset.needs && document.getElementById(button.dataset.needs);
  if (needed && !isTicked(needed)) {
    event.preventDefault();
    askFor(needed);
  } else if (byKey) {
    event.preventDefault();
    arm(button);
  }
});

for (const field of form.querySelectorAll("#reasons, #fact-check")) {
  field.addEventListener("change", () => {
    if (!isTicked(field)) return;
    field.classList.remove("has-errors");
    errorOf(field).hidden = true;
  });
}

correct.addEventListener("change", () => {
  if (correct.checked) text.focus();
  else correct.focus();
});

form.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Escape" && event.target.matches("textarea")) event.target.blur();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.querySelector(".btn-approve")?.click();
  } else if (event.key === "Enter" && event.target.matches("input")) {
    event.preventDefault();
  }
});

const title = document.title;
const ends = new WeakMap();
let renewed = Date.now();
const watch = () => {
  const claim = document.querySelector("[data-renew]");
  if (!claim) return;
  if (!ends.has(claim)) ends.set(claim, Date.now() + Number(claim.dataset.secondsLeft) * 1000);
  const left = ends.get(claim) - Date.now();
  const note = claim.querySelector("[data-claim-ending]");
  note.hidden = left > ENDING_MS;
  document.title = document.hidden && left <= ENDING_MS ? `${note.textContent} · ${title}` : title;
  if (document.hidden || (left > 0 && Date.now() - renewed < RENEW_MS)) return;
  renewed = Date.now();
  window.htmx.trigger(claim, "renew");
};
watch();
setInterval(watch, 15000);
document.addEventListener("visibilitychange", watch);

// Text that autosave put back, or a form that came back with errors, shows its difference at once.
addEventListener("load", () => {
  if (text.value !== text.defaultValue || correct.checked) window.htmx.trigger(text, "shown");
});

try {
  const sent = JSON.parse(sessionStorage.getItem(SENT) ?? "null");
  if ("undone" in form.dataset && sent?.key === form.dataset.autosave && text.value === text.defaultValue) {
    text.value = sent.text;
  }
  document.addEventListener("submit", (event) => {
    if (event.target !== form) return;
    sessionStorage.setItem(SENT, JSON.stringify({ key: form.dataset.autosave, text: text.value }));
  });
} catch { /* storage is full or forbidden: what was sent comes back from the portal */ }
