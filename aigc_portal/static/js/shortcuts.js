// data-shortcut="a": the key clicks the element, or puts the cursor into it if it is a field. "?" lists the page's keys.
// data-shortcut-label names it in the list where its own text would not. "shortcuts-toggled" tells of the switch.
const KEY = "portal.shortcuts";
const dialog = document.getElementById("shortcuts");
const list = dialog?.querySelector("[data-shortcut-list]");
const toggle = dialog?.querySelector("[data-shortcuts-toggle]");

export const enabled = () => {
  try { return localStorage.getItem(KEY) !== "off"; } catch { return true; }
};
const visible = () => [...document.querySelectorAll("[data-shortcut]")].filter((element) => element.checkVisibility());
const isField = (element) => element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=submit])");
export const isTyping = (element) => element.isContentEditable || isField(element);

const label = (element) => {
  if (element.dataset.shortcutLabel) return element.dataset.shortcutLabel;
  const words = (element.labels?.[0] ?? element).cloneNode(true);
  words.querySelectorAll("kbd").forEach((key) => key.remove());
  return words.textContent.trim();
};

const show = () => {
  list.querySelectorAll("[data-listed]").forEach((row) => row.remove());
  for (const element of visible()) {
    const key = document.createElement("dt");
    const name = document.createElement("dd");
    key.append(Object.assign(document.createElement("kbd"), { textContent: element.dataset.shortcut }));
    name.textContent = label(element);
    key.dataset.listed = name.dataset.listed = "";
    list.append(key, name);
  }
  mark();
  dialog.showModal();
};

const mark = () => {
  toggle.setAttribute("aria-pressed", String(enabled()));
  toggle.querySelector("[data-when-on]").hidden = !enabled();
  toggle.querySelector("[data-when-off]").hidden = enabled();
};

toggle?.addEventListener("click", () => {
  try { localStorage.setItem(KEY, enabled() ? "off" : "on"); } catch { /* private mode: keys stay on */ }
  mark();
  document.dispatchEvent(new Event("shortcuts-toggled"));
});

document.addEventListener("click", (event) => {
  if (dialog && event.target.closest("[data-shortcuts-open]")) show();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?" || event.key === "？") {
    if (dialog) show();
    return;
  }
  if (!enabled()) return;
  const target = visible().find((element) => element.dataset.shortcut === event.key.toLowerCase() && !element.disabled);
  if (!target) return;
  event.preventDefault();
  if (isField(target)) target.focus();
  else target.click();
});
