// Writes drafts as they are generated. The page holds
//   <div data-stream-url="…" data-reload-url="…" [data-reload-target="#run"] [data-stream-cards="[data-run='7']"]>
//     [data-stream-status]  [data-stream-place]  [data-stream-lost hidden]  [data-stream-quiet hidden]
//     <article data-variant="0"> [data-text] [data-tokens] [data-rate] </article> …
// The cards lie in the panel, or are what data-stream-cards selects in the page.
// Events: delta {variant, text, tokens, attempt} · restart {attempt} · status {status, label} · place {text}: where the
// run stands in the queue · end {status} · gone {}: no live text for now, the panel is asked for instead until the run
// ends.
// EventSource resumes from Last-Event-ID by itself; a connection that the browser gave up is opened anew and replayed.
// Over HTTP/1.1 a browser opens six connections to a host, for all its tabs: a page holds two streams, and none while
// nobody looks at it. The panels without one are asked for again and again.
const MOST_OPEN = 2;
const POLL = 5000;
const QUIET = 5000;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
const streams = new Map(); // by panel
let leaving = false;

class DraftStream {
  constructor(panel) {
    this.panel = panel;
    this.source = null;
    this.gone = false; // no stream is to be had any more, the panel comes again
    this.attempt = 0;
    this.wait = FIRST_WAIT;
    this.number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
    const { streamCards } = panel.dataset;
    const cards = streamCards ? document.querySelectorAll(streamCards) : panel.querySelectorAll("[data-variant]");
    this.cards = new Map([...cards].map((card) => [card.dataset.variant, { card, pending: "", tokens: 0, since: 0 }]));
  }

  get running() {
    return Boolean(this.panel.querySelector("[data-stream-status].status-running"));
  }

  open() {
    if (this.source) return;
    let fresh = true;
    this.source = new EventSource(this.panel.dataset.streamUrl);
    this.source.onopen = () => {
      if (fresh) this.clear(); // a new EventSource is sent everything from the first event, a resumed one is not
      fresh = false;
      this.wait = FIRST_WAIT;
      this.show("[data-stream-lost]", false);
      this.expectText();
    };
    this.source.onerror = () => this.failed();
    this.on("delta", (event) => this.delta(event));
    this.on("restart", (event) => this.restart(event.attempt));
    this.on("status", (event) => this.status(event));
    this.on("place", ({ text }) => this.write(this.panel, "[data-stream-place]", text));
    this.on("end", () => this.end());
    this.on("gone", () => this.lose());
    this.placeholder(this.running ? "running" : "queued");
  }

  on(name, handle) {
    this.source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  }

  delta({ variant, text, tokens, attempt }) {
    if (attempt > this.attempt) this.restart(attempt);
    if (attempt < this.attempt) return;
    const state = this.cards.get(String(variant));
    if (!state) return;
    this.expectText();
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

  show(selector, isShown) {
    const element = this.panel.querySelector(selector);
    if (element) element.hidden = !isShown;
  }

  restart(attempt) {
    this.attempt = attempt;
    this.clear();
    this.expectText();
  }

  clear() {
    for (const state of this.cards.values()) {
      Object.assign(state, { pending: "", tokens: 0, since: 0, start: null });
      this.write(state.card, "[data-text]", "");
      this.write(state.card, "[data-tokens]", "");
    }
    this.rest();
  }

  // No caret and no rate: they say that text is coming in.
  rest() {
    for (const state of this.cards.values()) {
      Object.assign(state, { since: 0, start: null });
      this.write(state.card, "[data-rate]", "");
      state.card.querySelector("[data-text]").classList.remove("is-writing");
    }
  }

  // A worker that died says nothing; its run goes on elsewhere once its lease is over.
  expectText() {
    clearTimeout(this.quiet);
    this.show("[data-stream-quiet]", false);
    if (!this.running) return;
    this.quiet = setTimeout(() => {
      this.rest();
      this.show("[data-stream-quiet]", true);
    }, QUIET);
  }

  status({ status, label }) {
    const badge = this.panel.querySelector("[data-stream-status]");
    if (!badge) return;
    badge.className = `status status-${status.toLowerCase()}`;
    badge.textContent = label;
    this.placeholder(this.running ? "running" : "queued");
    this.expectText();
  }

  // "queued", "running", or "unwatched": at work without a stream.
  placeholder(name) {
    for (const { card } of this.cards.values()) {
      const { dataset } = card.querySelector("[data-text]");
      dataset.placeholder = dataset[name] ?? dataset.placeholder;
    }
  }

  failed() {
    clearTimeout(this.quiet);
    this.show("[data-stream-quiet]", false);
    this.show("[data-stream-lost]", true);
    if (this.source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    clearTimeout(this.again);
    this.again = setTimeout(() => {
      this.close();
      this.open();
    }, this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  close() {
    clearTimeout(this.again);
    clearTimeout(this.quiet);
    this.source?.close();
    this.source = null;
  }

  lose() {
    this.gone = true;
    this.show("[data-stream-lost]", true);
    share();
  }

  end() {
    this.gone = true;
    this.paint();
    this.rest();
    share();
    this.reload();
  }

  reload() {
    const { panel } = this;
    const { reloadUrl, reloadTarget } = panel.dataset;
    if (!reloadUrl || !window.htmx) return location.reload();
    // With the panel as its source: of the requests of one source htmx drops all but the first and the last.
    const asked = window.htmx.ajax("GET", reloadUrl, { source: panel, target: reloadTarget ?? panel, swap: "outerHTML" });
    asked.catch(() => {}); // request_errors.js tells; the next round asks again
  }
}

// Runs at work are watched before those that wait; among equals those stay that are watched already.
function share() {
  for (const panel of streams.keys()) if (!panel.isConnected) forget(panel);
  const rank = ({ running, source }) => (running ? 2 : 0) + (source ? 1 : 0);
  const wanted = [...streams.values()].filter(({ gone }) => !gone).sort((a, b) => rank(b) - rank(a));
  const watched = new Set(isResting() ? [] : wanted.slice(0, MOST_OPEN));
  for (const stream of streams.values()) {
    if (watched.has(stream)) continue;
    stream.close();
    if (stream.running) stream.placeholder("unwatched");
  }
  for (const stream of watched) stream.open();
}

const isResting = () => leaving || document.hidden;

function forget(panel) {
  streams.get(panel)?.close();
  streams.delete(panel);
}

function refresh() {
  if (isResting()) return;
  share();
  for (const { source, panel } of streams.values()) {
    if (!source && !panel.matches(":active")) streams.get(panel).reload(); // a button that is held down must stay
  }
}

function attach() {
  for (const panel of document.querySelectorAll("[data-stream-url]")) {
    if (!streams.has(panel)) streams.set(panel, new DraftStream(panel));
  }
  share();
}

function leave() {
  leaving = true;
  share();
}

function comeBack() {
  leaving = false;
  refresh();
}

attach();
setInterval(refresh, POLL);
document.addEventListener("htmx:load", attach);
document.addEventListener("htmx:beforeCleanupElement", (event) => forget(event.target));
document.addEventListener("visibilitychange", () => (document.hidden ? share() : refresh()));
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => event.persisted && comeBack());
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  leave();
  setTimeout(comeBack, POLL); // it was a download, or the answer takes long
});
