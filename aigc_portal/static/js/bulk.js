// The selection of the queue is cleared by the bar's reset button or by Escape: one click for each chosen row, so that
// selection.js sees it. An open menu or dialog has the key first.
const bar = document.querySelector("[data-bulk]");
const chosen = () => [...document.querySelectorAll("[data-choose]:checked")];

bar?.addEventListener("reset", (event) => {
  event.preventDefault();
  const focusIsLost = bar.contains(document.activeElement);
  const boxes = chosen();
  for (const box of boxes) box.click();
  if (focusIsLost) boxes[0]?.focus();
});

// Enter on a tick does nothing: some browsers press the first button of its form, past the disabled one.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("input[type=checkbox]")) return;
  if (event.target.form?.matches("[data-bulk], [data-bulk-decision]")) event.preventDefault();
});

// Before menu.js, which closes its menu at the same key.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !bar || !chosen().length) return;
  if (document.querySelector("dialog[open], details[data-menu][open]")) return;
  if (event.target.matches("textarea, select, input:not([type=checkbox])")) return;
  bar.reset();
}, { capture: true });
