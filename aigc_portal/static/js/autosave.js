// <form data-autosave="key">: what is typed stays in this browser until it was saved on the server.
// Put the person's and the object's id into the key: "brief:7:new". Inside the form, an element with the attributes
// data-autosave-note hidden is shown after a restore; a button [data-autosave-discard] in it goes back.
const PREFIX = "portal.autosave.";
const PENDING = "portal.autosave-pending";
const forms = () => document.querySelectorAll("form[data-autosave]");
const storageKey = (form) => PREFIX + form.dataset.autosave;

const fields = (form) => [...form.elements].filter((field) => (
  field.name && !["hidden", "password", "file", "submit", "button", "fieldset"].includes(field.type) && !field.disabled
));
const value = (field) => (["checkbox", "radio"].includes(field.type) ? field.checked : field.multiple ? [...field.selectedOptions].map((option) => option.value) : field.value);
const identity = (field) => (["checkbox", "radio"].includes(field.type) ? `${field.name}=${field.value}` : field.name);
const typed = (form) => Object.fromEntries(fields(form).map((field) => [identity(field), value(field)]));

const put = (field, saved) => {
  if (["checkbox", "radio"].includes(field.type)) field.checked = saved;
  else if (field.multiple) for (const option of field.options) option.selected = saved.includes(option.value);
  else field.value = saved;
};

const restore = (form) => {
  const saved = JSON.parse(localStorage.getItem(storageKey(form)) ?? "null");
  const before = typed(form);
  const changed = saved ? fields(form).filter((field) => identity(field) in saved && JSON.stringify(saved[identity(field)]) !== JSON.stringify(value(field))) : [];
  if (!changed.length) return;
  for (const field of changed) put(field, saved[identity(field)]);
  const note = form.querySelector("[data-autosave-note]");
  if (!note) return;
  note.hidden = false;
  note.querySelector("[data-autosave-discard]")?.addEventListener("click", () => {
    for (const field of changed) put(field, before[identity(field)]);
    localStorage.removeItem(storageKey(form));
    note.hidden = true;
  }, { once: true });
};

// A saved form answers with a redirect. An error page, a form with errors or a sign-in page keeps the text.
const settle = () => {
  const key = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  if (!key) return;
  const redirected = performance.getEntriesByType("navigation")[0]?.redirectCount > 0;
  const stillOpen = [...forms()].some((form) => storageKey(form) === key);
  if (redirected && !stillOpen && !document.querySelector("input[type=password]")) localStorage.removeItem(key);
};

const attach = (form) => {
  if (form.dataset.autosaveOn) return;
  form.dataset.autosaveOn = "yes";
  restore(form);
  let timer = 0;
  const save = () => {
    clearTimeout(timer);
    timer = 0;
    localStorage.setItem(storageKey(form), JSON.stringify(typed(form)));
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 300);
  });
  addEventListener("pagehide", () => timer && save()); // the tab is closed in the middle of a word
  form.addEventListener("submit", () => {
    save();
    sessionStorage.setItem(PENDING, storageKey(form));
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== form) return;
    sessionStorage.removeItem(PENDING);
    if (event.detail.xhr.status >= 200 && event.detail.xhr.status < 300) localStorage.removeItem(storageKey(form));
  });
};

try {
  settle();
  forms().forEach(attach);
  document.addEventListener("htmx:load", () => forms().forEach(attach));
} catch { /* storage is full or forbidden: the form works as any other */ }
