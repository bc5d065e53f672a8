// [data-typed-earlier="review:7:12"]: what this browser holds for the review and what the open form did not take over,
// because the text changed or somebody else has it now. Keys of autosave.js; one ends in the id of a corrected text.
const PREFIX = "portal.autosave.";
const box = document.querySelector("[data-typed-earlier]");

const show = () => {
  const key = PREFIX + box.dataset.typedEarlier;
  const form = document.querySelector("form[data-autosave]");
  const own = form && PREFIX + form.dataset.autosave;
  const keys = Object.keys(localStorage).filter((name) => (name === key || name.startsWith(`${key}:`)) && name !== own);
  const saved = keys.map((name) => JSON.parse(localStorage.getItem(name))).filter(Boolean);
  const words = {
    comment: saved.map((fields) => fields.comment).find(Boolean),
    corrected_text: saved.filter((fields) => fields["correct=on"]).map((fields) => fields.corrected_text).find(Boolean),
  };
  for (const [name, text] of Object.entries(words)) {
    const field = box.querySelector(`[data-typed="${name}"]`);
    // A form that was filled in again by the portal has it already.
    const there = form?.elements[name]?.value.trim() === text?.trim();
    field.hidden = !text || there;
    field.querySelector("textarea").value = text ?? "";
  }
  box.hidden = [...box.querySelectorAll("[data-typed]")].every((field) => field.hidden);
  box.querySelector("[data-typed-discard]").addEventListener("click", () => {
    for (const name of keys) localStorage.removeItem(name);
    box.hidden = true;
  });
};

try {
  if (box) show();
} catch { /* storage is forbidden: there is nothing to show */ }
