/** An opened path graph: Cytoscape draws it, buttons zoom and move it, arrow keys walk over it, and a line says where. */

import cytoscape from "cytoscape";

import "./explorer.css";
import { checked, filled, layered, paths, spots, step, wrapped } from "./layers.js";

/**
 * @typedef {import("./layers.js").Thing} Thing
 * @typedef {import("./layers.js").Fact} Fact
 * @typedef {import("./layers.js").Slot} Slot
 * @typedef {import("./layers.js").Spot} Spot
 * @typedef {Record<string, string>} Words
 */

const WIDTH = 172;
const HEIGHT = 54;
const ACROSS = WIDTH + 132; // between columns stand the names of relations
const DOWN = 84;
const STEP = 90; // px that a button moves the view
const ZOOM = 1.25;
const SMALLEST = 0.85; // of the first view: below this labels are hard to read
const STYLESHEET = "__________cytoscape_stylesheet"; // Cytoscape writes a style element unless this id is taken

const stilled = matchMedia("(prefers-reduced-motion: reduce)");
const dark = matchMedia("(prefers-color-scheme: dark)");

/**
 * Open the explorer at the end of a place on the page.
 *
 * @param {HTMLElement} place
 * @param {{nodes?: Thing[], edges?: Fact[]}} sent
 * @param {Words} words
 * @param {() => void} closed called once, after it is gone
 * @returns {{close: () => void}}
 */
export function explorer(place, sent, words, closed) {
  keepStyles();
  const graph = checked(sent);
  const { slots, pieces } = layered(graph.nodes, graph.edges);
  const { frame, stage, tools, said } = framed(words);
  place.append(frame);

  const cy = cytoscape({
    container: stage,
    elements: elements(graph, pieces, spots(slots, ACROSS, DOWN), fontOf(stage)),
    style: colours(stage),
    layout: { name: "preset" },
    autoungrabify: true,
    boxSelectionEnabled: false,
    userZoomingEnabled: false, // the wheel scrolls the page; zooming has buttons and keys
    minZoom: 0.2,
    maxZoom: 3,
  });
  const name = new Map(graph.nodes.map(({ id, label }) => [id, label]));
  const start = graph.nodes.find(({ kind }) => kind === "you") ?? graph.nodes[0];
  let here = start?.id;

  const view = {
    zoom: (/** @type {number} */ by) => {
      const level = Math.min(cy.maxZoom(), Math.max(cy.minZoom(), cy.zoom() * by));
      moved(cy, { zoom: { level, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } } });
    },
    pan: (/** @type {number} */ x, /** @type {number} */ y) =>
      moved(cy, { panBy: { x: x * STEP, y: y * STEP } }),
    whole: () => whole(cy, here),
  };

  /** @param {string} id @param {string} sentence */
  const go = (id, sentence) => {
    here = id;
    mark(cy, id, graph.edges);
    show(cy, id);
    said.textContent = sentence;
  };

  const announced = (/** @type {string} */ id, /** @type {Fact | null} */ by, /** @type {string} */ from) => {
    const label = name.get(id) ?? id;
    if (!by) return filled(words.at, { to: label, count: around(id, graph.edges) });
    const sentence = by.source === from ? words.onward : words.backward;
    const reached = filled(sentence, { to: label, from: name.get(from) ?? from, relation: by.label ?? "" });
    return by.share === undefined
      ? reached
      : `${reached} ${filled(words.share, { share: percent(by.share) })}`;
  };

  const walk = (/** @type {import("./layers.js").Direction} */ direction) => {
    if (here === undefined) return;
    const next = step(here, direction, slots, graph.edges);
    if (next) go(next.to, announced(next.to, next.by, here));
    else said.textContent = words.end;
  };

  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowRight: () => walk("right"),
    ArrowLeft: () => walk("left"),
    ArrowUp: () => walk("up"),
    ArrowDown: () => walk("down"),
    Home: () => start && go(start.id, announced(start.id, null, "")),
    "+": () => view.zoom(ZOOM),
    "=": () => view.zoom(ZOOM),
    "-": () => view.zoom(1 / ZOOM),
    0: view.whole,
  };
  stage.addEventListener("keydown", (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  /** @type {Record<string, () => void>} */
  const acts = {
    nearer: () => view.zoom(ZOOM),
    farther: () => view.zoom(1 / ZOOM),
    left: () => view.pan(1, 0),
    right: () => view.pan(-1, 0),
    up: () => view.pan(0, 1),
    down: () => view.pan(0, -1),
    whole: view.whole,
    close: () => close(),
  };
  tools.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    if (button?.dataset.act) acts[button.dataset.act]();
  });
  frame.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  });
  cy.on("tap", "node.thing", (event) => go(event.target.id(), announced(event.target.id(), null, "")));

  const recolour = () => cy.style(colours(stage));
  const themed = new MutationObserver(recolour);
  themed.observe(document.documentElement, { attributes: true, attributeFilter: ["class", "data-theme"] });
  dark.addEventListener("change", recolour);
  const sized = new ResizeObserver(() => cy.resize());
  sized.observe(stage);

  let open = true;
  function close() {
    if (!open) return;
    open = false;
    themed.disconnect();
    sized.disconnect();
    dark.removeEventListener("change", recolour);
    cy.destroy();
    frame.remove();
    closed();
  }

  view.whole();
  stage.focus({ preventScroll: true });
  if (here !== undefined) go(here, announced(here, null, ""));
  return { close };
}

