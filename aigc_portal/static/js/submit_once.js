// A form is sent once: its buttons are off until the answer is here. <form data-submit-many> opts out (downloads).
const sent = new WeakSet();

const release = (form) => {
  sent.delete(form);
  for (const button of form.elements) {
    if (button.type !== "submit" || !button.hasAttribute("aria-busy")) continue;
    button.removeAttribute("aria-busy");
    button.disabled = false;
  }
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog" || "submitMany" in form.dataset) return;
  if (sent.has(form)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  sent.add(form);
  // After this event: a disabled button would not be part of what is sent, and a later listener may still refuse.
  setTimeout(() => {
    const byScript = form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete], [hx-get]");
    if (event.defaultPrevented && !byScript) return release(form);
    for (const button of form.elements) {
      if (button.type !== "submit" || button.disabled) continue;
      button.disabled = true;
      button.setAttribute("aria-busy", "true");
    }
  });
}, { capture: true });

addEventListener("pageshow", () => document.querySelectorAll("form").forEach(release));
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form");
  if (form) release(form);
});
