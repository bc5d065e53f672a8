// Says it when an htmx request fails, and never puts a whole page into the place of a part.
const toast = (name) => {
  const place = document.getElementById("toasts");
  const template = document.getElementById(`toast-${name}`);
  if (!place || !template || place.querySelector(`[data-toast="${name}"]`)) return;
  const notice = template.content.firstElementChild.cloneNode(true);
  notice.dataset.toast = name;
  place.append(notice);
  setTimeout(() => notice.remove(), 12000);
};

document.addEventListener("htmx:sendError", () => toast("offline"));
document.addEventListener("htmx:timeout", () => toast("offline"));
document.addEventListener("htmx:responseError", (event) => toast(event.detail.xhr.status === 429 ? "busy" : "failed"));
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (!/^\s*<!doctype html/i.test(xhr.responseText) || event.detail.target === document.body) return;
  event.detail.shouldSwap = false;
  // A read that ended on another page is a session that ended: the page itself leads to the sign-in and back.
  if (requestConfig.verb === "get" && xhr.status < 400) location.reload();
  else toast("failed");
});
