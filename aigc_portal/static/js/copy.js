// [data-copy="text"] copies its text; [data-copy-from="#id"] copies the text of another element.
const fallback = (text) => {
  // navigator.clipboard exists on https and localhost only; a portal on a company's own network may be neither.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
  const text = source ? (source.value ?? source.textContent) : button.dataset.copy;
  try { await navigator.clipboard.writeText(text); } catch { fallback(text); }
  button.focus();
  button.classList.add("is-copied");
  setTimeout(() => button.classList.remove("is-copied"), 1500);
});
