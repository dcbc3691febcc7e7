// The start page as a person meets it: finding a pipeline among others, by keyboard.
import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "../harness.mjs";

test("the start page is searched from the keyboard", async (t) => {
  const visitor = await visit(t);
  const { page, server } = visitor;
  for (const [name, description] of [["churn weekly", "Score last week's customers"], ["ingest scans", "Fetch and unpack"]]) {
    const document = { apiVersion: "dagwright.dev/v1", kind: "Pipeline", metadata: { name, description } };
    const answer = await server.request("/api/pipelines", {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ document }),
    });
    assert.ok(answer.ok, await answer.clone().text());
  }
  await page.goto(server.origin);
  const rows = () => page.locator("[data-pipeline]").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-pipeline")).sort());
  const count = (/** @type {number} */ wanted) => page.waitForFunction((wanted) => document.querySelectorAll("[data-pipeline]").length === wanted, wanted);
  await count(3);
  await page.keyboard.press("/");
  await page.keyboard.type("CUSTOMERS week");
  await count(1);
  assert.deepEqual(await rows(), ["churn weekly"]);
  await visitor.screenshot("home-search");
  // The list comes anew every few seconds; what is searched for holds.
  await page.waitForTimeout(4_500);
  assert.deepEqual(await rows(), ["churn weekly"]);
  await page.keyboard.type(" nowhere");
  await page.getByText("No pipeline says “CUSTOMERS week nowhere”.").waitFor();
  await page.keyboard.press("Escape");
  await count(3);
  // A slash in a field is a slash.
  await page.keyboard.press("/");
  await page.keyboard.type("a/b");
  assert.equal(await page.getByLabel("Search pipelines and runs").inputValue(), "a/b");
});
