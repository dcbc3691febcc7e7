// Runs that one comes back to: links to a run, a task and an artifact; run again with other parameters; two compared;
// cloned into the editor; versions named, looked at and restored.
import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "../harness.mjs";
import { Canvas, RunPage } from "../pages.mjs";

const file = `apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: score}
parameters:
  - {name: right, type: Integer, default: 8}
  - {name: label, type: String, default: cat}
components:
  measure:
    name: measure
    inputs: [{name: right, type: Integer}]
    outputs: [{name: metrics, type: Metrics}, {name: matrix, type: ClassificationMetrics}]
    implementation:
      container:
        image: busybox
        command:
          - sh
          - -c
          - |
            printf '{"accuracy": 0.%s, "tests": 10}' "$1" > "$2"
            printf '{"confusionMatrix": {"annotationSpecs": [{"displayName": "cat"}, {"displayName": "dog"}], "rows": [{"row": [%s, 1]}, {"row": [2, 5]}]}}' "$1" > "$3"
          - sh
          - {inputValue: right}
          - {outputPath: metrics}
          - {outputPath: matrix}
  say:
    name: say
    inputs: [{name: metrics, type: Metrics}]
    outputs: [{name: text, type: Dataset}]
    implementation: {container: {image: busybox, command: [sh, -c, 'cp "$0" "$1"', {inputPath: metrics}, {outputPath: text}]}}
tasks:
  measure: {component: measure, arguments: {right: {parameter: right}}}
  say: {component: say, arguments: {metrics: {task: measure, output: metrics}}}
layout:
  tasks: {measure: {x: 0, y: 0}, say: {x: 320, y: 40}}
`;

/** What the clipboard holds. */
const copied = (/** @type {import("playwright-core").Page} */ page) => page.evaluate(() => navigator.clipboard.readText());

