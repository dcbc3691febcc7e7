// The main job, by real mouse and keyboard: from an empty canvas to the digits pipeline, its run, the confusion matrix and
// the downloaded files. A picture at each stop.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { visit } from "../harness.mjs";

const trainSource = `def train(
    data: str,
    model: OutputPath("Model"),
    metrics: OutputPath("Metrics"),
    confusion_matrix: OutputPath("ClassificationMetrics"),
    kernel: str = "rbf",
) -> NamedTuple("Outputs", [("accuracy", float)]):
    """Trains on one half of the scans and judges by the other."""
    import json, os
    import joblib, numpy
    from sklearn import metrics as measures
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    from sklearn.svm import SVC

    digits = load_digits()
    os.makedirs(data, exist_ok=True)
    numpy.save(os.path.join(data, "images.npy"), digits.images)
    pixels = digits.images.reshape(len(digits.images), -1)
    learn, judge, learn_target, judge_target = train_test_split(pixels, digits.target, test_size=0.5, shuffle=False)
    machine = SVC(kernel=kernel, gamma=0.001).fit(learn, learn_target)
    joblib.dump(machine, model)
    predicted = machine.predict(judge)
    accuracy = float(measures.accuracy_score(judge_target, predicted))
    with open(metrics, "w") as file:
        json.dump({"accuracy": accuracy}, file)
    rows = measures.confusion_matrix(judge_target, predicted).tolist()
    with open(confusion_matrix, "w") as file:
        json.dump({"confusionMatrix": {
            "annotationSpecs": [{"displayName": str(digit)} for digit in range(10)],
            "rows": [{"row": row} for row in rows],
        }}, file)
    print(f"{sum(rows[digit][digit] for digit in range(10))} of {len(predicted)} right")
    return (accuracy,)
`;

const predictSource = `def predict(data: str, model: InputPath("Model"), image: int = 7) -> NamedTuple("Outputs", [("prediction", int)]):
    """Says what one of the scans shows."""
    import os
    import joblib, numpy

    images = numpy.load(os.path.join(data, "images.npy"))
    return (int(joblib.load(model).predict(images[image].reshape(1, -1))[0]),)
`;

/** A person in the editor. */
class Editor {
  /** @param {import("../harness.mjs").Visitor} visitor */
  constructor(visitor) {
    this.visitor = visitor;
    this.page = visitor.page;
  }

  node(/** @type {string} */ task) {
    return this.page.locator(`[data-testid="node"][data-task="${task}"]`);
  }

  port(/** @type {string} */ task, /** @type {"input" | "output"} */ side, /** @type {string} */ port) {
    return this.page.locator(`[data-task="${task}"] [data-side="${side}"][data-port="${port}"]`);
  }

  tab(/** @type {string} */ name) {
    return this.page.locator(".right").getByRole("tab", { name, exact: true });
  }

  async at(/** @type {{x: number, y: number}} */ place) {
    const corner = await this.page.getByTestId("canvas").boundingBox();
    assert.ok(corner);
    return { x: corner.x + place.x, y: corner.y + place.y };
  }

  /** Drags a block from the palette to a place of the canvas. */
  async put(/** @type {string} */ block, /** @type {{x: number, y: number}} */ place) {
    await this.visitor.drag(await this.visitor.middle(this.page.locator(`[data-block="${block}"]`)), await this.at(place));
  }

  /** Types into a field of the inspector and leaves it. */
  async type(/** @type {string} */ label, /** @type {string} */ text, nth = 0) {
    const field = this.page.getByLabel(label, { exact: true }).nth(nth);
    await field.click();
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.type(text);
    await this.page.keyboard.press("Enter");
  }

  async rename(/** @type {string} */ from, /** @type {string} */ to) {
    await this.node(from).locator(".head").click();
    await this.type("Task name", to);
    await this.node(to).waitFor();
  }

  /** Puts code into the code panel, and packages into the component's. */
  async code(/** @type {string} */ source, /** @type {string} */ port) {
    await this.tab("Code").click();
    await this.page.locator('.code-field[data-ready="true"]').getByLabel("Python source").click();
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.insertText(source);
    await this.page.locator(`[data-port="${port}"]`).first().waitFor();
    await this.tab("Component").click();
    await this.type("Packages", "scikit-learn==1.7.2");
    await this.tab("Task").click();
  }

