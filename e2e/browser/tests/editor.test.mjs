// The editor as a person meets it beyond wiring: moving many, copying, undoing, renaming, mending what is wrong; and that
// no edit is lost: not by a killed tab, not by a second tab, not by a server that stops and starts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "../harness.mjs";
import { Canvas } from "../pages.mjs";

/** The digits example in the editor. */
async function digits(/** @type {import("node:test").TestContext} */ t) {
  const visitor = await visit(t);
  await visitor.page.locator('[data-pipeline="digits"] a').first().click();
  const canvas = new Canvas(visitor);
  await canvas.head("train").waitFor();
  return canvas;
}

const names = ["predict", "print_prediction", "train"];

test("many are moved, copied, deleted, undone and laid out", async (t) => {
  const canvas = await digits(t);
  const { page, visitor } = canvas;
  const places = async () => Promise.all(names.map((name) => visitor.middle(canvas.head(name))));
  const first = await places();

  // Two selected, dragged together; the third stays.
  await canvas.head("train").click();
  await canvas.head("predict").click({ modifiers: ["Shift"] });
  assert.equal(await page.locator(".node.selected").count(), 2);
  const from = await visitor.middle(canvas.head("train"));
  await visitor.drag(from, { x: from.x + 64, y: from.y + 96 });
  const moved = await places();
  const shift = moved.map((place, at) => [Math.round(place.x - first[at].x), Math.round(place.y - first[at].y)]);
  assert.deepEqual(shift[0], shift[2], "both moved alike");
  assert.ok(Math.abs(shift[0][0] - 64) <= 8 && Math.abs(shift[0][1] - 96) <= 8, `${shift}`);
  assert.deepEqual(shift[1], [0, 0]);
  await page.keyboard.press("Control+z");
  assert.deepEqual(await places(), first, "one drag of many is one step to undo");
  await page.keyboard.press("Control+Shift+z");
  assert.deepEqual(await places(), moved);

  // Copied and pasted, with the wire between them.
  await page.keyboard.press("Control+c");
  await page.keyboard.press("Control+v");
  await page.locator('[data-wire="train-2.model>predict-2.model"]').waitFor({ state: "attached" });
  assert.equal((await canvas.tasks()).length, 5);
  await visitor.screenshot("editor-pasted");
  await page.keyboard.press("Delete");
  await canvas.head("train-2").waitFor({ state: "detached" });
  assert.deepEqual((await canvas.tasks()).sort(), names);
  await page.keyboard.press("Control+z");
  await canvas.head("train-2").waitFor();
  await page.keyboard.press("Control+z");
  await canvas.head("train-2").waitFor({ state: "detached" });

  // A task deleted takes its wires along, and brings them back.
  const wires = await canvas.wires();
  await canvas.head("predict").click();
  await page.keyboard.press("Delete");
  await canvas.hasWires(["volume:digits-data>train"]);
  await page.getByRole("button", { name: "Undo" }).click();
  await canvas.hasWires(/** @type {string[]} */ (wires));

  // Laid out anew; the overview goes and comes.
  await page.getByTitle(/^Tidy layout/).click();
  await page.waitForTimeout(300);
  const tidy = await places();
  assert.ok(tidy[2].x < tidy[0].x && tidy[0].x < tidy[1].x, "train, predict, print_prediction from left to right");
  await page.getByTestId("minimap").waitFor();
  await page.keyboard.press("m");
  await page.getByTestId("minimap").waitFor({ state: "detached" });
  await page.getByTitle(/^Overview/).click();
  await page.getByTestId("minimap").waitFor();
});

