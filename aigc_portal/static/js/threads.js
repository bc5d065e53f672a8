// Threads of comments beside the text under review (review/_threads.html).
// A marked passage (text_selection.js) gets a button; M opens the form with it, or for the whole text. A click on a mark
// opens its thread, the quote of a thread leads back to the mark. The answer of the portal replaces #threads and the text.
const HELD = "passage-held"; // the passage in the form, painted where the selection was
const bar = document.querySelector("[data-passage-bar]");
const section = () => document.getElementById("threads");
const composer = () => document.querySelector("[data-composer]");
const text = () => document.getElementById("draft-text");
let selected = null; // {start, end, quote}
let asked = false; // M was pressed in the text

// The text's range between two code points.
const rangeOf = ({ start, end }) => {
  const signs = [...text().textContent];
  const units = [start, end].map((count) => signs.slice(0, count).join("").length);
  const range = document.createRange();
  const places = units.map((offset, index) => {
    const nodes = document.createTreeWalker(text(), NodeFilter.SHOW_TEXT);
    let left = offset;
    while (nodes.nextNode()) {
      if (index === 0 ? left < nodes.currentNode.length : left <= nodes.currentNode.length) return [nodes.currentNode, left];
      left -= nodes.currentNode.length;
    }
    return [text(), text().childNodes.length];
  });
  range.setStart(...places[0]);
  range.setEnd(...places[1]);
  return range;
};
const stands = ({ start, end, quote }) => quote !== "" && [...text().textContent].slice(start, end).join("") === quote;

// The button at the selection.
const showBar = () => {
  if (!bar) return;
  bar.hidden = false;
  const rects = [...rangeOf(selected).getClientRects()];
  const [first, last] = [rects[0], rects.at(-1)];
  const under = last.bottom + bar.offsetHeight + 112 < innerHeight; // room for the bar at the foot
  const top = under ? last.bottom + 6 : first.top - bar.offsetHeight - 6;
  const left = Math.min(Math.max(last.right - bar.offsetWidth / 2, 8), document.documentElement.clientWidth - bar.offsetWidth - 8);
  Object.assign(bar.style, { left: `${left + scrollX}px`, top: `${top + scrollY}px` });
};
const hideBar = () => { if (bar) bar.hidden = true; };

// The form of a new thread.
const passageIn = (form) => {
  const { start, end, quote } = form.elements;
  return { start: Number(start.value), end: Number(end.value), quote: quote.value };
};
const fill = (form, passage) => {
  for (const name of ["start", "end", "quote"]) form.elements[name].value = passage?.[name] ?? "";
  if (form.elements.text.value) form.elements.text.dispatchEvent(new Event("input", { bubbles: true })); // autosave.js
  tellAbout(form);
};
const tellAbout = (form) => {
  const passage = passageIn(form);
  const held = stands(passage);
  if (!held) for (const name of ["start", "end", "quote"]) form.elements[name].value = "";
  form.querySelector("[data-about-passage]").hidden = !held;
  form.querySelector("[data-about-whole]").hidden = held;
  form.querySelector("[data-about-passage] .quoted").textContent = held ? passage.quote : "";
  if (!window.CSS?.highlights) return;
  CSS.highlights.delete(HELD);
  if (held && composer().open) CSS.highlights.set(HELD, new Highlight(rangeOf(passage)));
};
const openComposer = (passage) => {
  const form = composer()?.querySelector("form");
  if (!form) return;
  composer().open = true;
  if (passage) fill(form, passage);
  else tellAbout(form);
  hideBar();
  selected = null;
  form.elements.text.focus({ preventScroll: true });
  form.scrollIntoView({ block: "nearest" });
  const held = stands(passageIn(form)) && rangeOf(passageIn(form)).getBoundingClientRect();
  const sheet = getComputedStyle(form).position === "fixed"; // it covers the lower half of the page
  if (held && sheet && held.bottom > innerHeight * 0.4) scrollBy(0, held.top - innerHeight * 0.2);
};
const closeForm = (form) => {
  const fold = form.closest("details");
  fold.open = false;
  if (!fold.matches("[data-composer]")) return fold.querySelector("summary").focus();
  const about = stands(passageIn(form));
  tellAbout(form);
  if (about) text().focus({ preventScroll: true });
  else fold.querySelector("summary").focus();
};

