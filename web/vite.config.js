/** The islands of web/islands/ → ES modules with hashed names, a manifest and the licences of what is in them. */

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ENTRIES = ["why", "graph", "chart"];

/** What packages hold of others without saying so in their licence file. */
const INSIDE = {
  cytoscape:
    "Within it are parts of lodash (MIT; copyright OpenJS Foundation and other contributors; based on Underscore.js,\n" +
    "copyright Jeremy Ashkenas, DocumentCloud and Investigative Reporters & Editors) and heap (MIT; Xueqiao Xu),\n" +
    "under the terms above.",
};

/** One text with the licence of every package that is in what was built, and the notices inside its code. */
function licences() {
  return {
    name: "licences",
    /** @param {unknown} _ @param {import("vite").Rollup.OutputBundle} bundle */
    generateBundle(_, bundle) {
      const used = new Map();
      for (const chunk of Object.values(bundle)) {
        const ids = "moduleIds" in chunk ? chunk.moduleIds : (chunk.originalFileNames ?? []);
        for (const id of ids) {
          const name = id.match(/node_modules\/((?:@[^/]+\/)?[^/?]+)/)?.[1];
          if (name) used.set(name, [...(used.get(name) ?? []), id.split("?")[0]]);
        }
      }
      const source = [...used]
        .sort()
        .map(([name, files]) => told(name, [...new Set(files)]))
        .join("\n\n" + "-".repeat(80) + "\n\n");
      this.emitFile({ type: "asset", fileName: "licences.txt", source: source + "\n" });
    },
  };
}

/**
 * @param {string} name of a package
 * @param {string[]} files of it that are used
 */
function told(name, files) {
  const folder = join(HERE, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  if (!file) throw new Error(`${name} has no licence file; say in vite.config.js what its licence is`);
  const notices = files
    .map((one) => join(HERE, one.slice(one.indexOf("node_modules"))))
    .flatMap((one) => readFileSync(one, "utf8").match(/\/\*[\s\S]*?\*\//g) ?? [])
    .filter((comment) => /licen[cs]ed?|copyright/i.test(comment));
  return [
    `${name} ${version} (${license})`,
    readFileSync(join(folder, file), "utf8"),
    INSIDE[name] ?? "",
    ...new Set(notices),
  ]
    .filter(Boolean)
    .map((text) => text.trim())
    .join("\n\n");
}

export default defineConfig({
  root: HERE,
  base: "./",
  publicDir: false,
  plugins: [licences()],
  build: {
    outDir: "static/dist",
    emptyOutDir: true,
    assetsDir: "",
    manifest: "manifest.json",
    target: "es2022",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600,
    rollupOptions: {
      input: Object.fromEntries(ENTRIES.map((name) => [name, join(HERE, "islands", `${name}.js`)])),
    },
  },
});