test("a wire is chosen, told and deleted by keyboard alone", async (t) => {
  const canvas = await digits(t);
  const { page, visitor } = canvas;
  const wire = page.locator('[data-wire="train.model>predict.model"]');
  const says = (/** @type {RegExp} */ words) => page.getByTestId("announcement").filter({ hasText: words }).waitFor();
  const wires = /** @type {string[]} */ (await canvas.wires());
  // The page is just opened: the arrows find the first task.
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.activeElement?.matches("[data-task], [data-volume]"));
  for (let step = 0; step < 4 && (await page.evaluate(() => document.activeElement?.getAttribute("data-task"))) !== "predict"; step++) {
    await page.keyboard.press("Tab");
    await page.waitForTimeout(100);
  }
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-task")), "predict");
  await page.keyboard.press("e");
  await says(/^Wire 1 of 4: predict \/ prediction feeds print_prediction \/ /);
  await page.keyboard.press("e");
  await says(/^Wire 2 of 4: train \/ model feeds predict \/ model$/);
  assert.match((await wire.getAttribute("class")) ?? "", /strong/, "the chosen wire is drawn strong");
  await page.getByTestId("inspector-title").filter({ hasText: "A wire" }).waitFor();
  await visitor.screenshot("editor-wire-chosen");
  await page.keyboard.press("Delete");
  await says(/^Deleted: train \/ model feeds predict \/ model$/);
  await wire.waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-task")), "predict", "the focus stays");
  await page.keyboard.press("Control+z");
  await canvas.hasWires(wires);
  // Enter goes along the wire, and the list of keys says so.
  await page.keyboard.press("e");
  await page.keyboard.press("Enter");
  await page.locator('.node.selected[data-task="print_prediction"]').waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).getByText("E, Shift E", { exact: true }).waitFor();
});

test("what several tasks share is edited at once, in one step of undo", async (t) => {
  const canvas = await digits(t);
  const { page, visitor } = canvas;
  const cpu = page.getByLabel("CPU", { exact: true });
  const memory = page.getByLabel("Memory", { exact: true });
  const retries = page.getByLabel("Retries", { exact: true });
  const type = async (/** @type {import("playwright-core").Locator} */ field, /** @type {string} */ text) => {
    await field.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type(text);
    await page.keyboard.press("Enter");
  };
  await canvas.head("predict").click();
  await canvas.head("train").click({ modifiers: ["Shift"] });
  await page.getByTestId("inspector-title").filter({ hasText: "2 selected" }).waitFor();
  assert.deepEqual([await memory.inputValue(), await memory.getAttribute("placeholder")], ["", "mixed"]);
  assert.equal(await page.getByLabel("GPU", { exact: true }).getAttribute("placeholder"), "0", "both have none");
  await type(cpu, "lots");
  await page.getByRole("alert").filter({ hasText: "500m" }).waitFor();
  await type(cpu, "500m");
  await type(memory, "1Gi");
  await type(retries, "3");
  await visitor.screenshot("editor-several");
  for (const task of ["train", "predict"]) {
    await canvas.head(task).click();
    await page.getByTestId("inspector-title").filter({ hasText: task }).waitFor();
    assert.deepEqual([await cpu.inputValue(), await memory.inputValue(), await retries.inputValue()], ["500m", "1Gi", "3"], task);
  }
  // The third was not selected.
  await canvas.head("print_prediction").click();
  assert.deepEqual([await cpu.inputValue(), await memory.inputValue(), await retries.inputValue()], ["", "", ""]);
  // One undo for each field, of both tasks at once.
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  await canvas.head("predict").click();
  assert.deepEqual([await cpu.inputValue(), await memory.inputValue(), await retries.inputValue()], ["500m", "", ""]);
  await canvas.head("train").click();
  assert.deepEqual([await cpu.inputValue(), await memory.inputValue(), await retries.inputValue()], ["500m", "512Mi", "2"]);
});

test("a task is renamed by F2, and what points at it follows", async (t) => {
  const canvas = await digits(t);
  const { page } = canvas;
  await canvas.head("train").click();
  await page.keyboard.press("F2");
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Task name");
  await page.keyboard.type("fit the machine");
  await page.keyboard.press("Enter");
  await canvas.head("fit the machine").waitFor();
  await page.locator('[data-wire="fit the machine.model>predict.model"]').waitFor({ state: "attached" });
  // A name that is taken is refused, and says so.
  await page.getByLabel("Task name").fill("predict");
  await page.getByLabel("Task name").press("Enter");
  await page.getByRole("alert").waitFor();
  assert.deepEqual((await canvas.tasks()).sort(), ["fit the machine", "predict", "print_prediction"]);
});

