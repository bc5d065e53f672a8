// The digits of the desk. Of the groups of options [data-digits] (a scale, the reasons) one alone has them at a time, so
// that 3 never means two things: the one that had the focus last, at first the first one. It is marked, and no other
// shows digits. They work wherever nothing is typed; with the page's shortcuts off, only within the group.
// A rating leads on to the next field (stepping.js); the same digit again takes it back.
import { enabled, isTyping } from "./shortcuts.js";

const MOST = 9;
const optionsOf = (group) => [...group.querySelectorAll("input")].slice(0, MOST);
const groups = [...document.querySelectorAll("[data-digits]")].filter((group) => optionsOf(group).length > 0);
let last = groups[0];

const focused = () => groups.find((group) => group.contains(document.activeElement));
const holder = () => focused() ?? (enabled() ? last : undefined);

const mark = () => {
  last = focused() ?? last;
  for (const group of groups) {
    const holds = group === holder();
    group.classList.toggle("has-digits", holds);
    for (const [index, option] of optionsOf(group).entries()) {
      if (holds) option.setAttribute("aria-keyshortcuts", index + 1);
      else option.removeAttribute("aria-keyshortcuts");
    }
  }
};

const takeBack = (option) => {
  option.checked = false;
  option.dispatchEvent(new Event("input", { bubbles: true })); // autosave.js
};

const choose = (option) => {
  const again = option.checked;
  option.focus();
  option.closest("[data-digits]").scrollIntoView({ block: "nearest" });
  if (option.type !== "radio") option.click();
  else if (again) takeBack(option);
  else {
    option.click();
    document.querySelector("[data-step='1']")?.click();
  }
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (!/^[1-9]$/.test(event.key) || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const group = holder();
  const option = group && optionsOf(group)[event.key - 1];
  if (!option) return;
  event.preventDefault();
  choose(option);
});

for (const name of ["focusin", "focusout", "shortcuts-toggled"]) document.addEventListener(name, () => setTimeout(mark));
mark();
