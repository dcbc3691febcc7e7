// The whole journey by mouse and keyboard: the digits pipeline built from an empty canvas, run, its confusion matrix
// looked at, its files downloaded. The functions are those of the example, so that what comes out is known.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { visit } from "../harness.mjs";
import { Canvas, RunPage } from "../pages.mjs";
import { repository } from "../server.mjs";

/** The Python of the example's functions, by their names. */
async function functions() {
  const text = await readFile(path.join(repository, "backend/src/examples/digits.pipeline.yaml"), "utf8");
  const blocks = [...text.matchAll(/^( +)source: \|\n((?:\1  .*\n|\n)+)/gm)].map(([, indent, source]) =>
    source.split("\n").map((line) => line.slice(indent.length + 2)).join("\n").trimEnd() + "\n");
  return Object.fromEntries(blocks.map((source) => [/def (\w+)/.exec(source)?.[1], source]));
}

/** What a person does in the inspector beside the canvas. */
class Inspector {
  constructor(/** @type {import("playwright-core").Page} */ page) {
    this.page = page;
    this.panel = page.getByRole("complementary", { name: "Inspector" });
  }

  async tab(/** @type {string} */ name) {
    await this.panel.getByRole("tab", { name, exact: true }).click();
  }

  /** Writes a field as a person does: into it, all selected, typed over, Enter. */
  async write(/** @type {string} */ label, /** @type {string} */ text, which = 0) {
    await this.over(this.panel.getByLabel(label, { exact: true }).nth(which), text);
  }

  async over(/** @type {import("playwright-core").Locator} */ field, /** @type {string} */ text) {
    await field.click();
    await this.page.keyboard.press("Control+a");
    await this.page.keyboard.type(text);
    await this.page.keyboard.press("Enter");
  }

  /** Types a function into the Code tab: the first line key by key, the rest as a paste. */
  async code(/** @type {string} */ source) {
    await this.tab("Code");
    await this.panel.getByLabel("Python source").click();
    await this.page.keyboard.press("Control+a");
    const end = source.indexOf("\n") + 1;
    await this.page.keyboard.type(source.slice(0, end));
    await this.page.keyboard.insertText(source.slice(end));
  }

  async rename(/** @type {string} */ task) {
    await this.tab("Task");
    await this.write("Task name", task);
    await this.page.getByTestId("inspector-title").filter({ hasText: task }).waitFor();
  }
}