test("problems: a click goes there, a button mends", async (t) => {
  const canvas = await digits(t);
  const { page, visitor } = canvas;
  const wire = "train.model>predict.model";
  const end = await visitor.middle(canvas.port("predict", "input", "model"));
  await visitor.drag(end, { x: end.x - 60, y: end.y + 200 });
  await page.keyboard.press("Escape");
  await page.locator(`[data-wire="${wire}"]`).waitFor({ state: "detached" });
  await page.getByTestId("problem-count").filter({ hasText: "1 error" }).click();
  const row = page.locator(".problem.error").first();
  await row.filter({ hasText: "predict" }).waitFor();
  await visitor.screenshot("editor-problems");
  // Run with errors leads to the first of them.
  await canvas.head("print_prediction").click();
  await page.getByTestId("run").click();
  await page.getByTestId("inspector-title").filter({ hasText: "predict" }).waitFor();
  await canvas.head("print_prediction").click();
  await row.click();
  await page.locator('.node.selected[data-task="predict"]').waitFor();
  await row.getByRole("button", { name: /train/ }).click();
  await page.locator(`[data-wire="${wire}"]`).waitFor({ state: "attached" });
  await page.getByTestId("problem-count").filter({ hasText: "No problems" }).waitFor();
});

test("a tab that is killed right after an edit loses nothing", async (t) => {
  const canvas = await digits(t);
  const { page, visitor } = canvas;
  const address = page.url();
  await canvas.head("print_prediction").click();
  await page.keyboard.press("Control+d");
  await canvas.head("print_prediction-2").waitFor();
  await page.waitForTimeout(400);
  await page.close();
  visitor.page = await visitor.newPage();
  await visitor.page.goto(address);
  const again = new Canvas(visitor);
  await again.head("print_prediction-2").waitFor();
  await again.saved();
});

test("two tabs on one pipeline: the later save is asked, with both sides", async (t) => {
  const canvas = await digits(t);
  const { page: first, visitor } = canvas;
  const address = first.url();
  const second = await visitor.newPage();
  await second.goto(address);
  await second.locator('[data-task="train"] .head').waitFor();
  visitor.expectProblem(/40[0-9]|412/);

  await canvas.head("print_prediction").click();
  await first.keyboard.press("Control+d");
  await canvas.saved();
  await second.locator('[data-task="predict"] .head').click();
  await second.keyboard.press("Control+d");
  const dialog = second.getByRole("dialog", { name: "Changed elsewhere" });
  await dialog.waitFor();
  assert.match((await dialog.locator("section").filter({ hasText: "Yours" }).locator("pre").textContent()) ?? "", /predict-2:/);
  assert.match((await dialog.locator("section").filter({ hasText: "Saved elsewhere" }).locator("pre").textContent()) ?? "", /print_prediction-2:/);
  await visitor.screenshot("editor-conflict", second);
  await dialog.getByRole("button", { name: "Take the saved one" }).click();
  await second.locator('[data-task="print_prediction-2"] .head').waitFor();
  await second.locator('[data-task="predict-2"]').waitFor({ state: "detached" });
  await second.getByTestId("saved").filter({ hasText: /^Saved/ }).waitFor();
});

test("a server that stops and starts keeps everything, and the page goes on", async (t) => {
  const canvas = await digits(t);
  const { page, visitor } = canvas;
  const id = new URL(page.url()).pathname;
  await canvas.head("predict").click();
  await page.keyboard.press("Delete");
  await canvas.saved();
  await page.close();
  await visitor.server.stop("SIGKILL");
  await visitor.server.start();
  visitor.page = await visitor.newPage();
  await visitor.page.goto(visitor.server.signInUrl);
  await visitor.page.goto(visitor.server.origin + id);
  const again = new Canvas(visitor);
  await again.head("train").waitFor();
  assert.deepEqual((await again.tasks()).sort(), ["print_prediction", "train"]);
});
