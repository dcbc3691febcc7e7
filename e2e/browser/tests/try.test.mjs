// "Try it": one component run alone from its panel, with inputs typed in; the result and the log stand there, the pipeline stays
// as it is, and no list is littered. A failure is shown with its log.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Canvas } from "../pages.mjs";

test("a component is tried without leaving its panel", { timeout: 120_000 }, async (t) => {
  const canvas = await Canvas.empty(t);
  const { page, visitor } = canvas;
  const corner = await page.getByTestId("canvas").boundingBox();
  assert.ok(corner);
  await visitor.drag(await visitor.middle(page.locator('[data-block="Python"]')), { x: corner.x + 320, y: corner.y + 200 });
  await canvas.head("hello").waitFor();
  await canvas.saved();
  const stored = await (await visitor.server.request("/api/pipelines")).json();
  const address = page.url();
  const tab = (/** @type {string} */ name) => page.locator(".right").getByRole("tab", { name, exact: true });
  await tab("Try it").click();
  await page.locator('[data-parameter="name"]').locator("input, textarea").first().fill("Ada");
  await page.getByTestId("try").click();
  const result = page.getByTestId("try-result");
  await result.locator('[data-output="Output"]').filter({ hasText: "Hello, Ada" }).waitFor({ timeout: 90_000 });
  await visitor.screenshot("try-outputs");
  await result.getByRole("tab", { name: "Logs" }).click();
  await page.getByTestId("log").filter({ hasText: "Hello, Ada" }).waitFor();
  assert.equal(page.url(), address, "the page is the same");
  assert.deepEqual((await canvas.tasks()), ["hello"]);

  // What fails says why, with its log.
  await tab("Code").click();
  await page.locator('.code-field[data-ready="true"]').getByLabel("Python source").click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText('def hello(name: str = "world") -> str:\n    raise ValueError("not today, " + name)\n');
  await canvas.saved();
  await page.waitForTimeout(900);
  await tab("Try it").click();
  await page.getByTestId("try").click();
  await page.getByTestId("log").filter({ hasText: "not today, world" }).waitFor({ timeout: 60_000 });
  const now = await (await visitor.server.request("/api/pipelines")).json();
  assert.equal(now.pipelines.length, stored.pipelines.length, "no try among the pipelines");
});
