// Rows that are selected: [data-choose] are their boxes, [data-choose-all] the box for all of them, and
// [data-choose-focused] the button behind the key X. While any is selected [data-bulk] shows, with their number in
// [data-chosen-count]. With Shift a click selects all between it and the last one.
const boxes = () => [...document.querySelectorAll("[data-choose]")];
const all = document.querySelector("[data-choose-all]");
const bar = document.querySelector("[data-bulk]");
let last = null;

const show = () => {
  const every = boxes();
  const chosen = every.filter((box) => box.checked).length;
  if (all) {
    all.checked = chosen > 0 && chosen === every.length;
    all.indeterminate = chosen > 0 && chosen < every.length;
  }
  if (bar) bar.hidden = chosen === 0;
  for (const count of document.querySelectorAll("[data-chosen-count]")) count.textContent = chosen;
  for (const box of every) box.closest("tr")?.classList.toggle("is-chosen", box.checked);
};

const between = (box) => {
  const every = boxes();
  const [from, to] = [every.indexOf(last), every.indexOf(box)].sort((a, b) => a - b);
  return from < 0 ? [] : every.slice(from, to + 1);
};

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-choose]");
  if (box) {
    if (event.shiftKey) for (const other of between(box)) other.checked = box.checked;
    last = box;
  } else if (event.target === all) {
    for (const other of boxes()) other.checked = all.checked;
  } else if (event.target.closest("[data-choose-focused]")) {
    document.activeElement.closest("tr")?.querySelector("[data-choose]")?.click();
  } else {
    return;
  }
  show();
});
addEventListener("pageshow", show);
show();