  async wire(/** @type {[string, string]} */ from, /** @type {[string, string]} */ to) {
    await this.visitor.drag(
      await this.visitor.middle(this.port(from[0], "output", from[1])),
      await this.visitor.middle(this.port(to[0], "input", to[1])),
    );
    await this.page.locator(`[data-wire="${from.join(".")}>${to.join(".")}"]`).waitFor({ state: "attached" });
  }

  /** Binds an input to what the source menu offers under this name. */
  async bind(/** @type {string} */ input, /** @type {string} */ source) {
    await this.page.locator(`.frow[data-input="${input}"] .src`).click();
    await this.page.getByRole("menuitem", { name: source, exact: true }).click();
    await this.page.locator(`.frow[data-input="${input}"] .chip`, { hasText: source }).waitFor();
  }

  async parameter(/** @type {string} */ name, /** @type {string} */ type, /** @type {string} */ value) {
    await this.page.getByRole("button", { name: "Add a parameter" }).click();
    const dialog = this.page.getByRole("dialog");
    await this.type("Parameter name", name);
    await dialog.getByLabel("Parameter type").selectOption(type);
    await this.type("Default", value);
    await dialog.getByRole("button", { name: "Done" }).click();
    await this.page.locator(`.param[data-parameter="${name}"]`, { hasText: value }).waitFor();
  }
}

