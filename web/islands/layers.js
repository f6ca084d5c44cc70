/** A graph of things and the facts between them → columns by distance from the user, and the walk over it by keys. */

/**
 * @typedef {{id: string, label: string, kind?: string}} Thing
 * @typedef {{source: string, target: string, label?: string, share?: number, path?: number | number[]}} Fact
 * @typedef {{x: number, y: number}} Spot
 * @typedef {{id: string, column: number, bend: boolean}} Slot
 * @typedef {{edge: number, source: string, target: string, first: boolean, last: boolean, middle: boolean}} Piece
 * @typedef {"left" | "right" | "up" | "down"} Direction
 */

/**
 * What was sent, without what cannot be drawn: things without an id or twice, facts about things that are not there.
 *
 * @param {{nodes?: Thing[], edges?: Fact[]}} sent
 * @returns {{nodes: Thing[], edges: Fact[]}}
 */
export function checked(sent) {
  /** @type {Map<string, Thing>} */
  const things = new Map();
  for (const node of sent.nodes ?? []) {
    const id = String(node.id ?? "");
    if (id && !things.has(id))
      things.set(id, { ...node, id, label: String(node.label ?? id), kind: node.kind ?? "thing" });
  }
  const edges = (sent.edges ?? [])
    .map((edge) => ({ ...edge, source: String(edge.source), target: String(edge.target) }))
    .filter(({ source, target }) => source !== target && things.has(source) && things.has(target));
  return { nodes: [...things.values()], edges };
}

/**
 * The column of each thing: how many facts it is from the user; what is explained stands last.
 *
 * @param {Thing[]} nodes
 * @param {Fact[]} edges
 * @returns {Map<string, number>}
 */
export function columns(nodes, edges) {
  /** @type {Map<string, string[]>} */
  const beside = new Map(nodes.map(({ id }) => [id, []]));
  for (const { source, target } of edges) {
    beside.get(source)?.push(target);
    beside.get(target)?.push(source);
  }
  const targets = new Set(nodes.filter(({ kind }) => kind === "target").map(({ id }) => id));
  const starts = nodes.filter(({ kind }) => kind === "you").map(({ id }) => id);
  const found = new Map(
    (starts.length ? starts : nodes.slice(0, 1).map(({ id }) => id)).map((id) => [id, 0]),
  );
  for (const id of found.keys()) {
    if (targets.has(id)) continue; // nothing is reached through what is explained
    for (const other of beside.get(id) ?? [])
      if (!found.has(other)) found.set(other, (found.get(id) ?? 0) + 1);
  }
  const last = Math.max(0, ...nodes.filter(({ id }) => !targets.has(id)).map(({ id }) => found.get(id) ?? 0));
  return new Map(nodes.map(({ id }) => [id, targets.has(id) ? last + 1 : (found.get(id) ?? last)]));
}

/**
 * The things and the bends of long edges by column, each column in the order of its neighbours, so that few edges cross;
 * and the edges in pieces from column to column, so that none runs under a box.
 *
 * @param {Thing[]} nodes
 * @param {Fact[]} edges
 * @returns {{slots: Slot[][], pieces: Piece[]}}
 */
export function layered(nodes, edges) {
  const column = columns(nodes, edges);
  const width = Math.max(0, ...column.values()) + 1;
  /** @type {Slot[][]} */
  const slots = Array.from({ length: width }, () => []);
  for (const { id } of nodes)
    slots[column.get(id) ?? 0].push({ id, column: column.get(id) ?? 0, bend: false });
  /** @type {Piece[]} */
  const pieces = edges.flatMap((edge, number) => {
    const from = column.get(edge.source) ?? 0;
    const to = column.get(edge.target) ?? 0;
    const step = Math.sign(to - from);
    const stops = [edge.source];
    for (let at = from + step; step && at !== to; at += step) {
      const id = `bend ${number} ${at}`;
      slots[at].push({ id, column: at, bend: true });
      stops.push(id);
    }
    stops.push(edge.target);
    return stops.slice(1).map((target, place) => ({
      edge: number,
      source: stops[place],
      target,
      first: place === 0,
      last: place === stops.length - 2,
      middle: place === Math.floor((stops.length - 2) / 2),
    }));
  });
  untangle(slots, pieces);
  return { slots, pieces };
}

/**
 * Order each column by the middle of its neighbours' places, there and back and there again.
 *
 * @param {Slot[][]} slots
 * @param {Piece[]} pieces
 */
