// Pictures of the main pages in light and in dark, at 1440 by 900, for people to look at; what each shows is there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "../harness.mjs";
import { Canvas, RunPage } from "../pages.mjs";

for (const colorScheme of /** @type {("light" | "dark")[]} */ (["light", "dark"])) {
  test(`the pages in ${colorScheme}`, { timeout: 120_000 }, async (t) => {
    const visitor = await visit(t, { colorScheme });
    const { page } = visitor;
    const picture = (/** @type {string} */ name) => visitor.screenshot(`${colorScheme}-${name}`);
    await page.locator('[data-pipeline="digits"]').waitFor();
    await picture("home");
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const lightness = Math.max(...(ground.match(/\d+/g) ?? []).slice(0, 3).map(Number));
    assert.ok(colorScheme === "light" ? lightness > 200 : lightness < 60, ground);

    await page.locator('[data-pipeline="digits"] a').first().click();
    const canvas = new Canvas(visitor);
    await canvas.head("train").click();
    await page.getByTestId("inspector-title").filter({ hasText: "train" }).waitFor();
    await picture("editor-task");
    await page.getByRole("tab", { name: "Code" }).click();
    await page.locator('.code-field[data-ready="true"]').getByLabel("Python source").waitFor();
    await picture("editor-code");
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await page.getByTestId("export-text").locator('[data-ready="true"]').waitFor();
    await picture("export");
    await page.keyboard.press("Escape");
    await page.getByTestId("run").click();
    await page.getByTestId("start-run").waitFor();
    await picture("run-form");
    await page.keyboard.press("Escape");

    await page.goto(visitor.server.origin);
    await page.locator('[data-example="quartet"]').click();
    await canvas.head("write_table").waitFor();
    const run = await RunPage.start(visitor);
    assert.equal(await run.end(60_000), "Succeeded");
    await run.open("draw", "Outputs");
    await page.locator('[data-viewer="image"]').waitFor();
    await picture("run");
    for (const name of ["runs", "experiments", "volumes", "settings"]) {
      await page.goto(`${visitor.server.origin}/${name}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await picture(name);
    }
  });
}
