// [data-limit="200"] on a field: how much of it is used, beside the label. The server refuses what is over; no text is cut.
const number = new Intl.NumberFormat(document.documentElement.lang);

const attach = (field) => {
  const limit = Number(field.dataset.limit);
  const count = Object.assign(document.createElement("span"), { className: "count-left" });
  count.setAttribute("aria-hidden", "true");
  (field.labels[0] ?? field.parentElement).append(count);
  const show = () => {
    const length = [...field.value.trim()].length; // characters, as the server counts them, not UTF-16 units
    count.textContent = `${number.format(length)} / ${number.format(limit)}`;
    count.classList.toggle("is-over", length > limit);
  };
  field.addEventListener("input", show);
  show();
};

document.querySelectorAll("[data-limit]").forEach(attach);