for (const colorScheme of /** @type {("light" | "dark")[]} */ (["light", "dark"])) {
  test(`a run is come back to, in ${colorScheme}`, { timeout: 180_000 }, async (t) => {
    const visitor = await visit(t, { colorScheme });
    const { page, server, context } = visitor;
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.origin });
    const post = (/** @type {string} */ path, /** @type {unknown} */ body) => server.request(path, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
    const { id } = await (await post("/api/pipelines", { text: file })).json();
    await page.goto(`${server.origin}/pipelines/${id}`);
    const canvas = new Canvas(visitor);
    await canvas.head("measure").waitFor();
    await page.getByTestId("run").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Experiment").fill("tuning");
    visitor.expectProblem(/409/);
    await page.getByTestId("start-run").click();
    await page.getByRole("button", { name: "Agree and run" }).click();
    await page.waitForURL(/\/runs\//);
    const run = new RunPage(visitor);
    assert.equal(await run.end(), "Succeeded");
    const first = new URL(page.url()).pathname;

    // Links: to the run, to a task's tab, to an artifact; each opens where it was copied.
    await page.getByRole("button", { name: "Copy a link to this run" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    assert.equal(await copied(page), server.origin + first);
    await run.open("measure", "Inputs");
    assert.match(page.url(), /\?task=measure&tab=inputs$/);
    await page.getByRole("button", { name: "Copy a link to measure" }).click();
    assert.equal(await copied(page), `${server.origin}${first}?task=measure&tab=inputs`);
    await page.goto(`${server.origin}/`);
    await page.goto(`${server.origin}${first}?task=measure&tab=inputs`);
    await page.getByTestId("task-name").filter({ hasText: "measure" }).waitFor();
    assert.equal(await page.getByRole("tab", { name: "Inputs" }).getAttribute("aria-selected"), "true");
    await page.getByRole("tab", { name: "Outputs" }).click();
    await page.getByRole("button", { name: "Copy a link to matrix" }).click();
    const artifact = await copied(page);
    assert.equal(artifact, `${server.origin}${first}?task=measure&output=matrix`);
    await page.goto(`${server.origin}/`);
    await page.goto(artifact);
    await page.locator('.viewer.linked[data-output="matrix"]').waitFor();
    await visitor.screenshot(`${colorScheme}-run-linked`);
    await run.node("say").locator(".head").click();
    await page.waitForURL(/\?task=say&tab=outputs$/);

    // Run again: the form holds what the run was given; one parameter is changed.
    await page.getByRole("button", { name: "Run again" }).click();
    assert.equal(await dialog.getByLabel("Experiment").inputValue(), "tuning");
    await dialog.getByRole("textbox", { name: "right" }).fill("9");
    await visitor.screenshot(`${colorScheme}-run-again`);
    await page.getByTestId("start-run").click();
    await page.waitForURL((url) => /\/runs\//.test(url.pathname) && url.pathname !== first);
    await run.state().filter({ hasText: "Succeeded" }).waitFor();
    await page.getByText("Run 2").first().waitFor();
    const second = new URL(page.url()).pathname;
    await page.getByRole("button", { name: "Compare" }).press("Enter");
    await page.getByRole("menuitem", { name: "the one before" }).press("Enter");
    await page.waitForURL((url) => url.pathname === `/compare/${first.split("/").at(-1)}/${second.split("/").at(-1)}`);
    await page.getByTestId("parameters").locator("tr.differs").waitFor();

    // The document goes on: a task goes.
    await page.goto(`${server.origin}/pipelines/${id}`);
    await canvas.head("say").click();
    await page.keyboard.press("Delete");
    await canvas.saved();
    await page.getByTestId("run").click();
    await page.getByTestId("start-run").click();
    await page.waitForURL(/\/runs\//);
    assert.equal(await run.end(), "Succeeded");

    // Two are compared.
    await page.goto(`${server.origin}/runs`);
    await page.getByRole("checkbox", { name: "Choose score 1" }).click();
    await page.getByRole("checkbox", { name: "Choose score 2" }).click();
    await page.getByRole("link", { name: "Compare" }).click();
    const section = (/** @type {string} */ name) => page.getByTestId(name);
    const cells = (/** @type {import("playwright-core").Locator} */ row) => row.locator("td").allTextContents();
    await section("parameters").locator("tr.differs").waitFor();
    assert.deepEqual(await cells(section("parameters").locator('[data-name="right"]')), ["right", "8", "9", "differs"]);
    assert.equal((await cells(section("parameters").locator('[data-name="label"]')))[3], "");
    assert.deepEqual(await cells(section("metrics").locator('[data-name="measure, metrics: accuracy"]')),
      ["measure, metrics: accuracy", "0.800", "0.900", "+0.100"]);
    assert.equal((await cells(section("metrics").locator('[data-name="measure, metrics: tests"]')))[3], "");
    assert.equal(await section("matrices").locator('[data-viewer="matrix"]').count(), 2);
    assert.match((await section("durations").locator('[data-task="say"]').textContent()) ?? "", /Succeeded.*Succeeded.* s/);
    await section("pipelines").getByTestId("no-difference").waitFor();
    await visitor.screenshot(`${colorScheme}-compare`);
    const pair = new URL(page.url()).pathname.split("/");
    await page.getByRole("link", { name: "Swap sides" }).click();
    await page.waitForURL(`**/compare/${pair[3]}/${pair[2]}`);
    await section("metrics").locator('[data-name="measure, metrics: accuracy"]').getByText("−0.100").waitFor();
    await page.goto(`${server.origin}/runs`);
    await page.getByRole("checkbox", { name: "Choose score 1" }).click();
    await page.getByRole("checkbox", { name: "Choose score 3" }).click();
    await page.getByRole("link", { name: "Compare" }).click();
    await section("pipelines").locator('.differences [data-standing="removed"]').waitFor();
    await section("pipelines").scrollIntoViewIfNeeded();
    await visitor.screenshot(`${colorScheme}-compare-pipelines`);

    // The first run is cloned: the pipeline changed since, so it asks.
    await page.goto(server.origin + first);
    await page.getByRole("button", { name: "Clone" }).click();
    await page.getByTestId("clone").locator('[data-standing="added"]').waitFor();
    await visitor.screenshot(`${colorScheme}-clone`);
    await page.getByRole("button", { name: "Make a new pipeline" }).click();
    await page.waitForURL((url) => url.pathname.startsWith("/pipelines/") && !url.pathname.endsWith(id));
    await canvas.head("measure").waitFor();
    assert.deepEqual((await canvas.tasks()).sort(), ["measure", "say"]);
    await page.getByText("score, run 1").first().waitFor();

    // Versions: now is named; the first run's is looked at, restored, and what was there is still a version.
    await page.goto(`${server.origin}/pipelines/${id}`);
    await canvas.head("measure").waitFor();
    assert.deepEqual(await canvas.tasks(), ["measure"]);
    await page.getByRole("button", { name: "Versions" }).click();
    await page.getByRole("button", { name: "Name the version of now" }).click();
    await dialog.getByLabel("Name").fill("one task");
    await page.keyboard.press("Enter");
    await page.locator('[data-version="one task"]').getByText("as it is now").waitFor();
    await page.locator('[data-version="Run 2"]').getByRole("link").click();
    await page.getByTestId("version").getByRole("heading", { name: "Run 2" }).waitFor();
    await page.getByTestId("version").locator('[data-standing="removed"]').waitFor();
    assert.deepEqual((await canvas.tasks()).sort(), ["measure", "say"]);
    await visitor.screenshot(`${colorScheme}-versions`);
    await page.getByRole("button", { name: "Restore" }).click();
    await page.waitForURL(`**/pipelines/${id}`);
    await canvas.head("measure").waitFor();
    assert.deepEqual((await canvas.tasks()).sort(), ["measure", "say"]);
    await page.getByRole("button", { name: "Versions" }).click();
    await page.locator('[data-version="one task"]').getByRole("link").click();
    await page.getByTestId("version").getByRole("heading", { name: "one task" }).waitFor();
    await page.getByRole("button", { name: "Restore" }).click();
    await page.waitForURL(`**/pipelines/${id}`);
    await canvas.head("measure").waitFor();
    assert.deepEqual(await canvas.tasks(), ["measure"]);
  });
}
