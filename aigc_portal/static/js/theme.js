// Sets the colour scheme before the first paint, and keeps the choice of this browser.
// A classic script in <head>, on purpose: a module would run after the paint and flash.
(() => {
  const KEY = "portal.theme";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  const read = () => {
    try { return localStorage.getItem(KEY) || "auto"; } catch { return "auto"; }
  };
  const apply = () => {
    const choice = read();
    root.dataset.bsTheme = choice === "auto" ? (system.matches ? "dark" : "light") : choice;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  };

  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", (event) => { if (event.key === KEY) apply(); });
  document.addEventListener("DOMContentLoaded", apply);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    try { localStorage.setItem(KEY, button.dataset.themeChoice); } catch { /* private mode: this page only */ }
    apply();
  });
})();
