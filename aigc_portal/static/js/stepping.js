// J and K walk through a page: [data-step="1"] and [data-step="-1"] are the buttons behind the keys (shortcuts.js),
// [data-step-to] what they stop at. A fieldset stands for its chosen option, or its first.
const stops = () => [...document.querySelectorAll("[data-step-to]")].filter((stop) => stop.checkVisibility());
const focusable = (stop) => (stop.matches("a, textarea, input, button") ? stop : stop.querySelector("input:checked") ?? stop.querySelector("input, textarea"));

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (!button) return;
  const all = stops();
  const here = all.findIndex((stop) => stop.contains(document.activeElement));
  const step = Number(button.dataset.step);
  const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + step, 0), all.length - 1);
  const target = all[next] && focusable(all[next]);
  target?.focus();
  target?.scrollIntoView({ block: "nearest" });
});