document.addEventListener("text-selected", ({ target, detail }) => {
  if (target !== text()) return;
  selected = detail;
  if (asked) openComposer(selected);
  else showBar();
});
document.addEventListener("text-deselected", ({ target }) => {
  if (target !== text()) return;
  selected = null;
  hideBar();
});
window.addEventListener("keydown", (event) => { // before text_selection.js, which keeps the key to itself
  asked = event.key.toLowerCase() === "m" && !event.ctrlKey && !event.metaKey && !event.altKey;
  setTimeout(() => { asked = false; });
}, { capture: true });
if (bar) {
  document.body.append(bar);
  bar.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays
  bar.addEventListener("click", () => selected && openComposer(selected));
}

// Threads and marks.
const threadOf = (key) => document.querySelector(`[data-thread="${key}"]`);
const marksOf = (key) => text().querySelectorAll(`[data-spans~="${key}"]`);
const setCurrent = (key) => {
  for (const element of document.querySelectorAll(".thread.is-current, #draft-text .is-current")) element.classList.remove("is-current");
  for (const element of [threadOf(key), ...marksOf(key)]) element?.classList.add("is-current");
};
const openThread = (key, focus) => {
  const thread = threadOf(key);
  if (!thread) return;
  thread.closest(".threads-resolved")?.setAttribute("open", "");
  setCurrent(key);
  thread.scrollIntoView({ block: "nearest" });
  if (focus) thread.focus({ preventScroll: true });
};
const openMark = (mark, focus) => {
  const keys = mark.dataset.spans.split(" ").filter(threadOf);
  const here = keys.findIndex((key) => threadOf(key).classList.contains("is-current"));
  if (keys.length) openThread(keys[(here + 1) % keys.length], focus);
  return keys.length > 0;
};

document.addEventListener("click", (event) => {
  const { target } = event;
  const mark = target.closest?.("#draft-text mark");
  if (mark && getSelection().isCollapsed) return void openMark(mark, false);
  const link = target.closest?.("[data-to-passage]");
  const summary = target.closest?.("[data-composer] > summary");
  if (link) {
    const { thread } = link.closest("[data-thread]").dataset;
    const [first] = marksOf(thread);
    if (!first) return;
    event.preventDefault();
    setCurrent(thread);
    first.scrollIntoView({ block: "center" });
    (first.tabIndex < 0 ? text() : first).focus({ preventScroll: true });
  } else if (summary) {
    event.preventDefault();
    if (composer().open && event.detail > 0 && !selected) closeForm(composer().querySelector("form"));
    else openComposer(selected);
  } else if (target.closest?.("[data-drop-passage]")) {
    fill(target.closest("form"), null);
    target.closest("form").elements.text.focus();
  } else if (target.closest?.("[data-composer] [data-autosave-discard]")) setTimeout(() => tellAbout(target.closest("form")));
  else if (target.closest?.("[data-close-form]")) closeForm(target.closest("form"));
  else if (target.closest?.(".thread-answer > summary")) {
    const fold = target.closest("details");
    setTimeout(() => fold.open && fold.querySelector("textarea").focus());
  }
});
document.addEventListener("focusin", ({ target }) => {
  const thread = target.closest?.("[data-thread]");
  if (thread) setCurrent(thread.dataset.thread);
});
document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  const form = event.target.closest?.("[data-comment-form]");
  if (form && event.key === "Escape") closeForm(form);
  else if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  else if (event.key === "Enter" && event.target.matches?.("#draft-text mark") && openMark(event.target, true)) event.preventDefault();
});

// A page or an answer that has just come.
const settle = () => {
  for (const field of section().querySelectorAll("[data-comment-form] textarea[name=text]")) {
    if (field.value) field.closest("details").open = true; // what was typed and not sent
  }
  const form = composer()?.querySelector("form");
  if (form) tellAbout(form);
};
document.addEventListener("htmx:load", ({ detail }) => {
  if (detail.elt.id !== "threads") return;
  settle();
  selected = null;
  hideBar();
  const refused = section().querySelector("[data-comment-error]")?.closest("form");
  const { current } = section().dataset;
  if (current) setCurrent(current);
  if (refused) return refused.elements.text.focus();
  const thread = current && threadOf(current);
  const shown = thread && !thread.closest("details:not([open])") ? thread : document.getElementById("threads-title");
  shown.focus({ preventScroll: true });
  shown.scrollIntoView({ block: "nearest" });
});
if (section()) settle();
const linked = /^#thread-(\d+)$/.exec(location.hash);
if (linked) openThread(`c${linked[1]}`, true);
