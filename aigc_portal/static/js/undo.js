// <form data-undo="10">: the seconds in which a decision can be taken back are counted down in [data-undo-left]; then
// the whole message goes. The portal decides by its own clock.
for (const form of document.querySelectorAll("form[data-undo]")) {
  const left = form.querySelector("[data-undo-left]");
  const message = form.closest(".notice") ?? form;
  const end = Date.now() + Number(form.dataset.undo) * 1000;
  const tick = () => {
    const seconds = Math.ceil((end - Date.now()) / 1000);
    if (seconds > 0) {
      left.textContent = seconds;
      return;
    }
    clearInterval(timer);
    if (form.querySelector("[aria-busy]")) return; // it is on its way
    if (message.contains(document.activeElement)) document.getElementById("main")?.focus();
    message.remove();
  };
  const timer = setInterval(tick, 250);
  tick();
}
