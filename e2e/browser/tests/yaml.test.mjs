// The pipeline's YAML beside the canvas, live in both directions, by real keys: an edit on the canvas changes only the lines
// it must, an edit of the text moves the canvas and is undone there, and a text that cannot be read changes nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "../harness.mjs";
import { Canvas } from "../pages.mjs";

const written = `# Two greetings, by hand.
apiVersion: dagwright.dev/v1
kind: Pipeline
metadata:
  name: greetings # as people call it
tasks:
  # The first one.
  one:
    component: say
    arguments:
      word: {value: hello} # to whom it may concern
  two:
    component: say
    after: [one]
components:
  say:
    implementation:
      container:
        image: python:3.11-slim
        command: [echo, {inputValue: word}]
    inputs:
    - {name: word, type: String, default: nobody}
layout:
  tasks:
    one: [80, 80]
    two: [400, 80]
`;

/** The pipeline above, stored and open in the editor with its YAML. */
async function open(/** @type {import("node:test").TestContext} */ t, options = {}) {
  const visitor = await visit(t, options);
  const { page, server } = visitor;
  const answer = await server.request("/api/pipelines", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text: written }) });
  const { id } = await answer.json();
  await page.goto(`${server.origin}/pipelines/${id}`);
  const canvas = new Canvas(visitor);
  await canvas.head("one").waitFor();
  await page.getByTestId("yaml").click();
  const code = page.locator('[data-testid="yaml-panel"] .code-field[data-ready="true"]').getByLabel("Pipeline YAML");
  await code.waitFor();
  const stored = async () => (await server.request(`/api/pipelines/${id}/file`)).text();
  return { visitor, page, canvas, code, stored };
}

/** Puts the caret at the end of the line that holds these words, as found by the editor's own search. */
async function caretAfter(/** @type {import("playwright-core").Page} */ page, /** @type {string} */ words) {
  await page.locator(".yaml-panel .cm-line", { hasText: words }).first().click();
  await page.keyboard.press("End");
}

/** The lines that differ between two texts. */
function changed(/** @type {string} */ before, /** @type {string} */ after) {
  const [old, now] = [before.split("\n"), after.split("\n")];
  return { gone: old.filter((line) => !now.includes(line)), come: now.filter((line) => !old.includes(line)) };
}

test("an edit on the canvas changes only its lines of the text", async (t) => {
  const { visitor, page, canvas, stored } = await open(t);
  await visitor.screenshot("yaml-light");
  const from = await visitor.middle(canvas.head("two"));
  await visitor.drag(from, { x: from.x + 32, y: from.y + 160 });
  await page.locator(".yaml-panel .cm-line", { hasText: /two: \[4[0-9]+, 2[0-9]+\]/ }).waitFor();
  await canvas.saved();
  const { gone, come } = changed(written, await stored());
  assert.deepEqual(gone, ["    two: [400, 80]"]);
  assert.equal(come.length, 1);
});

test("an edit of the text moves the canvas, is undone there, and keeps comments", async (t) => {
  const { page, canvas, stored } = await open(t);
  // A third task, typed with its comment: it stands on the canvas.
  await caretAfter(page, "after: [one]");
  await page.keyboard.press("Enter");
  await page.keyboard.type("timeout: 5m # enough");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Home");
  await page.keyboard.insertText("  three: # typed\n    component: say\n    after: [two]");
  await canvas.head("three").waitFor();
  await canvas.hasWires(["one>two", "two>three"]);
  await canvas.saved();
  assert.match(await stored(), /timeout: 5m # enough\n {2}three: # typed\n/);
  await page.getByRole("button", { name: "Undo" }).click();
  await canvas.head("three").waitFor({ state: "detached" });
  await page.locator(".yaml-panel .cm-line", { hasText: "three" }).waitFor({ state: "detached" });

  // A comment alone is saved too.
  await caretAfter(page, "# The first one.");
  await page.keyboard.type(" Indeed.");
  await page.waitForTimeout(700);
  await canvas.saved();
  assert.match(await stored(), /# The first one\. Indeed\./);

  // A task renamed by text; undone on the canvas, the text follows.
  await page.locator(".yaml-panel .cm-line", { hasText: /^ {2}two:$/ }).click();
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+End");
  await page.keyboard.type("second:");
  await canvas.head("second").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await canvas.head("two").waitFor();
  await page.locator(".yaml-panel .cm-line", { hasText: /^ {2}two:$/ }).waitFor();
  await canvas.saved();
  assert.match(await stored(), /# to whom it may concern/);
});

test("a text that cannot be read keeps the canvas and says where", async (t) => {
  const { visitor, page, canvas, stored } = await open(t, { colorScheme: "dark" });
  await caretAfter(page, "component: say");
  await page.keyboard.press("Enter");
  await page.keyboard.type("arguments: [unclosed");
  const broken = page.getByTestId("yaml-broken");
  await broken.waitFor();
  assert.match((await broken.textContent()) ?? "", /Line \d+/);
  await page.locator(".yaml-panel .cm-lint-marker-error").first().waitFor();
  await visitor.screenshot("yaml-broken-dark");
  assert.deepEqual((await canvas.tasks()).sort(), ["one", "two"]);

  // The canvas goes on meanwhile; once the text can be read again, both are there.
  const from = await visitor.middle(canvas.head("two"));
  await visitor.drag(from, { x: from.x, y: from.y + 160 });
  await canvas.saved();
  await page.locator(".yaml-panel .cm-line", { hasText: "unclosed" }).click();
  await page.keyboard.press("End");
  await page.keyboard.press("Shift+Home");
  await page.keyboard.type("cache: false # no");
  await broken.waitFor({ state: "detached" });
  await canvas.saved();
  const text = await stored();
  assert.match(text, /cache: false # no/);
  assert.match(text, /two: \[400, 2[0-9]+\]/);
  assert.match(text, /# Two greetings, by hand\./);
});
