// What the build promises: no inline script or style in the page, hashed files cached for good and the rest checked each time,
// and the Python parser's module loading lazily under the page's policy.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serve, visit } from "../harness.mjs";

test("the page has no inline script, and only what carries a hash is cached for good", async (t) => {
  const server = await serve(t);
  const page = await (await server.request("/")).text();
  for (const [tag, attributes, body] of page.matchAll(/<script([^>]*)>([^]*?)<\/script>/g)) {
    assert.match(attributes, / src="/, tag);
    assert.equal(body.trim(), "", tag);
  }
  assert.doesNotMatch(page, / on[a-z]+="/, "no handler in an attribute");
  const named = [...page.matchAll(/(?:src|href|data-app|data-wasm)="(\/[^"]+)"/g)].map(([, where]) => where);
  assert.ok(named.some((where) => where.endsWith("_bg.wasm")), `the app's wasm among ${named}`);
  for (const where of new Set(named)) {
    const response = await server.request(where);
    assert.equal(response.status, 200, where);
    await response.arrayBuffer();
    const forGood = /-[0-9a-f]{12,16}[._]/.test(where);
    assert.match(response.headers.get("cache-control") ?? "", forGood ? /immutable/ : /no-cache/, where);
    const again = await server.request(where, { headers: { "if-none-match": response.headers.get("etag") ?? "" } });
    assert.equal(again.status, 304, where);
  }
});

test("the Python parser is not loaded before it is needed, and loads under the page's policy", async (t) => {
  const { page } = await visit(t);
  await page.locator("main").waitFor({ state: "visible" });
  const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  assert.ok(!loaded.some((name) => name.includes("/python/")), loaded.join("\n"));
  const exported = await page.evaluate(async () => {
    const module = await import(/** @type {string} */ ("/python/python.js"));
    await module.default();
    return Object.keys(module);
  });
  assert.ok(exported.length > 2, `functions beside the initialisers: ${exported}`);
});