/** Take the id of Cytoscape's style element, which a strict policy would refuse; explorer.css holds what is in it. */
function keepStyles() {
  if (document.getElementById(STYLESHEET)) return;
  const taken = document.createElement("template");
  taken.id = STYLESHEET;
  document.head.append(taken);
}

/**
 * The panel: tools, the stage, and the line that says where the walk is.
 *
 * @param {Words} words
 */
function framed(words) {
  const frame = document.createElement("div");
  frame.className = "explorer";
  const tools = document.createElement("div");
  tools.className = "explorer-tools";
  tools.setAttribute("role", "group");
  tools.setAttribute("aria-label", words.tools);
  const signs = {
    nearer: "+",
    farther: "−",
    left: "←",
    right: "→",
    up: "↑",
    down: "↓",
    whole: "⤢",
    close: "×",
  };
  for (const [act, sign] of Object.entries(signs)) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.act = act;
    button.title = words[act];
    button.setAttribute("aria-label", words[act]);
    button.textContent = sign;
    tools.append(button);
  }
  const stage = document.createElement("div");
  stage.className = "explorer-stage";
  stage.tabIndex = 0;
  stage.setAttribute("role", "application"); // its arrow keys are not a screen reader's
  stage.setAttribute("aria-label", words.stage);
  const help = document.createElement("p");
  help.className = "quiet";
  help.id = `explorer-${Math.random().toString(36).slice(2)}`;
  help.textContent = words.help;
  stage.setAttribute("aria-describedby", help.id);
  const said = document.createElement("p");
  said.className = "explorer-said";
  said.setAttribute("role", "status");
  frame.append(tools, stage, said, help);
  return { frame, stage, tools, said };
}

/**
 * @param {{nodes: Thing[], edges: Fact[]}} graph
 * @param {import("./layers.js").Piece[]} pieces
 * @param {Map<string, Spot>} at
 * @param {string} font
 * @returns {cytoscape.ElementDefinition[]}
 */
