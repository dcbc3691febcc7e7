// What is dropped and pasted: components, Python, pipelines, packed or not, folders, onto the canvas and the start page; with real
// files of KFP's world.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { drop, folderOf } from "../drops.mjs";
import { visit } from "../harness.mjs";
import { Canvas } from "../pages.mjs";

const component = `name: Count words
inputs:
- {name: text, type: String}
outputs:
- {name: words, type: Integer}
implementation:
  container:
    image: debian:12-slim
    command: [sh, -c, 'echo "$0" | wc -w > "$1"', {inputValue: text}, {outputPath: words}]
`;
const functions = `from kfp import dsl
from kfp.dsl import Dataset, Input, Model, Output

def _helper(x):
    return x

@dsl.component
def prepare(rows: int, data: Output[Dataset]):
    """Makes rows."""

@dsl.component
def fit(data: Input[Dataset], model: Output[Model], rate: float = 0.1):
    """Fits a model."""
`;
const pipeline = `apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: dropped}
tasks:
  alpha: {component: say}
components:
  say:
    implementation:
      container: {image: debian:12-slim, command: [echo, hi]}
`;

test("dropped on the canvas: a component, Python that offers its functions, a packed pipeline", async (t) => {
  const canvas = await Canvas.empty(t);
  const { page, visitor } = canvas;
  const onto = '[data-testid="canvas"]';
  const file = await folderOf(t, {
    "component.yaml": component, "steps.py": functions, "pipeline.yaml.gz": gzipSync(pipeline),
    "workflow.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: x}\n",
    "parts/one/component.yaml": component, "parts/two.py": "def twice(text: str) -> str:\n    return text * 2\n",
    "parts/README.md": "nothing", "parts/broken.yaml": "a: [", "parts/.git/three.py": "def three(a: int): ...\n",
  });
  await drop(visitor, onto, [file("component.yaml")]);
  await canvas.head("Count words").waitFor();
  const head = await visitor.middle(canvas.head("Count words"));
  const corner = await page.getByTestId("canvas").boundingBox();
  assert.ok(corner && Math.abs(head.x - corner.x - 200 - 100) < 40 && Math.abs(head.y - corner.y - 160 - 20) < 40, "it stands where it was dropped");

  await drop(visitor, onto, [file("steps.py")], { x: 200, y: 320 });
  const dialog = page.getByRole("dialog", { name: "Choose what to add" });
  await dialog.waitFor();
  assert.deepEqual(await dialog.locator("[data-offer]").evaluateAll((all) => all.map((one) => one.getAttribute("data-offer"))), ["prepare", "fit"]);
  await visitor.screenshot("arrivals-choice");
  await dialog.locator('[data-offer="fit"]').click();
  await dialog.getByRole("button", { name: "Done" }).click();
  await canvas.head("fit").waitFor();
  await canvas.port("fit", "output", "model").waitFor();

  await drop(visitor, onto, [file("pipeline.yaml.gz")]);
  await canvas.head("alpha").waitFor();
  assert.equal((await canvas.tasks()).length, 3);
  await page.keyboard.press("Control+z");
  await canvas.head("alpha").waitFor({ state: "detached" });

  await drop(visitor, onto, [file("workflow.yaml")]);
  await page.locator(".toast", { hasText: "Argo Workflow" }).waitFor();

  // A folder: what is in it and below is offered, what is not ours is left out.
  await drop(visitor, onto, [file("parts")], { x: 480, y: 160 });
  await dialog.waitFor();
  assert.deepEqual((await dialog.locator("[data-offer]").evaluateAll((all) => all.map((one) => one.getAttribute("data-offer")))).sort(), ["Count words", "twice"]);
  await dialog.getByRole("button", { name: "Add all" }).click();
  await canvas.head("twice").waitFor();
  await page.locator(".toast", { hasText: "1 file of the folder could not be opened" }).waitFor();
});

test("pasted on the canvas: YAML of a component, and Python", async (t) => {
  const canvas = await Canvas.empty(t);
  const { page, visitor } = canvas;
  await visitor.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const paste = async (/** @type {string} */ text) => {
    await page.evaluate((words) => navigator.clipboard.writeText(words), text);
    await page.getByTestId("canvas").focus();
    await page.keyboard.press("Control+V");
  };
  await paste(component);
  await canvas.head("Count words").waitFor();
  await paste("def twice(text: str) -> str:\n    return text * 2\n");
  await canvas.head("twice").waitFor();
});

test("dropped on the start page: a pipeline, packed or not, and Python become pipelines", async (t) => {
  const visitor = await visit(t);
  const { page, server } = visitor;
  await page.getByRole("heading", { name: "Pipelines" }).waitFor();
  const file = await folderOf(t, { "p.yaml.gz": gzipSync(pipeline) });
  await drop(visitor, "main", [file("p.yaml.gz")]);
  await page.waitForURL(/\/pipelines\//);
  const canvas = new Canvas(visitor);
  await canvas.head("alpha").waitFor();
  await page.goto(server.origin);
  await page.getByRole("heading", { name: "Pipelines" }).waitFor();
  await page.locator('input[type="file"]').setInputFiles({ name: "steps.py", mimeType: "text/x-python", buffer: Buffer.from(functions) });
  await page.waitForURL(/\/pipelines\//);
  await canvas.head("prepare").waitFor();
  await canvas.head("fit").waitFor();
});

// A collection of KFP's components, where DAGWRIGHT_COMPONENTS names its folder; it is no part of this checkout.
const corpus = process.env.DAGWRIGHT_COMPONENTS;
if (corpus) test("every component of a collection opens", { timeout: 300_000 }, async (t) => {
  const canvas = await Canvas.empty(t);
  const files = (await readdir(corpus, { recursive: true })).filter((name) => /\.ya?ml$/.test(name));
  await drop(canvas.visitor, '[data-testid="canvas"]', [corpus]);
  const dialog = canvas.page.getByRole("dialog", { name: "Choose what to add" });
  await dialog.waitFor();
  assert.equal(await dialog.locator("[data-offer]").count(), files.length, (await canvas.page.locator(".toast").allTextContents()).join("\n"));
});
