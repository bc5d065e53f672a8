// The review desk by keyboard.
// - A decision's key only puts the focus on its button; Enter, or the key again, presses it. The mouse presses at once.
// - Refusals lead to the reasons until one is chosen. Digits rate, or choose reasons, where the focus is.
// - While the page is seen, the claim is renewed every five minutes.
const RENEW_MS = 5 * 60 * 1000;
const form = document.querySelector("form[data-desk]");
const text = form.querySelector("#id_corrected_text");
const correct = form.querySelector("#id_correct");
const reasons = document.getElementById("reasons");

const reasonChosen = () => reasons.querySelector("input:checked") !== null;
const askForReason = () => {
  reasons.classList.add("has-errors");
  reasons.querySelector("[data-reasons-error]").hidden = false;
  reasons.querySelector("input")?.focus();
  reasons.scrollIntoView({ block: "nearest" });
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
  if ("needsReason" in button.dataset && !reasonChosen()) {
    event.preventDefault();
    askForReason();
  } else if (byKey) {
    event.preventDefault();
    arm(button);
  }
});

reasons.addEventListener("change", () => {
  if (!reasonChosen()) return;
  reasons.classList.remove("has-errors");
  reasons.querySelector("[data-reasons-error]").hidden = true;
});

correct.addEventListener("change", () => {
  if (correct.checked) text.focus();
  else correct.focus();
});

form.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Escape" && event.target.matches("textarea")) event.target.blur();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    arm(form.querySelector(".btn-approve"));
  }
  const group = event.target.closest("fieldset");
  const digit = Number(event.key);
  if (!group || event.ctrlKey || event.metaKey || event.altKey || !(digit >= 1 && digit <= 9)) return;
  const option = group.querySelectorAll("input")[digit - 1];
  if (!option) return;
  option.focus();
  if (option.type === "radio" && option.checked) {
    option.checked = false; // the same digit again takes the rating back
    option.dispatchEvent(new Event("input", { bubbles: true }));
  } else {
    option.click();
    if (option.type === "radio") document.querySelector("[data-step='1']")?.click();
  }
});

let renewed = Date.now();
const renew = () => {
  if (document.hidden || Date.now() - renewed < RENEW_MS) return;
  renewed = Date.now();
  const claim = document.querySelector("[data-renew]");
  if (claim) window.htmx.trigger(claim, "renew");
};
setInterval(renew, 15000);
document.addEventListener("visibilitychange", renew);

// Text that autosave put back, or a form that came back with errors, shows its difference at once.
addEventListener("load", () => {
  if (text.value !== text.defaultValue) window.htmx.trigger(text, "shown");
});
