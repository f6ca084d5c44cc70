/**
 * <time-chart>: an SVG that the server made and the table behind it; uPlot draws the table's numbers in the SVG's place.
 *
 * The first column of the table holds a <time datetime>, every other one a series under its heading, with `data-value` in
 * each cell and, where the value is an estimate, `data-low` and `data-high`. `data-unit="percent"` on the element says that
 * values are shares. The table stays where it is; the chart takes its words from it, in the page's language. The label
 * of the chart is the table's caption, or `data-label`.
 */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import "./chart.css";
import { inTime, number, seconds, stepped } from "./series.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
const HEIGHT = 280;
const COLOURS = ["p1", "p4", "prior", "p7", "p10", "p2", "p5", "p8"];
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3]]; // lines differ in more than colour

/**
 * @typedef {import("./series.js").Column} Column
 */

class TimeChart extends HTMLElement {
  /** @type {AbortController | null} */
  #alive = null;

  connectedCallback() {
    const table = this.querySelector("table");
    const drawn = this.querySelector("svg");
    if (this.#alive || !table || !drawn) return;
    const read = tabled(table);
    if (read.times.length < 2 || !read.columns.length) return; // the server's drawing says as much
    this.#alive = new AbortController();
    for (const part of this.#replaced()) part.toggleAttribute("hidden", true);
    const label = this.dataset.label ?? table.caption?.textContent?.trim() ?? "";
    const place = document.createElement("div");
    place.className = "time-chart";
    drawn.before(place);
    chart(place, read, { label, percent: this.dataset.unit === "percent" }, this.#alive.signal);
  }

  disconnectedCallback() {
    this.#alive?.abort();
    this.#alive = null;
    this.querySelector(".time-chart")?.remove();
    for (const part of this.#replaced()) part.toggleAttribute("hidden", false);
  }

  /** What the chart stands in the place of: the server's drawing, and the key to its lines beside this element. */
  #replaced() {
    return [this.querySelector("svg"), this.parentElement?.querySelector(".chart-keys")].flatMap(
      (part) => part ?? [],
    );
  }
}

/**
 * The columns of a table in order of time, with the words of its cells.
 *
 * @param {HTMLTableElement} table
 */
function tabled(table) {
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
  const [, ...labels] = [...(table.tHead?.rows[0]?.cells ?? [])].map(
    (cell) => cell.textContent?.trim() ?? "",
  );
  const times = rows.map((row) => seconds(row.cells[0]?.querySelector("time")?.dateTime ?? ""));
  const columns = labels.map((label, place) => ({
    label,
    cells: rows.map((row) => {
      const cell = row.cells[place + 1];
      const { value, low, high } = cell?.dataset ?? {};
      const text = cell?.textContent?.replace(/\s+/g, " ").trim() ?? "";
      return { text, value: number(value), low: number(low), high: number(high) };
    }),
  }));
  const numeric = columns.filter(({ cells }) => cells.some(({ value }) => value !== null));
  const read = inTime(times, numeric);
  return { ...read, days: read.order.map((row) => rows[row].cells[0].textContent?.trim() ?? "") };
}

/**
 * Draw a chart, its legend of switches and the line that reads it, until the signal is given.
 *
 * @param {HTMLElement} place
 * @param {ReturnType<typeof tabled>} read
 * @param {{label: string, percent: boolean}} about
 * @param {AbortSignal} alive
 */
function chart(place, read, about, alive) {
  const rows = read.times.length;
  const stage = document.createElement("div");
  stage.className = "time-chart-stage";
  stage.tabIndex = 0;
  stage.setAttribute("role", "slider"); // what it has come to is read out at each step
  stage.setAttribute("aria-label", about.label);
  stage.setAttribute("aria-valuemin", "0");
  stage.setAttribute("aria-valuemax", String(rows - 1));
  const readout = document.createElement("p");
  readout.className = "quiet time-chart-read";
  readout.setAttribute("aria-hidden", "true"); // a slider says it already
  const legend = document.createElement("div");
  legend.className = "time-chart-legend";
  place.append(legend, stage, readout);

  const plot = new uPlot(options(place, stage, read.columns, about), values(read), stage);
  let row = rows - 1;

  const at = (/** @type {number} */ next) => {
    row = next;
    const said = read.columns.flatMap(({ label, cells }, place) =>
      plot.series[seriesOf(place)].show ? [`${label} ${cells[row].text}`] : [],
    );
    const sentence = [read.days[row], ...said].join(" · ");
    readout.textContent = sentence;
    stage.setAttribute("aria-valuenow", String(row));
    stage.setAttribute("aria-valuetext", sentence);
  };
  const point = () => {
    const left = plot.valToPos(read.times[row], "x");
    plot.setCursor({ left, top: plot.over.clientHeight / 2 }, false);
  };

  stage.addEventListener("keydown", (event) => {
    const next = event.ctrlKey || event.metaKey || event.altKey ? null : stepped(event.key, row, rows);
    if (next === null) return;
    event.preventDefault();
    at(next);
    point();
  });
  stage.addEventListener("focus", point);
  stage.addEventListener("blur", () => plot.setCursor({ left: -10, top: -10 }, false));
  plot.over.addEventListener("pointermove", () => {
    const found = plot.cursor.idx;
    if (found !== null && found !== undefined && found !== row) at(found);
  });

  read.columns.forEach(({ label }, number) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", "true");
    button.append(sample(number), label);
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(shown));
      for (let part = 0; part < 3; part++) plot.setSeries(seriesOf(number) + part, { show: shown });
      at(row);
    });
    legend.append(button);
  });

  const sized = new ResizeObserver(() => plot.setSize({ width: stage.clientWidth, height: HEIGHT }));
  sized.observe(stage);
  const redraw = () => plot.redraw(false, true);
  const themed = new MutationObserver(redraw);
  themed.observe(document.documentElement, { attributes: true, attributeFilter: ["class", "data-theme"] });
  dark.addEventListener("change", redraw, { signal: alive });
  alive.addEventListener("abort", () => {
    sized.disconnect();
    themed.disconnect();
    plot.destroy();
  });
  at(row);
}

/**
 * The place of a column's line among uPlot's series: after the times, each column has a line, a lower and an upper bound.
 *
 * @param {number} column
 */
function seriesOf(column) {
  return 1 + 3 * column;
}

/**
 * @param {ReturnType<typeof tabled>} read
 * @returns {uPlot.AlignedData}
 */
function values(read) {
  const parts = read.columns.flatMap(({ cells }) => [
    cells.map(({ value }) => value),
    cells.map(({ low }) => low),
    cells.map(({ high }) => high),
  ]);
  return [read.times, ...parts];
}

/**
 * @param {HTMLElement} place
 * @param {HTMLElement} stage
 * @param {Column[]} columns
 * @param {{percent: boolean}} about
 * @returns {uPlot.Options}
 */
function options(place, stage, columns, about) {
  const language = document.documentElement.lang || undefined;
  const colour = (/** @type {string} */ name) => getComputedStyle(place).getPropertyValue(`--${name}`).trim();
  const day = new Intl.DateTimeFormat(language, { month: "short", day: "numeric", timeZone: "UTC" });
  const figure = new Intl.NumberFormat(
    language,
    about.percent ? { style: "percent", maximumFractionDigits: 1 } : {},
  );
  const axis = {
    stroke: () => colour("soft"),
    grid: { stroke: () => colour("line"), width: 1 },
    ticks: { stroke: () => colour("line"), width: 1 },
    font: `12px ${getComputedStyle(place).fontFamily}`,
  };
  const hue = (/** @type {number} */ number) => () => colour(COLOURS[number % COLOURS.length]);
  return {
    width: stage.clientWidth || 600,
    height: HEIGHT,
    legend: { show: false }, // ours can be reached by keyboard
    cursor: { drag: { x: false, y: false }, y: false },
    tzDate: (time) => uPlot.tzDate(new Date(time * 1e3), "UTC"),
    axes: [
      {
        ...axis,
        values: (_, ticks) => ticks.map((tick) => day.format(tick * 1e3)),
        space: 72,
        size: 34,
        incrs: days(),
      },
      { ...axis, values: (_, ticks) => ticks.map((tick) => figure.format(tick)), size: 64 },
    ],
    scales: { y: { range: (_, low, high) => around(low, high) } },
    series: [
      {},
      ...columns.flatMap((_, number) => [
        {
          stroke: hue(number),
          width: 2,
          dash: DASHES[number % DASHES.length],
          points: { show: columns.length * columns[0].cells.length < 60 },
        },
        { points: { show: false } },
        { points: { show: false } },
      ]),
    ],
    bands: columns.map((_, number) => ({
      series: [seriesOf(number) + 2, seriesOf(number) + 1],
      fill: () => `color-mix(in srgb, ${hue(number)()} 16%, transparent)`,
    })),
  };
}

/** Whole days only: the day is the smallest step of a table. */
function days() {
  return [1, 2, 5, 7, 14, 28, 56, 112, 365].map((count) => count * 86_400);
}

/**
 * From nothing to a little above the highest, so that heights can be compared.
 *
 * @param {number | null} low
 * @param {number | null} high
 * @returns {[number, number]}
 */
function around(low, high) {
  const top = Math.max(0, high ?? 0);
  const bottom = Math.min(0, low ?? 0);
  return top === bottom ? [0, 1] : [bottom * 1.05, top * 1.05];
}

/**
 * A piece of a series' line for the legend.
 *
 * @param {number} number
 */
function sample(number) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 26 6");
  svg.setAttribute("width", "26");
  svg.setAttribute("height", "6");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `line-${COLOURS[number % COLOURS.length]}`);
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", "M0 3h26");
  line.setAttribute("stroke-dasharray", DASHES[number % DASHES.length].join(" ") || "none");
  svg.append(line);
  return svg;
}

customElements.define("time-chart", TimeChart);
