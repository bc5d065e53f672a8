// A page that nobody looks at does not ask for news: [hx-trigger^="every"] rests while its tab is hidden.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.elt.matches('[hx-trigger^="every"]')) event.preventDefault();
});
