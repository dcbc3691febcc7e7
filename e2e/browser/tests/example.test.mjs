// The digits example as it stands at first start: run as it is, looked at, run again with another kernel; and what the
// pages say about it afterwards. Its packages come from PyPI, once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "../harness.mjs";
import { Canvas, RunPage } from "../pages.mjs";

test("the digits example runs as it stands, and is looked at", { timeout: 300_000 }, async (t) => {
  const visitor = await visit(t);
  const { page } = visitor;
  await page.locator('[data-pipeline="digits"]').waitFor();
  await visitor.screenshot("home-first-start");
  await page.locator('[data-pipeline="digits"] a').first().click();
  const canvas = new Canvas(visitor);
  await canvas.head("train").waitFor();
  await canvas.hasWires([
    "train.model>predict.model", "predict.prediction>print_prediction.prediction",
    "volume:digits-data>train", "volume:digits-data>predict", "train>predict:digits-data",
  ]);
  assert.match((await page.getByTestId("problem-count").textContent()) ?? "", /No problems/);

  await canvas.head("train").click();
  const run = await RunPage.start(visitor, async (form) => {
    assert.match((await form.textContent()) ?? "", /data_path.*kernel.*image_number/s);
    await visitor.screenshot("run-form");
  }, "keyboard");
  await run.taskIs("train", /Starting|Running|Succeeded/);
  await visitor.screenshot("run-under-way");
  assert.equal(await run.end(), "Succeeded");
  for (const task of ["train", "predict", "print_prediction"]) await run.taskIs(task, /Succeeded/);

  await run.open("train", "Outputs");
  await page.locator('[data-viewer="matrix"]').waitFor();
  const cells = await run.matrix();
  assert.equal(cells.length, 100);
  const all = cells.reduce((sum, cell) => sum + cell.count, 0);
  const right = cells.filter((cell) => cell.actual === cell.predicted).reduce((sum, cell) => sum + cell.count, 0);
  assert.equal(all, 899, "half of the 1797 scans are judged");
  assert.ok(right > 850 && right < 890, `${right} of 899 right`);
  assert.match((await run.output("confusion matrix").textContent()) ?? "", new RegExp(`${right} of 899 right`));
  await page.locator('[data-viewer="roc"]').waitFor();
  assert.match((await run.output("metrics").textContent()) ?? "", new RegExp(`accuracy${(right / 899).toFixed(3)}`));
  await visitor.screenshot("run-matrix");
  await run.open("print_prediction", "Logs");
  await run.logSays(/predicted 7/);
  await run.open("predict", "Logs");
  await run.logSays(/scan 7 is a 7, the model says 7/);

  // Once more with another kernel, from the editor, into an experiment of its own.
  await page.getByRole("link", { name: "Editor" }).click();
  await page.getByTestId("run").waitFor();
  await canvas.head("train").waitFor();
  await RunPage.start(visitor, async (form) => {
    await form.getByLabel("kernel", { exact: true }).selectOption({ label: "linear" });
    await form.getByLabel("Experiment").fill("kernels");
    await form.getByLabel("Name", { exact: true }).fill("a straight one");
  });
  assert.equal(await run.end(), "Succeeded");
  await run.open("train", "Outputs");
  await page.locator('[data-viewer="matrix"]').waitFor();
  const linear = (await run.matrix()).filter((cell) => cell.actual === cell.predicted).reduce((sum, cell) => sum + cell.count, 0);
  assert.ok(linear > 800 && linear !== right, `the other kernel judges otherwise: ${linear}`);

  await t.test("runs, filtered by state", async () => {
    await page.goto(`${visitor.server.origin}/runs`);
    const rows = page.locator("tr[data-run]");
    await rows.nth(1).waitFor();
    assert.equal(await rows.count(), 2);
    assert.match((await rows.first().textContent()) ?? "", /Succeeded.*digits.*a straight one.*kernels/s);
    await visitor.screenshot("runs");
    await page.getByRole("radio", { name: "Failed" }).click();
    await page.getByText("No run is like this").waitFor();
    await page.getByRole("radio", { name: "Succeeded" }).click();
    await rows.nth(1).waitFor();
  });
  await t.test("experiments", async () => {
    await page.goto(`${visitor.server.origin}/experiments`);
    await page.getByRole("link", { name: "kernels" }).click();
    await page.locator("tr[data-run]").filter({ hasText: "a straight one" }).waitFor();
    await page.locator("tr[data-run]").nth(1).waitFor({ state: "detached" });
  });
  await t.test("the volume, its size and its files", async () => {
    await page.goto(`${visitor.server.origin}/volumes`);
    const row = page.locator("tbody tr").filter({ hasText: "digits-data" });
    await row.waitFor();
    assert.match((await row.textContent()) ?? "", /Ki?B|Mi?B/);
    await row.getByRole("button", { name: /Browse/ }).click();
    await page.getByText("digits.npz").waitFor();
    await visitor.screenshot("volumes");
  });
});