test("the digits pipeline from an empty canvas to its matrix and its files", { timeout: 300_000 }, async (t) => {
  const sources = await functions();
  const canvas = await Canvas.empty(t);
  const { page, visitor } = canvas;
  const inspector = new Inspector(page);
  const corner = await page.getByTestId("canvas").boundingBox();
  assert.ok(corner);
  await visitor.screenshot("journey-01-empty");

  /** Drags one of the palette's blocks onto the canvas. */
  const block = async (/** @type {string} */ name, /** @type {number} */ x, /** @type {number} */ y) =>
    visitor.drag(await visitor.middle(page.locator(`[data-block="${name}"]`)), { x: corner.x + x, y: corner.y + y });

  await t.test("two Python functions, typed in: their ports come from their signatures", async () => {
    await block("Python", 130, 300);
    await canvas.head("hello").click();
    await inspector.code(sources.train);
    for (const port of ["model", "metrics", "confusion_matrix", "accuracy"]) await canvas.port("hello", "output", port).waitFor();
    for (const port of ["data", "kernel"]) await canvas.port("hello", "input", port).waitFor();
    await visitor.screenshot("journey-02-code");
    await inspector.tab("Component");
    await inspector.write("Component name", "train");
    await inspector.write("Packages", "scikit-learn==1.7.2");
    await visitor.screenshot("journey-03-packages");
    await inspector.rename("train");

    await block("Python", 400, 300);
    await canvas.head("hello").click();
    await inspector.code(sources.predict);
    for (const port of ["data", "model", "image"]) await canvas.port("hello", "input", port).waitFor();
    await inspector.tab("Component");
    await inspector.write("Component name", "predict");
    await inspector.write("Packages", "scikit-learn==1.7.2");
    await inspector.rename("predict");
  });

  await t.test("a container step: image, command, argument", async () => {
    await block("Container", 670, 300);
    await canvas.head("step").click();
    await inspector.tab("Component");
    await inspector.write("Component name", "print_prediction");
    await inspector.write("Image", "python:3.11-slim");
    await inspector.write("Port name", "prediction");
    await inspector.panel.getByLabel("Port type").first().selectOption("Integer");
    await inspector.write("Command 1", "python3");
    await inspector.write("Command 2", "-c");
    await inspector.write("Command 3", "import sys; print('predicted', sys.argv[1])");
    await inspector.panel.getByLabel("Remove the row").nth(3).click();
    await inspector.panel.getByLabel("Add to Arguments").click();
    await inspector.panel.getByLabel("Form").nth(3).selectOption({ label: "Value of" });
    await visitor.screenshot("journey-04-container");
    await inspector.rename("print_prediction");
  });

  await t.test("wires: what fits lights up, what does not fit and a circle say why", async () => {
    assert.equal(
      await canvas.holdOver(canvas.port("train", "output", "model"), canvas.port("predict", "input", "model")),
      "model to model",
    );
    const lit = await page.locator("[data-side=input].lit").evaluateAll((ports) =>
      ports.map((port) => `${port.closest("[data-task]")?.getAttribute("data-task")}.${port.getAttribute("data-port")}`));
    assert.deepEqual(lit, ["predict.model"]);
    await visitor.screenshot("journey-05-wire");
    await page.mouse.up();
    assert.match(
      (await canvas.holdOver(canvas.port("train", "output", "model"), canvas.port("print_prediction", "input", "prediction"))) ?? "",
      /Model does not fit Integer/,
    );
    await visitor.screenshot("journey-06-refused");
    await page.keyboard.press("Escape");
    await page.mouse.up();
    assert.match(
      (await canvas.holdOver(canvas.port("predict", "output", "prediction"), canvas.port("train", "input", "data"))) ?? "",
      /circle/,
    );
    await page.mouse.up();
    await visitor.drag(
      await visitor.middle(canvas.port("predict", "output", "prediction")),
      await visitor.middle(canvas.port("print_prediction", "input", "prediction")),
    );
    await canvas.hasWires(["train.model>predict.model", "predict.prediction>print_prediction.prediction"]);
  });

  await t.test("a volume, mounted and handed over", async () => {
    await block("Volume", 180, 120);
    await page.getByTestId("volume").click();
    await inspector.write("Volume name", "digits-data");
    const drum = page.locator('[data-volume="digits-data"]');
    const box = await drum.boundingBox();
    assert.ok(box);
    await visitor.drag({ x: box.x + box.width / 2, y: box.y + box.height }, await visitor.middle(canvas.head("train")));
    // The path's field is waiting for what is typed.
    await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Mount path");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("/data");
    await page.keyboard.press("Enter");
    await visitor.drag(
      await visitor.middle(page.locator('[data-task="train"] [data-mount-port]')),
      await visitor.middle(canvas.head("predict")),
    );
    await canvas.hasWires([
      "train.model>predict.model", "predict.prediction>print_prediction.prediction",
      "volume:digits-data>train", "volume:digits-data>predict", "train>predict:digits-data",
    ]);
    await page.locator('[data-task="predict"] .side').filter({ hasText: "/data" }).waitFor();
    await visitor.screenshot("journey-07-volume");
  });

  await t.test("parameters with type and default, bound by menu and by drag", async () => {
    const dialog = page.getByRole("dialog", { name: "Pipeline parameter" });
    const parameter = async (/** @type {string} */ name, /** @type {string} */ type, /** @type {string} */ value, more = async () => {}) => {
      await page.getByLabel("Add a parameter").click();
      await inspector.over(dialog.getByLabel("Parameter name"), name);
      await page.locator(`[data-parameter="${name}"]`).waitFor();
      if (type !== "String") await dialog.getByLabel("Parameter type").selectOption(type);
      await inspector.over(dialog.getByLabel("Default"), value);
      await more();
      await dialog.getByRole("button", { name: "Done" }).click();
      await page.locator(`[data-parameter="${name}"]`).filter({ hasText: value }).waitFor();
    };
    await parameter("data_path", "String", "/data");
    await parameter("kernel", "String", "rbf", () => inspector.over(dialog.getByLabel("Choices"), "rbf, linear, poly"));
    await parameter("image_number", "Integer", "7", async () => {
      await inspector.over(dialog.getByLabel("Smallest"), "0");
      await inspector.over(dialog.getByLabel("Largest"), "1796");
      await visitor.screenshot("journey-08-parameter");
    });
    const bind = async (/** @type {string} */ task, /** @type {string} */ input, /** @type {string} */ name) => {
      await canvas.head(task).click();
      await inspector.panel.locator(`[data-input="${input}"]`).getByLabel(/^Source/).click();
      await page.getByRole("menuitem", { name }).click();
      await inspector.panel.locator(`[data-input="${input}"] .chip`).filter({ hasText: name }).waitFor();
    };
    await bind("train", "data", "data_path");
    await bind("train", "kernel", "kernel");
    await bind("predict", "data", "data_path");
    await visitor.drag(
      await visitor.middle(page.locator('[data-parameter="image_number"]')),
      await visitor.middle(canvas.port("predict", "input", "image")),
    );
    await page.locator('[data-task="predict"] .prow').filter({ hasText: "image_number" }).waitFor();
    await visitor.screenshot("journey-09-bound");
  });

  await page.mouse.click(corner.x + 500, corner.y + corner.height - 160);
  await inspector.write("Pipeline name", "my digits");
  await page.getByTestId("problem-count").filter({ hasText: "No problems" }).waitFor();
  await canvas.saved();
  await visitor.screenshot("journey-10-ready");
  await page.mouse.click(corner.x + 500, corner.y + corner.height - 160);

  const run = await RunPage.start(visitor, async (form) => {
    await form.getByLabel("image_number").click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("12");
    await visitor.screenshot("journey-11-run-form");
  }, "keyboard");
  await run.taskIs("train", /Starting|Running/);
  await visitor.screenshot("journey-12-under-way");
  assert.equal(await run.end(), "Succeeded");
  await run.open("train", "Outputs");
  await page.locator('[data-viewer="matrix"]').waitFor();
  const cells = await run.matrix();
  assert.equal(cells.reduce((sum, cell) => sum + cell.count, 0), 899);
  await run.output("metrics").locator("tr").filter({ hasText: /^accuracy0\.9\d+/ }).waitFor();
  await visitor.screenshot("journey-13-matrix");
  await run.open("print_prediction", "Logs");
  await run.logSays(/predicted \d/);
  await visitor.screenshot("journey-14-log");

  await page.getByRole("link", { name: "Editor" }).click();
  await page.getByTestId("run").waitFor();
  await page.getByRole("button", { name: "Export" }).click();
  const dialog = page.getByRole("dialog");
  const taken = async (/** @type {string} */ button) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId(button).click()]);
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
  };
  const pipeline = await taken("download");
  assert.equal(pipeline.name, "my-digits.pipeline.yaml");
  const text = pipeline.bytes.toString();
  for (const words of ["kind: Pipeline", "name: my digits", "scikit-learn==1.7.2", "digits-data", "image_number"]) assert.ok(text.includes(words), words);
  await visitor.screenshot("journey-15-export");
  await dialog.getByRole("tab", { name: "Argo Workflow" }).click();
  await page.getByTestId("export-text").filter({ hasText: "kind: Workflow" }).waitFor();
  const workflow = await taken("download");
  assert.equal(workflow.name, "my-digits.workflow.yaml");
  for (const words of ["apiVersion: argoproj.io/v1alpha1", "kind: Workflow", "mountPath: /data"]) assert.ok(workflow.bytes.includes(words), words);
  const compressed = await taken("download-gz");
  assert.equal(compressed.name, "my-digits.workflow.yaml.gz");
  assert.deepEqual(gunzipSync(compressed.bytes), workflow.bytes);
});
