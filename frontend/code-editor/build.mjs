// Bundles src/editor.js as one ES module, small or readable, and beside it the notices of what is in it.
// usage: node build.mjs <folder> [release]
import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const [folder, mode] = process.argv.slice(2);
const release = mode === "release";
// What goes with Apache-2.0 among the licences of npm's packages; the same rule as deny.toml.
const allowed = new Set(["Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD"]);

const result = await build({
  absWorkingDir: here,
  entryPoints: ["src/editor.js"],
  outfile: path.resolve(folder, "editor.js"),
  bundle: true,
  format: "esm",
  target: ["chrome111", "firefox113", "safari16.4"],
  minify: release,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});

const packages = new Set(Object.keys(result.metafile.inputs)
  .map((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1])
  .filter((name) => name !== undefined));
const notices = [];
for (const name of [...packages].sort()) {
  const home = path.join(here, "node_modules", name);
  const { version, license } = JSON.parse(await readFile(path.join(home, "package.json"), "utf8"));
  if (!allowed.has(license)) throw new Error(`${name} ${version} has the licence ${license}, which is not on the list in frontend/code-editor/build.mjs`);
  notices.push(`${name} ${version} (${license})\n\n${(await readFile(path.join(home, "LICENSE"), "utf8")).trim()}\n`);
}
await writeFile(path.resolve(folder, "LICENSES.txt"), notices.join(`\n${"-".repeat(80)}\n\n`));