function elements(graph, pieces, at, font) {
  const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  pen.font = `13px ${font}`;
  const measure = (/** @type {string} */ text) => pen.measureText(text).width;
  const most = Math.max(...graph.edges.map(({ share }) => Math.abs(share ?? 0)), 0) || 1;
  const things = graph.nodes.map(({ id, label, kind }) => ({
    data: { id, label: wrapped(label, WIDTH - 20, 2, measure) },
    classes: `thing ${kind}`,
    position: at.get(id),
  }));
  const name = (/** @type {Fact} */ edge) => wrapped(edge.label ?? "", ACROSS - WIDTH - 14, 1, measure);
  // An edge over columns is named in a bend of it, where it has a place of its own.
  const bends = pieces
    .filter(({ last }) => !last)
    .map(({ target, middle, edge }) => ({
      data: { id: target, label: middle ? name(graph.edges[edge]) : "", edge },
      classes: "bend",
      position: at.get(target),
    }));
  const lines = pieces.map((piece, number) => {
    const edge = graph.edges[piece.edge];
    const from = /** @type {Spot} */ (at.get(piece.source));
    const to = /** @type {Spot} */ (at.get(piece.target));
    return {
      data: {
        id: `piece ${number}`,
        source: piece.source,
        target: piece.target,
        edge: piece.edge,
        label: piece.first && piece.last ? name(edge) : "",
        thick: 1.5 + (3.5 * Math.abs(edge.share ?? 0)) / most,
        ...ends(from, to, piece),
      },
      classes: [
        (edge.share ?? 0) < 0 ? "minus" : "",
        piece.last ? "tip" : "",
        from.x === to.x ? "upright" : "",
      ].join(" "),
    };
  });
  return [...things, ...bends, ...lines];
}

/**
 * Where a piece begins and ends, and the two handles that make it leave and arrive level, as the page's drawing does.
 *
 * @param {Spot} from
 * @param {Spot} to
 * @param {{first: boolean, last: boolean}} piece
 */
function ends(from, to, piece) {
  const way = Math.sign(to.x - from.x);
  const x0 = (piece.first ? WIDTH / 2 : 0) * way;
  const x1 = (piece.last ? -WIDTH / 2 : 0) * way;
  const start = { x: from.x + x0, y: from.y };
  const end = { x: to.x + x1, y: to.y };
  const middle = (start.x + end.x) / 2;
  const handles = [
    handle(start, end, { x: middle, y: start.y }),
    handle(start, end, { x: middle, y: end.y }),
  ];
  return {
    start: `${x0} 0`,
    end: `${x1} 0`,
    weights: handles.map(({ weight }) => weight).join(" "),
    distances: handles.map(({ distance }) => distance).join(" "),
  };
}

/**
 * A point as Cytoscape has it: how far along the line between two others, and how far beside it.
 *
 * @param {Spot} start
 * @param {Spot} end
 * @param {Spot} point
 */
function handle(start, end, point) {
  const x = end.x - start.x;
  const y = end.y - start.y;
  const long = Math.hypot(x, y) || 1;
  const px = point.x - start.x;
  const py = point.y - start.y;
  return { weight: (px * x + py * y) / (long * long), distance: (x * py - y * px) / long };
}

/** @param {Element} element */
function fontOf(element) {
  return getComputedStyle(element).fontFamily;
}

/**
 * Cytoscape's style sheet in the colours that the page has at the moment.
 *
 * @param {Element} element
 * @returns {any[]} its types know no data-mapped endpoints
 */
function colours(element) {
  const computed = getComputedStyle(element);
  const colour = (/** @type {string} */ name) => computed.getPropertyValue(`--${name}`).trim();
  const naming = {
    label: "data(label)",
    color: colour("soft"),
    "font-family": computed.fontFamily,
    "font-size": 12,
    "text-background-color": colour("card"),
    "text-background-opacity": 1,
    "text-background-padding": 2,
  };
  return [
    {
      selector: "node.thing",
      style: {
        shape: "round-rectangle",
        "corner-radius": 12,
        width: WIDTH,
        height: HEIGHT,
        "background-color": colour("card"),
        "border-width": 1.5,
        "border-color": colour("edge"),
        label: "data(label)",
        color: colour("ink"),
        "font-family": computed.fontFamily,
        "font-size": 13,
        "line-height": 1.3,
        "text-wrap": "wrap",
        "text-max-width": WIDTH,
        "text-valign": "center",
        "text-halign": "center",
        "overlay-opacity": 0,
      },
    },
    {
      selector: "node.bend",
      style: {
        width: 0.1,
        height: 0.1,
        "background-opacity": 0,
        "text-valign": "center",
        "text-halign": "center",
        events: "no",
        ...naming,
      },
    },
    {
      selector: "node.you",
      style: { "background-color": colour("ink"), "border-color": colour("ink"), color: colour("paper") },
    },
    {
      selector: "node.target",
      style: { "background-color": colour("tint"), "border-color": colour("accent"), "border-width": 2 },
    },
    {
      selector: "edge",
      style: {
        width: "data(thick)",
        "line-color": colour("edge"),
        "target-arrow-color": colour("edge"),
        "curve-style": "unbundled-bezier",
        "edge-distances": "endpoints",
        "control-point-weights": "data(weights)",
        "control-point-distances": "data(distances)",
        "source-endpoint": "data(start)",
        "target-endpoint": "data(end)",
        ...naming,
        "overlay-opacity": 0,
        events: "no",
      },
    },
    {
      selector: "edge.upright",
      style: {
        "curve-style": "straight",
        "source-endpoint": "outside-to-node",
        "target-endpoint": "outside-to-node",
      },
    },
    { selector: "edge.minus", style: { "line-style": "dashed" } },
    { selector: "edge.tip", style: { "target-arrow-shape": "triangle" } },
    {
      selector: "edge.on",
      style: {
        "line-color": colour("accent"),
        "target-arrow-color": colour("accent"),
        color: colour("ink"),
        "z-index": 2,
      },
    },
    {
      selector: "node.here",
      style: { "outline-color": colour("accent"), "outline-width": 3, "outline-offset": 3 },
    },
  ];
}

