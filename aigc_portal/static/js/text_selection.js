// [data-selectable] holds a text that can be read and marked, possibly cut into <mark>s; nothing but the text is in it.
// Once a selection in it has come to rest, "text-selected" tells {start, end, quote}: Unicode code points of the whole
// text, half-open, widened to whole grapheme clusters and without spaces at its ends. "text-deselected" says that none
// is left. Listeners leave the focus where it is.
// With the text in focus: ← → choose a word, ↑ ↓ a sentence, Shift chooses more, M marks it (or the sentence at the
// cursor), Escape drops it. Where the browser has put a cursor into the text (caret browsing), the arrows are its own.
const REST_MS = 250;
const EDGE_PX = 96; // bars may cover that much at the window's edges
const segments = (element, granularity) =>
  new Intl.Segmenter(element.closest("[lang]")?.lang || undefined, { granularity }).segment(element.textContent);

const withoutSpaces = (text, start, end) => {
  const quote = text.slice(start, end);
  return { start: start + quote.length - quote.trimStart().length, end: start + quote.trimEnd().length };
};

const offsetIn = (element, node, offset) => {
  const range = document.createRange();
  range.selectNodeContents(element);
  const side = range.comparePoint(node, offset);
  if (side === 0) range.setEnd(node, offset);
  return side < 0 ? 0 : range.toString().length;
};

// What is selected of the element's text, in UTF-16 units; nothing in between for a cursor, null where there is none.
const selectedIn = (element) => {
  const selection = getSelection();
  const range = selection.rangeCount ? selection.getRangeAt(0) : null;
  if (!range?.intersectsNode(element)) return null;
  const ends = [[range.startContainer, range.startOffset], [range.endContainer, range.endOffset]];
  const [start, end] = ends.map(([node, offset]) => offsetIn(element, node, offset));
  return { start, end };
};

// {start, end, quote} of what is selected in the element, or null. For buttons that mark the selection.
export const passageOf = (element, selected = selectedIn(element)) => {
  if (!selected || selected.start >= selected.end) return null;
  const text = element.textContent;
  const clusters = segments(element, "grapheme");
  const last = clusters.containing(selected.end - 1);
  const whole = withoutSpaces(text, clusters.containing(selected.start).index, last.index + last.segment.length);
  if (whole.start >= whole.end) return null;
  const start = [...text.slice(0, whole.start)].length;
  const quote = text.slice(whole.start, whole.end);
  return { start, end: start + [...quote].length, quote };
};

const tell = (element, passage) => {
  const name = passage ? "text-selected" : "text-deselected";
  element.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: passage }));
};

// By mouse, touch, or the browser's own keys.
const same = (one, other) => one?.start === other?.start && one?.end === other?.end;
const told = new WeakMap();
let chosen = null; // {element, start, end, kind}: what was chosen by our keys and waits for M
let timer;
let held = false; // the selection is still being drawn
const rest = () => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (held) return;
    for (const element of document.querySelectorAll("[data-selectable]")) {
      const passage = isChosen(element) ? null : passageOf(element);
      if (same(passage, told.get(element))) continue;
      told.set(element, passage);
      tell(element, passage);
    }
  }, REST_MS);
};
const hold = (event) => {
  held = event.type === "pointerdown" || (event.type === "keydown" && event.shiftKey);
  if (!held) rest();
};
document.addEventListener("selectionchange", rest);
for (const name of ["pointerdown", "pointerup", "pointercancel"]) document.addEventListener(name, hold);
for (const name of ["keydown", "keyup"]) document.addEventListener(name, (event) => event.key === "Shift" && hold(event));

// By our own keys.
const isChosen = (element) => chosen?.element === element && same(chosen, selectedIn(element));

const parts = (element, kind) => {
  const found = [...segments(element, kind)].filter(({ isWordLike, segment }) => isWordLike ?? segment.trim());
  return found.map(({ index, segment }) => withoutSpaces(element.textContent, index, index + segment.length));
};

const placeOf = (element, offset) => {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let left = offset;
  while (texts.nextNode()) {
    if (left <= texts.currentNode.length) return [texts.currentNode, left];
    left -= texts.currentNode.length;
  }
  return [element, element.childNodes.length];
};

const choose = (element, part, kind) => {
  chosen = { element, ...part, kind };
  const selection = getSelection();
  selection.setBaseAndExtent(...placeOf(element, part.start), ...placeOf(element, part.end));
  const { top, bottom } = selection.getRangeAt(0).getBoundingClientRect();
  if (top < EDGE_PX || bottom > innerHeight - EDGE_PX) scrollBy(0, top - innerHeight / 3);
};

// The part to go to from the chosen one: its neighbour, or the part of another kind that begins with it or holds it.
const next = (all, step, kind) => {
  if (!chosen) return step > 0 ? all[0] : all.at(-1);
  const here = all.findLastIndex(({ start }) => start <= chosen.start);
  return all[kind === chosen.kind ? here + step : Math.max(here, 0)];
};

// The chosen passage with its end moved by a part.
const resized = (all, step) => {
  const ends = all.map(({ end }) => end);
  const end = step > 0 ? ends.find((end) => end > chosen.end) : ends.findLast((end) => end > chosen.start && end < chosen.end);
  return end && { start: chosen.start, end };
};

const STEPS = { ArrowRight: ["word", 1], ArrowLeft: ["word", -1], ArrowDown: ["sentence", 1], ArrowUp: ["sentence", -1] };

const move = (element, key, more) => {
  if (chosen && !isChosen(element)) chosen = null;
  if (!chosen && selectedIn(element)) return false;
  const [kind, step] = STEPS[key];
  const all = parts(element, kind);
  const part = chosen && more ? resized(all, step) : next(all, step, kind);
  if (part) choose(element, part, chosen && more ? chosen.kind : kind);
  return true;
};

const mark = (element) => {
  const selected = selectedIn(element);
  if (!selected) return false;
  const atCursor = parts(element, "sentence").findLast(({ start }) => start <= selected.start);
  const passage = passageOf(element, selected.start < selected.end ? selected : atCursor);
  if (passage) tell(element, passage);
  return true;
};

document.addEventListener("keydown", (event) => {
  const element = event.target.closest?.("[data-selectable]");
  if (!element || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  let done = false;
  if (event.key in STEPS) done = move(element, event.key, event.shiftKey);
  else if (event.key.toLowerCase() === "m") done = mark(element);
  else if (event.key === "Escape" && selectedIn(element)) {
    chosen = null;
    getSelection().removeAllRanges();
    done = true;
  }
  if (!done) return;
  event.preventDefault();
  event.stopImmediatePropagation(); // the page has keys of its own
}, { capture: true });
