// <button data-confirm="dialog-id"> or <form data-confirm="dialog-id">: asks in that <dialog> before the form is sent.
const confirmed = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  const id = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  const dialog = id && document.getElementById(id);
  if (!dialog || confirmed.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const submitter = event.submitter;
  dialog.returnValue = "cancel"; // Escape leaves the value as it was
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "confirm") return;
    confirmed.add(form);
    form.requestSubmit(submitter);
  }, { once: true });
  dialog.showModal();
}, { capture: true });
