// <figure data-chart="line|bar|stacked" data-unit="count|percent|hour|minute|second">: draws the table inside with Chart.js.
// Row headings (or their shorter data-axis) are the labels, column headings the series; <data value> is the number, a cell without it a gap.
// th[data-tone] (good, warn, bad) colours a series by its meaning, th[data-undrawn] stays in the table only.
const { Chart } = globalThis;
const language = document.documentElement.lang;
const still = matchMedia("(prefers-reduced-motion: reduce)");
const drawn = new Map();
const DASHES = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4]];
const ROOM_FOR_NAMES = 0.36; // of the width of horizontal bars
const LEAST_HEIGHT = 240;
const FORMATS = {
  count: { maximumFractionDigits: 0 },
  percent: { style: "percent", maximumFractionDigits: 0 },
  hour: { style: "unit", unit: "hour", unitDisplay: "narrow", maximumFractionDigits: 1 },
  minute: { style: "unit", unit: "minute", unitDisplay: "narrow", maximumFractionDigits: 1 },
  second: { style: "unit", unit: "second", unitDisplay: "narrow", maximumFractionDigits: 0 },
};

// The colour that a CSS variable has now; canvas knows neither variables nor light-dark().
const colour = (variable) => {
  const probe = document.body.appendChild(document.createElement("span"));
  probe.hidden = true;
  probe.style.color = `var(${variable})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
};

const read = (figure) => {
  const [head] = figure.querySelectorAll("thead tr");
  const rows = [...figure.querySelectorAll("tbody tr")];
  const series = [...head.cells].map((heading, column) => ({ heading, column })).slice(1)
    .filter(({ heading }) => !("undrawn" in heading.dataset))
    .map(({ heading, column }, place) => ({
      label: heading.textContent.trim(),
      variable: `--chart-${heading.dataset.tone || (place % 5) + 1}`,
      dash: heading.dataset.tone ? [] : DASHES[place % DASHES.length],
      values: rows.map((row) => row.cells[column].querySelector("data")).map((data) => (data ? Number(data.value) : null)),
      shown: rows.map((row) => row.cells[column].textContent.trim()),
    }));
  const names = rows.map((row) => row.cells[0]);
  const labels = names.map((name) => name.dataset.axis ?? name.textContent.trim());
  return { labels, titles: names.map((name) => name.textContent.trim()), series };
};

const dataset = (kind, { label, values, variable, dash }) => {
  const paint = colour(variable);
  const alone = ({ dataIndex: at }) => values[at] !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null;
  return {
    label, data: values, borderColor: paint, backgroundColor: paint, pointBackgroundColor: paint,
    ...(kind === "line"
      ? { clip: 6, borderWidth: 2, borderDash: dash, tension: 0, pointRadius: (point) => (alone(point) ? 3 : 0), pointHoverRadius: 4, pointHitRadius: 12 }
      : { borderWidth: 0, borderRadius: 2, maxBarThickness: kind === "bar" ? 22 : 36 }),
  };
};

const shortened = (label, { ctx, width }) => {
  const fits = (text) => ctx.measureText(text).width <= width * ROOM_FOR_NAMES;
  if (fits(label)) return label;
  const characters = [...label];
  while (characters.length && !fits(`${characters.join("")}…`)) characters.pop();
  return `${characters.join("").trimEnd()}…`;
};

const options = (kind, unit, { labels, titles, series }) => {
  const [ink, line, raised] = ["--ink-soft", "--line", "--surface-raised"].map(colour);
  const format = new Intl.NumberFormat(language, FORMATS[unit] ?? {});
  const font = { family: getComputedStyle(document.body).fontFamily, size: 12 };
  const values = {
    beginAtZero: true, stacked: kind === "stacked", border: { display: false }, grid: { color: line },
    ticks: { color: ink, font, maxTicksLimit: 6, callback: (value) => format.format(value), ...(unit === "count" && { precision: 0 }) },
    ...(unit === "percent" && { max: 1 }),
  };
  const names = {
    stacked: kind === "stacked", border: { color: line }, grid: { display: false },
    ticks: {
      color: ink, font, maxRotation: 0, autoSkip: kind !== "bar", autoSkipPadding: 12,
      callback(_value, at) { return kind === "bar" ? shortened(labels[at], this.chart) : labels[at]; },
    },
  };
  return {
    responsive: true, maintainAspectRatio: false, locale: language,
    indexAxis: kind === "bar" ? "y" : "x", interaction: { mode: "index", intersect: false, axis: kind === "bar" ? "y" : "x" },
    scales: kind === "bar" ? { x: values, y: names } : { x: names, y: values },
    plugins: {
      legend: { display: false },
      tooltip: {
        backgroundColor: raised, titleColor: colour("--ink"), bodyColor: ink, borderColor: colour("--line-strong"), borderWidth: 1,
        padding: 10, titleFont: { ...font, weight: 600 }, bodyFont: font, boxWidth: 10, boxHeight: 10, boxPadding: 4, multiKeyBackground: "transparent",
        callbacks: {
          title: ([point]) => titles[point.dataIndex],
          label: ({ datasetIndex, dataIndex }) => `${series[datasetIndex].label}: ${series[datasetIndex].shown[dataIndex]}`,
        },
      },
    },
  };
};

// Names and strokes of the series; words, because a canvas has none for a screen reader.
const legend = (kind, { series }) => {
  const list = document.createElement("ul");
  list.className = "chart-legend";
  list.hidden = series.length < 2;
  for (const { label, variable, dash } of series) {
    const item = list.appendChild(document.createElement("li"));
    item.innerHTML = `<svg viewBox="0 0 20 10" aria-hidden="true">${kind === "line" ? '<path d="M0 5h20" stroke-width="2.5"/>' : '<rect width="20" height="10" rx="2"/>'}</svg>`;
    const stroke = item.firstChild.firstChild;
    stroke.style.setProperty(kind === "line" ? "stroke" : "fill", `var(${variable})`);
    if (kind === "line") stroke.setAttribute("stroke-dasharray", dash.join(" "));
    item.append(label);
  }
  return list;
};

const chartOn = (canvas, figure, data, animated) => {
  const { chart: kind, unit } = figure.dataset;
  return new Chart(canvas, {
    type: kind === "line" ? "line" : "bar",
    data: { labels: data.labels, datasets: data.series.map((series) => dataset(kind, series)) },
    options: { ...options(kind, unit, data), animation: animated && !still.matches && { duration: 250 } },
  });
};

const draw = (figure) => {
  const { chart: kind } = figure.dataset;
  const data = read(figure);
  if (!data.series.length || !data.labels.length) return;
  const stage = document.createElement("div");
  stage.className = "chart-stage";
  if (kind === "bar") stage.style.height = `${Math.max(LEAST_HEIGHT, data.labels.length * (data.series.length * 20 + 8) + 40)}px`;
  const canvas = stage.appendChild(document.createElement("canvas"));
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", figure.querySelector("figcaption").textContent.trim());
  figure.querySelector(".chart-data").before(legend(kind, data), stage);
  drawn.set(figure, { canvas, data, chart: chartOn(canvas, figure, data, true) });
};

// Anew, because an update keeps colours that the chart has resolved before.
const recolour = () => {
  for (const [figure, entry] of drawn) {
    entry.chart.destroy();
    entry.chart = chartOn(entry.canvas, figure, entry.data, false);
  }
};

const drawAll = () => {
  for (const [figure, { chart }] of drawn) {
    if (figure.isConnected) continue;
    chart.destroy();
    drawn.delete(figure);
  }
  for (const figure of document.querySelectorAll("figure[data-chart]")) if (!drawn.has(figure)) draw(figure);
};

drawAll();
document.addEventListener("htmx:afterSettle", drawAll);
new MutationObserver(recolour).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
