// Code on the canvas: the editor of Python, by real keys. Ports follow the signature and wires a renamed port; errors stand
// at their line; the keyboard gets in and out; and none of it is loaded before it is needed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "../harness.mjs";
import { Canvas } from "../pages.mjs";

const shout = `def shout(text: str, times: int = 2) -> str:
    """Says it loudly.

    And the rest of it.
    """
    return " ".join([text.upper()] * times)
`;

/** The code editor of the task that is open, once it is loaded. */
function code(/** @type {import("playwright-core").Page} */ page, label = "Python source") {
  return page.locator('.code-field[data-ready="true"]').getByLabel(label);
}

async function press(/** @type {import("playwright-core").Page} */ page, /** @type {string} */ key, times = 1) {
  for (let count = 0; count < times; count++) await page.keyboard.press(key);
}

/** Puts a block of the palette on the canvas and opens one tab of its inspector. */
async function block(/** @type {Canvas} */ canvas, /** @type {string} */ word, /** @type {string} */ tab, /** @type {{x: number, y: number}} */ place) {
  const { page, visitor } = canvas;
  const corner = await page.getByTestId("canvas").boundingBox();
  assert.ok(corner);
  await visitor.drag(await visitor.middle(page.locator(`[data-block="${word}"]`)), { x: corner.x + place.x, y: corner.y + place.y });
  await page.locator(".right").getByRole("tab", { name: tab, exact: true }).click();
}