function untangle(slots, pieces) {
  /** @type {Map<string, string[]>} */
  const beside = new Map(slots.flat().map(({ id }) => [id, []]));
  for (const { source, target } of pieces) {
    beside.get(source)?.push(target);
    beside.get(target)?.push(source);
  }
  const ranked = (/** @type {Slot[]} */ column) =>
    column.map(({ id }, place) => /** @type {[string, number]} */ ([id, place - (column.length - 1) / 2]));
  const rank = new Map(slots.flatMap(ranked));
  const order = new Map(slots.flat().map(({ id, column }) => [id, column]));
  for (const back of [false, true, false]) {
    for (const column of back ? [...slots].reverse() : slots) {
      const middle = new Map(
        column.map(({ id, column: own }) => {
          const before = (beside.get(id) ?? []).filter((other) => {
            const theirs = order.get(other) ?? own;
            return back ? theirs > own : theirs < own;
          });
          const sum = before.reduce((all, other) => all + (rank.get(other) ?? 0), 0);
          return [id, before.length ? sum / before.length : (rank.get(id) ?? 0)];
        }),
      );
      column.sort((one, other) => (middle.get(one.id) ?? 0) - (middle.get(other.id) ?? 0));
      for (const [id, place] of ranked(column)) rank.set(id, place);
    }
  }
}

/**
 * Where the middle of each slot is drawn, columns from left to right around one middle line.
 *
 * @param {Slot[][]} slots
 * @param {number} across from column to column, in px
 * @param {number} down from row to row, in px
 * @returns {Map<string, Spot>}
 */
export function spots(slots, across, down) {
  return new Map(
    slots.flatMap((column, number) =>
      column.map(
        ({ id }, place) =>
          /** @type {[string, Spot]} */ ([
            id,
            { x: number * across, y: (place - (column.length - 1) / 2) * down },
          ]),
      ),
    ),
  );
}

/**
 * The thing that an arrow key leads to: right and left along an edge, the one with the largest share first (of equal
 * ones the nearest); up and down within the column. `null` where there is none.
 *
 * @param {string} from
 * @param {Direction} direction
 * @param {Slot[][]} slots
 * @param {Fact[]} edges
 * @returns {{to: string, by: Fact | null} | null}
 */
export function step(from, direction, slots, edges) {
  const column = slots.findIndex((one) => one.some(({ id }) => id === from));
  if (column < 0) return null;
  const place = new Map(slots.flatMap((one) => one.map(({ id }, row) => [id, row - (one.length - 1) / 2])));
  if (direction === "up" || direction === "down") {
    const things = slots[column].filter(({ bend }) => !bend);
    const to = things[things.findIndex(({ id }) => id === from) + (direction === "up" ? -1 : 1)];
    return to ? { to: to.id, by: null } : null;
  }
  const home = new Map(slots.flat().map(({ id, column: own }) => [id, own]));
  const onward = direction === "right" ? 1 : -1;
  const ways = edges
    .filter(({ source, target }) => source === from || target === from)
    .map((by) => ({ to: by.source === from ? by.target : by.source, by }))
    .filter(({ to }) => ((home.get(to) ?? column) - column) * onward > 0);
  const far = (/** @type {{to: string}} */ way) =>
    Math.abs((place.get(way.to) ?? 0) - (place.get(from) ?? 0));
  ways.sort(
    (one, other) => Math.abs(other.by.share ?? 0) - Math.abs(one.by.share ?? 0) || far(one) - far(other),
  );
  return ways[0] ?? null;
}

/**
 * The numbers of the paths that an edge is part of.
 *
 * @param {Fact} edge
 * @returns {number[]}
 */
export function paths(edge) {
  return edge.path === undefined ? [] : [edge.path].flat();
}

/**
 * A label in lines that fit, the last cut with an ellipsis; broken at spaces where there are any, else anywhere.
 *
 * @param {string} text
 * @param {number} room of a line
 * @param {number} most lines
 * @param {(text: string) => number} measure as `room`
 * @returns {string}
 */
export function wrapped(text, room, most, measure) {
  const lines = [""];
  const words = text.match(/\p{Script=Han}|[^\s\p{Script=Han}]+|\s+/gu) ?? [];
  for (const word of words) {
    if (measure((lines.at(-1) + word).trimEnd()) <= room) {
      lines[lines.length - 1] += word;
      continue;
    }
    if (word.trim() && lines.at(-1)?.trim()) lines.push("");
    for (const letter of word.trim()) {
      if (measure(lines.at(-1) + letter) > room && lines.at(-1)) lines.push("");
      lines[lines.length - 1] += letter;
    }
  }
  const shown = lines.slice(0, most).map((line) => line.trim());
  if (lines.length > most) {
    let rest = [...(shown.at(-1) ?? "")];
    while (rest.length && measure(`${rest.join("")}…`) > room) rest = rest.slice(0, -1);
    shown[shown.length - 1] = `${rest.join("").trimEnd()}…`;
  }
  return shown.join("\n");
}

/**
 * A sentence with its slots filled, all at once: what stands in a value is never filled again.
 *
 * @param {string} sentence with {slots}
 * @param {Record<string, string | number>} values
 * @returns {string}
 */
export function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (slot, name) =>
    Object.hasOwn(values, name) ? String(values[name]) : slot,
  );
}
