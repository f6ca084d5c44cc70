/** The walk over a path graph, and how it is laid out. */

import assert from "node:assert/strict";
import test from "node:test";

import { checked, columns, filled, layered, spots, step, wrapped } from "../layers.js";

// ana → Rose Cream → Lavera ← Rose Oil, and a short cut from Rose Cream to Rose Oil.
const SHOP = checked({
  nodes: [
    { id: "ana", label: "Ana", kind: "you" },
    { id: "cream", label: "Rose Cream", kind: "item" },
    { id: "mask", label: "Clay Mask", kind: "item" },
    { id: "lavera", label: "Lavera", kind: "thing" },
    { id: "oil", label: "Rose Oil", kind: "target" },
  ],
  edges: [
    { source: "ana", target: "cream", label: "bought", share: 0.7, path: [1, 2] },
    { source: "ana", target: "mask", label: "bought", share: 0.2, path: 3 },
    { source: "cream", target: "lavera", label: "brand", share: 0.4, path: 1 },
    { source: "mask", target: "lavera", label: "brand", share: 0.2, path: 3 },
    { source: "oil", target: "lavera", label: "brand", share: 0.6, path: [1, 3] },
    { source: "cream", target: "oil", label: "followed by", share: 0.3, path: 2 },
  ],
});
const { slots, pieces } = layered(SHOP.nodes, SHOP.edges);

/** @param {string} from @param {import("../layers.js").Direction[]} keys */
const walked = (from, keys) => keys.map((key) => (from = step(from, key, slots, SHOP.edges)?.to ?? from));

test("things stand by their distance from the user, what is explained last", () => {
  assert.deepEqual(Object.fromEntries(columns(SHOP.nodes, SHOP.edges)), {
    ana: 0,
    cream: 1,
    mask: 1,
    lavera: 2,
    oil: 3,
  });
});

test("right follows the edge with the largest share, whichever way it is stored, and left leads back", () => {
  assert.deepEqual(walked("ana", ["right", "right", "right", "right"]), ["cream", "lavera", "oil", "oil"]);
  assert.deepEqual(walked("oil", ["left", "left", "left", "left"]), ["lavera", "cream", "ana", "ana"]);
});

test("up and down reach what else is in the column, never a bend", () => {
  const [first, second] = slots[1].filter(({ bend }) => !bend).map(({ id }) => id);
  assert.deepEqual(walked(first, ["up", "down", "down"]), [first, second, second]);
  assert.deepEqual(walked("lavera", ["up", "down"]), ["lavera", "lavera"]);
});

test("everything can be reached by arrow keys", () => {
  const seen = new Set(["ana"]);
  for (const id of seen)
    for (const key of /** @type {const} */ (["left", "right", "up", "down"]))
      seen.add(step(id, key, slots, SHOP.edges)?.to ?? id);
  assert.equal(seen.size, SHOP.nodes.length);
});

test("an edge over a column bends in it, and keeps a place of its own there", () => {
  const long = pieces.filter(({ edge }) => edge === 5);
  assert.deepEqual(
    long.map(({ first, last }) => [first, last]),
    [
      [true, false],
      [false, true],
    ],
  );
  const at = spots(slots, 100, 10);
  assert.equal(new Set([...at.values()].map(({ x, y }) => `${x} ${y}`)).size, at.size);
});

test("what cannot be drawn is left out, and an empty graph is one", () => {
  const odd = checked({
    nodes: [
      { id: "a", label: "A" },
      { id: "a", label: "again" },
    ],
    edges: [
      { source: "a", target: "nowhere" },
      { source: "a", target: "a" },
    ],
  });
  assert.deepEqual([odd.nodes.map(({ label }) => label), odd.edges], [["A"], []]);
  assert.deepEqual(layered([], []).pieces, []);
  assert.equal(step("a", "right", [], []), null);
});

test("what hangs together with nothing is still drawn", () => {
  const nodes = [...SHOP.nodes, { id: "alone", label: "Alone", kind: "thing" }];
  assert.equal(columns(nodes, SHOP.edges).get("alone"), 2);
});

test("labels break at spaces, Chinese anywhere, and are cut with an ellipsis", () => {
  const measure = (/** @type {string} */ text) => [...text].length;
  assert.equal(wrapped("Rose hand cream", 9, 2, measure), "Rose hand\ncream");
  assert.equal(wrapped("玫瑰手部护理面霜", 5, 2, measure), "玫瑰手部护\n理面霜");
  assert.equal(wrapped("one two three four", 5, 2, measure), "one\ntwo…");
  assert.equal(wrapped("unbreakable", 4, 2, measure), "unbr\neak…");
  assert.equal(wrapped("", 4, 2, measure), "");
});

test("a value that looks like a slot is not filled", () => {
  assert.equal(filled("{to} from {from}, {other}", { to: "{from}", from: "B" }), "{from} from B, {other}");
});
