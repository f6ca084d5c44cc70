/** What a chart reads from its table. */

import assert from "node:assert/strict";
import test from "node:test";

import { inTime, number, seconds, stepped } from "../series.js";

test("numbers come from attributes, and where there is none there is a gap", () => {
  assert.deepEqual(["0.12", "-3", "0", "", " ", "n/a", "Infinity", undefined, null].map(number), [
    0.12,
    -3,
    0,
    ...Array(6).fill(null),
  ]);
});

test("a day is midnight in UTC", () => {
  assert.equal(seconds("2025-05-12"), Date.UTC(2025, 4, 12) / 1000);
  assert.equal(seconds("yesterday"), null);
});

test("rows are drawn in order of time, whatever order the table has", () => {
  const cells = ["c", "none", "a"].map((text) => ({ text, value: 1, low: null, high: null }));
  const read = inTime([30, null, 10], [{ label: "Clicks", cells }]);
  assert.deepEqual(
    [read.order, read.times],
    [
      [2, 0],
      [10, 30],
    ],
  );
  assert.deepEqual(
    read.columns[0].cells.map(({ text }) => text),
    ["a", "c"],
  );
});

test("keys step through the rows and stop at both ends", () => {
  const rows = (/** @type {[string, number][]} */ ...steps) =>
    steps.map(([key, row]) => stepped(key, row, 5));
  assert.deepEqual(
    rows(["ArrowRight", 0], ["ArrowRight", 4], ["ArrowLeft", 0], ["End", 1], ["Home", 3]),
    [1, 4, 0, 4, 0],
  );
  assert.equal(stepped("x", 1, 5), null);
});