test("from an empty canvas to the confusion matrix", { timeout: 400_000 }, async (t) => {
  const visitor = await visit(t);
  const { page } = visitor;
  await page.getByRole("button", { name: "New pipeline" }).first().click();
  await page.getByTestId("canvas-empty").waitFor();
  const editor = new Editor(visitor);
  await editor.type("Pipeline name", "digits by hand");
  await visitor.screenshot("journey-1-empty");

  // Two functions and a container step.
  await editor.put("Python", { x: 160, y: 330 });
  await editor.rename("hello", "train");
  await editor.code(trainSource, "confusion_matrix");
  await editor.put("Python", { x: 480, y: 330 });
  await editor.rename("hello", "predict");
  await editor.code(predictSource, "prediction");
  await editor.put("Container", { x: 760, y: 560 });
  await editor.rename("step", "print_prediction");
  await editor.tab("Component").click();
  await editor.type("Command 3", "echo \"predicted $0\"");
  await editor.type("Port name", "prediction");
  await page.getByLabel("Port type").first().selectOption("Integer");
  await editor.port("print_prediction", "input", "prediction").waitFor();
  await visitor.screenshot("journey-2-tasks");

  // Wires: what does not fit is refused with the reason.
  const start = await visitor.middle(editor.port("train", "output", "metrics"));
  const wrong = await visitor.middle(editor.port("predict", "input", "model"));
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(start.x + 8, start.y + 4);
  await page.mouse.move(wrong.x, wrong.y, { steps: 10 });
  await page.getByTestId("wire-tip").filter({ hasText: "Metrics does not fit Model" }).waitFor();
  await visitor.screenshot("journey-3-refused");
  await page.keyboard.press("Escape");
  await page.mouse.up();
  await editor.wire(["train", "model"], ["predict", "model"]);
  await editor.wire(["predict", "prediction"], ["print_prediction", "prediction"]);

  // A volume, drawn to both functions; the second gets it from the first.
  await editor.put("Volume", { x: 300, y: 90 });
  const drum = page.getByTestId("volume");
  await drum.waitFor();
  for (const task of ["train", "predict"]) {
    const box = await drum.boundingBox();
    assert.ok(box);
    await visitor.drag({ x: box.x + box.width / 2, y: box.y + box.height }, await visitor.middle(editor.node(task).locator(".head")));
    await page.getByLabel("Mount path").waitFor();
    await page.waitForTimeout(200);
    await editor.type("Mount path", "/data");
    await editor.node(task).locator(".side", { hasText: "/data" }).waitFor();
  }

  // Parameters, bound to inputs.
  await editor.parameter("data_path", "String", "/data");
  await editor.parameter("kernel", "String", "rbf");
  await editor.parameter("image_number", "Integer", "7");
  await editor.node("train").locator(".head").click();
  await editor.bind("data", "data_path");
  await editor.bind("kernel", "kernel");
  await editor.node("predict").locator(".head").click();
  await editor.bind("data", "data_path");
  await editor.bind("image", "image_number");
  // Two tasks that write one volume are in order already, by the wire.
  await page.getByTestId("problem-count").click();
  await page.waitForTimeout(400);
  assert.deepEqual(await page.locator(".problem").allTextContents(), []);
  await page.getByTestId("problem-count").filter({ hasText: "No problems" }).click();
  await page.getByTestId("saved").filter({ hasText: /^Saved/ }).waitFor();
  await visitor.screenshot("journey-4-built");

  // The files.
  await page.getByRole("button", { name: "Share", exact: true }).click();
  const text = async (/** @type {string} */ button) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId(button).click()]);
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
  };
  const document = await text("download");
  assert.equal(document.name, "digits-by-hand.pipeline.yaml");
  assert.match(document.bytes.toString(), /^apiVersion: dagwright\.dev\/v1\nkind: Pipeline\n/);
  const packed = await text("download-gz");
  assert.equal(gunzipSync(packed.bytes).toString(), document.bytes.toString());
  await page.getByRole("tab", { name: "Argo Workflow" }).click();
  const workflow = await text("download");
  assert.match(workflow.bytes.toString(), /kind: Workflow/);
  assert.match(workflow.bytes.toString(), /claimName:/);
  await visitor.screenshot("journey-5-export");
  await page.keyboard.press("Escape");

  // Run, and watch the same canvas.
  await page.getByTestId("run").click();
  const form = page.getByRole("dialog");
  await form.getByLabel("image_number").fill("1797000000000000000000x");
  await form.getByRole("alert").waitFor();
  await form.getByLabel("image_number").fill("3");
  await form.getByRole("alert").waitFor({ state: "detached" });
  await form.getByLabel("Experiment").fill("by hand");
  await visitor.screenshot("journey-6-form");
  await page.getByTestId("start-run").click();
  await page.waitForURL(/\/runs\//);
  await page.locator('[data-task="train"] .state', { hasText: /Starting|Running/ }).waitFor();
  await visitor.screenshot("journey-7-running");
  const ended = page.getByTestId("run-state").filter({ hasText: /Succeeded|Failed/ });
  await ended.waitFor({ timeout: 240_000 });
  if (/Failed/.test((await ended.textContent()) ?? "")) {
    await page.locator('[data-task="train"] .head').click();
    await page.locator(".right").getByRole("tab", { name: "Logs" }).click();
    await page.getByTestId("log-state").filter({ hasText: "Complete" }).waitFor();
    assert.fail(`the run failed:\n${await page.getByTestId("log").textContent()}`);
  }

  // The matrix holds every judged scan, and the figures agree.
  await page.locator('[data-task="train"] .head').click();
  await page.locator("[data-output='confusion_matrix'] [data-viewer=matrix]").waitFor();
  const cells = await page.locator("[data-viewer=matrix] rect title").allTextContents();
  const counts = cells.map((title) => Number(title.split(": ")[1]));
  assert.equal(counts.length, 100);
  assert.equal(counts.reduce((sum, count) => sum + count, 0), 899);
  const right = cells.filter((title) => /actual (\d), predicted \1:/.test(title)).reduce((sum, title) => sum + Number(title.split(": ")[1]), 0);
  await page.locator("[data-output=confusion_matrix]", { hasText: `${right} of 899 right` }).waitFor();
  await page.locator("[data-viewer=metrics]", { hasText: (right / 899).toFixed(3) }).waitFor();
  await visitor.screenshot("journey-8-matrix");
  await page.locator('[data-task="print_prediction"] .head').click();
  await page.locator(".right").getByRole("tab", { name: "Logs" }).click();
  await page.getByTestId("log").filter({ hasText: "predicted 3" }).waitFor();
  await page.getByTestId("log-state").filter({ hasText: "Complete" }).waitFor();
  await visitor.screenshot("journey-9-log");

  // The volume and the experiment stand on their pages.
  await page.goto(`${visitor.server.origin}/volumes`);
  await page.locator("[data-volume]").getByRole("button", { name: "Browse" }).click();
  await page.getByText("images.npy").waitFor();
  await page.goto(`${visitor.server.origin}/experiments`);
  await page.getByRole("link", { name: "by hand" }).waitFor();
  await visitor.screenshot("journey-10-experiments");
});
