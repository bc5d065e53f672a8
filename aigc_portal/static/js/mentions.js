// <textarea data-mentions> within [data-people='[{"name": "Ravi Patel", "roles": "Reviewer"}]']: an @ offers the names
// that fit what follows it. Arrows choose, Enter or Tab takes, Escape closes the list and nothing else.
const MOST = 6;
const AT = /[@＠]([^@＠\n]{0,60})$/u;
const WORD = /(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}])[\p{L}\p{M}\p{N}_+%-]$/u;
let list = null; // {box, field, start, options, at}: what is open

const fold = (text) => text.normalize("NFC").toLocaleLowerCase();
const fits = (name, wanted) => fold(name).startsWith(wanted)
  || fold(name).split(/\s+/u).some((word) => word.startsWith(wanted));

// Where the name that is being typed begins, and the people whom it fits.
const offer = (field) => {
  const before = field.value.slice(0, field.selectionStart);
  const found = AT.exec(before);
  if (!found || field.selectionStart !== field.selectionEnd || WORD.test(before.slice(0, found.index))) return null;
  const people = JSON.parse(field.closest("[data-people]")?.dataset.people ?? "[]");
  const options = people.filter(({ name }) => fits(name, fold(found[1]))).slice(0, MOST);
  return options.length ? { start: found.index, options } : null;
};

const close = () => {
  if (!list) return;
  list.box.remove();
  for (const name of ["aria-controls", "aria-activedescendant"]) list.field.removeAttribute(name);
  list = null;
};

const choose = (at) => {
  list.at = at;
  for (const [index, option] of [...list.box.children].entries()) option.setAttribute("aria-selected", String(index === at));
  list.field.setAttribute("aria-activedescendant", list.box.children[at].id);
  list.box.children[at].scrollIntoView({ block: "nearest" });
};

const take = (at) => {
  const { field, start, options } = list;
  field.setRangeText(`@${options[at].name} `, start, field.selectionStart, "end");
  close();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
};

const row = ({ name, roles }, index) => {
  const option = document.createElement("li");
  option.id = `mention-${index}`;
  option.role = "option";
  option.append(Object.assign(document.createElement("span"), { textContent: name }));
  option.append(Object.assign(document.createElement("span"), { textContent: roles, className: "quiet small" }));
  option.addEventListener("click", () => take(index));
  return option;
};

const open = (field, { start, options }) => {
  const box = Object.assign(document.createElement("ul"), { id: "mention-list", className: "mention-list", role: "listbox" });
  box.setAttribute("aria-label", field.closest("[data-people]").dataset.peopleLabel);
  box.append(...options.map(row));
  box.addEventListener("pointerdown", (event) => event.preventDefault()); // the cursor stays in the field
  box.addEventListener("mousedown", (event) => event.preventDefault());
  field.after(box);
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", box.id);
  list = { box, field, start, options };
  choose(0);
};

const look = (event) => {
  const field = event.target;
  if (!field.matches?.("textarea[data-mentions]") || event.isComposing) return;
  close();
  const found = offer(field);
  if (found) open(field, found);
};
document.addEventListener("input", look);
document.addEventListener("compositionend", look);
document.addEventListener("click", (event) => event.target === list?.field && look(event));
document.addEventListener("focusout", (event) => event.target === list?.field && close());

document.addEventListener("keydown", (event) => {
  if (!list || event.target !== list.field || event.isComposing || event.keyCode === 229) return;
  const { options, at } = list;
  const { ctrlKey, metaKey, altKey, shiftKey, key } = event;
  if (ctrlKey || metaKey || altKey || shiftKey) return;
  if (key === "ArrowDown") choose((at + 1) % options.length);
  else if (key === "ArrowUp") choose((at + options.length - 1) % options.length);
  else if (key === "Enter" || key === "Tab") take(at);
  else if (key === "Escape") close();
  else {
    if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(key)) close();
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });
