/** The table beside a chart → columns of numbers; a step through its rows by keys. */

/**
 * @typedef {{text: string, value: number | null, low: number | null, high: number | null}} Cell
 * @typedef {{label: string, cells: Cell[]}} Column
 */

/**
 * A number as a page sends it in an attribute; null where there is none.
 *
 * @param {string | null | undefined} text
 * @returns {number | null}
 */
export function number(text) {
  const value = text === null || text === undefined || !text.trim() ? NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

/**
 * A day or a moment → Unix seconds; a day without a time is midnight in UTC.
 *
 * @param {string} text ISO 8601
 * @returns {number | null}
 */
export function seconds(text) {
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time / 1000;
}

/**
 * What uPlot draws: times in rising order, then the values of each column.
 *
 * @param {(number | null)[]} times
 * @param {Column[]} columns
 * @returns {{order: number[], times: number[], columns: Column[]}} `order` are the rows of the table, as they are drawn
 */
export function inTime(times, columns) {
  const order = times.flatMap((time, row) => (time === null ? [] : [row]));
  order.sort((one, other) => /** @type {number} */ (times[one]) - /** @type {number} */ (times[other]));
  return {
    order,
    times: order.map((row) => /** @type {number} */ (times[row])),
    columns: columns.map(({ label, cells }) => ({ label, cells: order.map((row) => cells[row]) })),
  };
}

/**
 * The row that a key leads to; null if the key means nothing here.
 *
 * @param {string} key
 * @param {number} row
 * @param {number} rows
 * @returns {number | null}
 */
export function stepped(key, row, rows) {
  const to = {
    ArrowLeft: row - 1,
    ArrowDown: row - 1,
    ArrowRight: row + 1,
    ArrowUp: row + 1,
    PageDown: row - 7,
    PageUp: row + 7,
    Home: 0,
    End: rows - 1,
  }[key];
  return to === undefined ? null : Math.min(rows - 1, Math.max(0, to));
}
