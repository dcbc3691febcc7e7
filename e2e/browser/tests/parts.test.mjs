// The app comes in parts: what a browser loads until the first edit is made, that the rest comes when it is asked for, and what
// a person is told when it does not come.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { visitAs, serve } from "../harness.mjs";
import { Canvas } from "../pages.mjs";

const frontend = path.join(path.dirname(fileURLToPath(import.meta.url)), "../../../frontend");

/** The editor with an empty pipeline, opened as the first page by a browser that has loaded nothing before. */
async function freshEditor(/** @type {import("node:test").TestContext} */ t) {
  const server = await serve(t);
  const visitor = await visitAs(t, server);
  // Signed in by requests alone: no page, no file of the app.
  await visitor.context.request.get(server.signInUrl);
  const made = await visitor.context.request.post(`${server.origin}/api/pipelines`, {
    data: { text: "apiVersion: dagwright.dev/v1\nkind: Pipeline\nmetadata: {name: First edit}\nspec: {}\n" }, headers: { origin: server.origin },
  });
  assert.equal(made.status(), 201, await made.text());
  visitor.page = await visitor.newPage();
  await visitor.page.goto(`${server.origin}/pipelines/${(await made.json()).id}`);
  await visitor.page.getByTestId("canvas-empty").waitFor({ state: "visible" });
  return new Canvas(visitor);
}

test("the first edit needs little of the app", async (t) => {
  const stamp = await readFile(path.join(frontend, ".dist-stamp"), "utf8").catch(() => "");
  if (!stamp.startsWith("release")) return t.skip("weighed in a release build of the browser app alone");
  const limit = /^first +(\d+)$/m.exec(await readFile(path.join(frontend, "size-budget"), "utf8"))?.[1];
  assert.ok(limit, "frontend/size-budget says how much the first edit may load");
  const canvas = await freshEditor(t);
  const { page, visitor } = canvas;
  await canvas.put("train_classifier", { x: 140, y: 240 });
  const field = page.locator('.frow[data-input="seed"] input').first();
  await field.fill("7");
  await field.press("Tab");
  await canvas.head("train_classifier").waitFor();
  const loaded = await page.evaluate(() => [
    ...new Set(["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind)).map(({ name }) => name.split("#")[0])),
  ]);
  let sum = 0;
  for (const address of loaded.filter((address) => !new URL(address).pathname.startsWith("/api/"))) {
    const weight = brotliCompressSync(await (await visitor.context.request.get(address)).body()).length;
    t.diagnostic(`${weight} ${new URL(address).pathname}`);
    sum += weight;
  }
  t.diagnostic(`the first edit loads ${Math.round(sum / 1000)} kB, compressed`);
  assert.ok(sum / 1000 < Number(limit), `${Math.round(sum / 1000)} kB, compressed; at most ${limit}`);
});

test("a part that does not come is said, costs nothing, and comes at the next try", async (t) => {
  const canvas = await freshEditor(t);
  const { page, visitor } = canvas;
  visitor.expectProblem(/ERR_FAILED|Failed to fetch/);
  await page.route(/\/parts-/, (route) => (route.request().url().endsWith(".wasm") ? route.abort() : route.continue()));
  await canvas.put("example_table", { x: 140, y: 240 });
  await canvas.saved();
  await page.getByTestId("share").click();
  const lost = page.getByTestId("part-lost");
  await lost.filter({ hasText: "could not be fetched" }).waitFor();
  await lost.getByRole("button", { name: "Reload" }).waitFor();
  await visitor.screenshot("part-lost");
  assert.deepEqual(await canvas.tasks(), ["example_table"]);
  await page.unroute(/\/parts-/);
  await lost.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await lost.waitFor({ state: "detached" });
});