test("ports and wires follow the code as it is typed", async (t) => {
  const canvas = await Canvas.empty(t);
  const { page, visitor } = canvas;
  const loaded = () => page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  assert.ok(!(await loaded()).some((name) => name.includes("/code-editor/")), "not loaded before it is needed");
  await block(canvas, "Python", "Task", { x: 120, y: 200 });
  await canvas.head("hello").waitFor();
  await block(canvas, "Python", "Code", { x: 520, y: 200 });
  await canvas.head("hello_2").waitFor();
  await code(page).click();
  assert.ok((await loaded()).some((name) => name.endsWith("/code-editor/editor.js")));
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(shout);
  await canvas.port("hello_2", "input", "times").waitFor();
  assert.deepEqual(await page.locator('[data-task="hello_2"] [data-side="input"]').evaluateAll((ports) => ports.map((port) => port.getAttribute("data-port"))), ["text", "times"]);
  await visitor.drag(await visitor.middle(canvas.port("hello", "output", "Output")), await visitor.middle(canvas.port("hello_2", "input", "text")));
  await canvas.hasWires(["hello.Output>hello_2.text"]);

  // Another name for the input, typed: the wire goes along, as one step.
  await canvas.head("hello_2").click();
  await page.locator(".right").getByRole("tab", { name: "Code", exact: true }).click();
  await code(page).click();
  await page.keyboard.press("Control+Home");
  await press(page, "ArrowRight", "def shout(".length);
  await press(page, "Shift+ArrowRight", "text".length);
  await page.keyboard.type("phrase");
  await canvas.hasWires(["hello.Output>hello_2.phrase"]);
  await visitor.screenshot("code-light");
  await page.getByRole("button", { name: "Undo" }).click();
  await canvas.hasWires(["hello.Output>hello_2.text"]);
  assert.match((await code(page).textContent()) ?? "", /def shout\(text: str/, "the text follows the undo");
  await page.getByRole("button", { name: "Redo" }).click();
  await canvas.hasWires(["hello.Output>hello_2.phrase"]);

  // The docstring's first line is the description.
  await page.locator(".right").getByRole("tab", { name: "Component", exact: true }).click();
  assert.equal(await page.getByLabel("Component description").inputValue(), "Says it loudly.");
});

test("errors stand at their line, and the ports stay", async (t) => {
  const canvas = await Canvas.empty(t);
  const { page, visitor } = canvas;
  await block(canvas, "Python", "Code", { x: 320, y: 200 });
  await code(page).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("\ndef broken(:\n");
  const problems = page.getByTestId("code-problems");
  await problems.locator(".line-problem").first().filter({ hasText: /^line 7/ }).waitFor();
  await page.locator(".cm-lint-marker-error").first().waitFor();
  await canvas.port("hello", "input", "name").waitFor();
  await visitor.screenshot("code-error");

  // An annotation that is no type: said at its line, and a press on it leads there.
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText("import pandas as pd\n\n\ndef load(table: pd.DataFrame) -> str:\n    return str(table)\n");
  const row = problems.locator(".line-problem").filter({ hasText: "DataFrame" });
  await row.waitFor();
  assert.match((await row.textContent()) ?? "", /^line 4.*InputPath/s);
  await row.click();
  await page.locator(".cm-activeLine", { hasText: "def load" }).waitFor();
});

test("the keyboard gets in and out of the code", async (t) => {
  const canvas = await Canvas.empty(t);
  const { page } = canvas;
  await block(canvas, "Python", "Code", { x: 320, y: 200 });
  await code(page).click();
  const inside = () => page.evaluate(() => document.activeElement?.className.includes("code-host"));
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Tab");
  assert.equal(await inside(), true, "Tab indents");
  assert.match((await page.locator(".cm-line").first().textContent()) ?? "", /^ {4}def/);
  await page.keyboard.press("Shift+Tab");
  assert.match((await page.locator(".cm-line").first().textContent()) ?? "", /^def/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  assert.equal(await inside(), false, "after Escape, Tab goes on");
  await page.keyboard.press("Shift+Tab");
  assert.equal(await inside(), true);
  // Letters typed here are not the canvas's keys.
  await page.keyboard.press("Control+End");
  await page.keyboard.type("a = 1  # lm/");
  assert.equal(await page.getByTestId("quick-add").count(), 0);
});

test("code in dark, and the previews", async (t) => {
  const visitor = await visit(t, { colorScheme: "dark" });
  const { page } = visitor;
  await page.locator('[data-pipeline="digits"] a').first().click();
  const canvas = new Canvas(visitor);
  await canvas.head("train").click();
  await page.locator(".right").getByRole("tab", { name: "Code", exact: true }).click();
  await code(page).waitFor();
  await visitor.screenshot("code-dark");
  await page.getByTestId("problem-count").click();
  await page.getByRole("tab", { name: "Workflow YAML" }).click();
  await page.getByTestId("workflow-preview").locator('[data-ready="true"]').waitFor();
  await page.getByTestId("workflow-preview").locator(".cm-line", { hasText: "kubectl create" }).first().waitFor();
  assert.equal(await page.getByLabel("Argo Workflow").getAttribute("aria-readonly"), "true");
  await visitor.screenshot("preview-dark");
});

test("a component is edited as its own file", async (t) => {
  const canvas = await Canvas.empty(t);
  const { page, visitor } = canvas;
  await block(canvas, "Container", "YAML", { x: 320, y: 200 });
  await code(page, "Component YAML").click();
  await page.locator(".cm-line", { hasText: "name: message" }).first().click();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.keyboard.insertText("- {name: times, type: Integer, default: 3} # how often");
  await canvas.port("step", "input", "times").waitFor();
  await page.locator(".cm-line", { hasText: "# how often" }).waitFor();
  await visitor.screenshot("component-yaml");
  // What cannot be read is told at its line and changes nothing.
  await page.keyboard.press("Enter");
  await page.keyboard.insertText("- {name: [");
  await page.getByTestId("component-problems").locator(".line-problem.error").first().waitFor();
  await page.locator(".cm-lint-marker-error").first().waitFor();
  await canvas.port("step", "input", "times").waitFor();
});

test("a component that differs from the palette's says what taking that would change, for one task or all", async (t) => {
  const canvas = await Canvas.empty(t);
  const { page } = canvas;
  await canvas.put("write_text", { x: 320, y: 160 });
  await canvas.head("write_text").click();
  await page.keyboard.press("Control+d");
  await canvas.head("write_text-2").waitFor();
  await page.locator(".right").getByRole("tab", { name: "Component", exact: true }).click();
  assert.equal(await page.getByTestId("outdated").count(), 0);
  await page.getByRole("button", { name: "Add an input" }).click();
  const notice = page.getByTestId("outdated");
  await notice.filter({ hasText: "input input goes" }).waitFor();
  await canvas.port("write_text", "input", "input").waitFor();
  await notice.getByRole("button", { name: "Take it for all 2" }).click();
  await notice.waitFor({ state: "detached" });
  await canvas.port("write_text", "input", "input").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await notice.getByRole("button", { name: "Take it here" }).click();
  await canvas.port("write_text-2", "input", "input").waitFor({ state: "detached" });
  await canvas.port("write_text", "input", "input").waitFor();
});