/**
 * Show where the walk is, and in the accent the edges at this thing with the paths they are part of.
 *
 * @param {cytoscape.Core} cy
 * @param {string} id
 * @param {Fact[]} edges
 */
function mark(cy, id, edges) {
  const near = edges.filter(({ source, target }) => source === id || target === id);
  const walked = new Set(near.flatMap(paths));
  const on = new Set(
    edges.flatMap((edge, number) =>
      near.includes(edge) || paths(edge).some((path) => walked.has(path)) ? [number] : [],
    ),
  );
  cy.batch(() => {
    cy.nodes().removeClass("here");
    cy.getElementById(id).addClass("here");
    // At the user and at what is explained all paths meet: to mark all of them would say nothing.
    cy.edges().forEach(
      (edge) => void edge.toggleClass("on", on.size < edges.length && on.has(edge.data("edge"))),
    );
  });
}

/**
 * How many facts there are about a thing.
 *
 * @param {string} id
 * @param {Fact[]} edges
 */
function around(id, edges) {
  return edges.filter(({ source, target }) => source === id || target === id).length;
}

/**
 * The whole graph if its words can be read then; else as large as they can be read, with the user's place in view.
 *
 * @param {cytoscape.Core} cy
 * @param {string | undefined} here
 */
function whole(cy, here) {
  cy.fit(undefined, 24);
  if (cy.zoom() > 1) cy.zoom(1);
  if (cy.zoom() >= SMALLEST || here === undefined) {
    cy.center();
    return;
  }
  cy.zoom(SMALLEST);
  cy.center();
  show(cy, here);
}

/**
 * Bring a thing into view if it is not.
 *
 * @param {cytoscape.Core} cy
 * @param {string} id
 */
function show(cy, id) {
  const box = cy.getElementById(id).renderedBoundingBox();
  const aside = (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ room) =>
    from < 12 ? 12 - from : to > room - 12 ? room - 12 - to : 0;
  const by = { x: aside(box.x1, box.x2, cy.width()), y: aside(box.y1, box.y2, cy.height()) };
  if (by.x || by.y) moved(cy, { panBy: by });
}

/**
 * Move the view: gliding, or at once for those who want things still.
 *
 * @param {cytoscape.Core} cy
 * @param {any} to what `cy.animate` takes
 */
function moved(cy, to) {
  cy.stop(true, true); // what was under way arrives first, so that moves add up
  if (!stilled.matches) cy.animate(to, { duration: 160 });
  else if (to.panBy) cy.panBy(to.panBy);
  else cy.zoom(to.zoom);
}

/** @param {number} share */
function percent(share) {
  return new Intl.NumberFormat(document.documentElement.lang || undefined, {
    style: "percent",
    maximumFractionDigits: 1,
  }).format(share);
}
