// Writes drafts as they are generated. The page holds
//   <div data-stream-url="…" data-reload-url="…" [data-reload-target="#run"] [data-stream-cards="[data-run='7']"]>
//     [data-stream-status]  [data-stream-place]  [data-stream-lost hidden]
//     <article data-variant="0"> [data-text] [data-tokens] [data-rate] </article> …
// The cards lie in the panel, or are what data-stream-cards selects in the page.
// Events: delta {variant, text, tokens, attempt} · restart {attempt} · status {status, label} · place {text}: where the
// run stands in the queue · end {status} · gone {}: no live text for now, the panel is asked for instead until the run
// ends.
// EventSource resumes from Last-Event-ID by itself; a connection that the browser gave up is opened anew and replayed.
const running = new WeakMap();
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
const POLL = 4000;

class DraftStream {
  constructor(panel) {
    this.panel = panel;
    this.attempt = 0;
    this.wait = FIRST_WAIT;
    this.number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
    const { streamCards } = panel.dataset;
    const cards = streamCards ? document.querySelectorAll(streamCards) : panel.querySelectorAll("[data-variant]");
    this.cards = new Map([...cards].map((card) => [card.dataset.variant, { card, pending: "", tokens: 0, since: 0 }]));
    this.open();
  }

  open() {
    let fresh = true;
    this.source = new EventSource(this.panel.dataset.streamUrl);
    this.source.onopen = () => {
      if (fresh) this.clear(); // a new EventSource is sent everything from the first event, a resumed one is not
      fresh = false;
      this.wait = FIRST_WAIT;
      this.lost(false);
    };
    this.source.onerror = () => this.failed();
    this.on("delta", (event) => this.delta(event));
    this.on("restart", (event) => this.restart(event.attempt));
    this.on("status", (event) => this.status(event));
    this.on("place", ({ text }) => this.write(this.panel, "[data-stream-place]", text));
    this.on("end", () => this.end());
    this.on("gone", () => this.poll());
  }

  on(name, handle) {
    this.source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  }

  delta({ variant, text, tokens, attempt }) {
    if (attempt > this.attempt) this.restart(attempt);
    if (attempt < this.attempt) return;
    const state = this.cards.get(String(variant));
    if (!state) return;
    state.since ||= performance.now();
    state.tokens = tokens;
    state.pending += text;
    this.frame ??= requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.frame = null;
    for (const state of this.cards.values()) {
      if (!state.pending) continue;
      const text = state.card.querySelector("[data-text]");
      text.append(state.pending); // a text node: nothing in a draft is ever markup
      text.classList.add("is-writing");
      state.pending = "";
      this.write(state.card, "[data-tokens]", this.number.format(state.tokens));
      this.paintRate(state);
    }
  }

  // The first second is left out of the rate: after a reload it holds what was written long before.
  paintRate(state) {
    const now = performance.now();
    if (now - state.since < 1000) return;
    state.start ??= { now, tokens: state.tokens };
    const seconds = (now - state.start.now) / 1000;
    if (seconds > 1) this.write(state.card, "[data-rate]", this.number.format((state.tokens - state.start.tokens) / seconds));
  }

  write(card, selector, text) {
    const element = card.querySelector(selector);
    if (element) element.textContent = text;
  }

  restart(attempt) {
    this.attempt = attempt;
    this.clear();
  }

  clear() {
    for (const state of this.cards.values()) {
      Object.assign(state, { pending: "", tokens: 0, since: 0, start: null });
      this.write(state.card, "[data-text]", "");
      this.write(state.card, "[data-tokens]", "");
      this.write(state.card, "[data-rate]", "");
      state.card.querySelector("[data-text]").classList.remove("is-writing");
    }
  }

  status({ status, label }) {
    const badge = this.panel.querySelector("[data-stream-status]");
    if (!badge) return;
    badge.className = `status status-${status.toLowerCase()}`;
    badge.textContent = label;
  }

  lost(isLost) {
    const note = this.panel.querySelector("[data-stream-lost]");
    if (note) note.hidden = !isLost;
  }

  failed() {
    if (!this.panel.isConnected) return this.close();
    this.lost(true);
    if (this.source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  close() {
    clearTimeout(this.timer);
    this.source.close();
  }

  poll() {
    this.source.close();
    this.lost(true);
    this.timer = setTimeout(() => this.end(), POLL);
  }

  end() {
    this.close();
    this.paint();
    for (const { card } of this.cards.values()) card.querySelector("[data-text]").classList.remove("is-writing");
    const { reloadUrl, reloadTarget } = this.panel.dataset;
    if (!reloadUrl || !window.htmx) return location.reload();
    window.htmx.ajax("GET", reloadUrl, { target: reloadTarget ?? this.panel, swap: "outerHTML" });
  }
}

const attach = () => {
  for (const panel of document.querySelectorAll("[data-stream-url]")) {
    if (!running.has(panel)) running.set(panel, new DraftStream(panel));
  }
};

attach();
document.addEventListener("htmx:load", attach);
document.addEventListener("htmx:beforeCleanupElement", (event) => running.get(event.target)?.close());
