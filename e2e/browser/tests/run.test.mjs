// A run as a person meets it: what fails and why, what is tried again, stopped, followed live and reloaded; what an
// artifact shows, and that it cannot reach the app; files of one's own and secrets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "../harness.mjs";
import { Canvas, RunPage } from "../pages.mjs";

const shell = (/** @type {string} */ script, /** @type {object} */ more = {}) => ({
  component: { name: "shell", ...more, implementation: { container: { image: "python:3.11-slim", command: ["sh", "-c", script] } } },
});

/** A pipeline of shell steps, made over the API, open in the editor. */
async function opened(/** @type {import("node:test").TestContext} */ t, /** @type {string} */ name, /** @type {Record<string, any>} */ steps, /** @type {object} */ more = {}) {
  const visitor = await visit(t);
  const components = Object.fromEntries(Object.entries(steps).map(([task, step]) => [task, { ...step.component, name: task }]));
  const tasks = Object.fromEntries(Object.entries(steps).map(([task, step]) => [task, { component: task, ...step.task }]));
  const document = { apiVersion: "dagwright.dev/v1", kind: "Pipeline", metadata: { name }, components, tasks, ...more };
  const answer = await visitor.server.request("/api/pipelines", {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ document }),
  });
  assert.ok(answer.ok, await answer.clone().text());
  const { id } = /** @type {any} */ (await answer.json());
  await visitor.page.goto(`${visitor.server.origin}/pipelines/${id}`);
  await new Canvas(visitor).head(Object.keys(steps)[0]).waitFor();
  return visitor;
}

test("a task that fails: its exit code, its log, and what came after it is skipped", async (t) => {
  const visitor = await opened(t, "fails", {
    breaks: shell("echo about to break; echo no such thing >&2; exit 7"),
    after: { ...shell("echo never"), task: { after: ["breaks"] } },
  });
  const run = await RunPage.start(visitor);
  assert.equal(await run.end(30_000), "Failed");
  await run.taskIs("breaks", /Failed/);
  await run.taskIs("after", /Skipped/);
  await run.open("breaks", "Overview");
  assert.equal(await visitor.page.getByTestId("exit-code").textContent(), "7");
  await run.open("breaks", "Logs");
  await run.logSays(/about to break/);
  await run.logSays(/no such thing/);
  await visitor.screenshot("run-failed");
});

test("a task that is tried again until it succeeds", async (t) => {
  const visitor = await visit(t);
  const { page } = visitor;
  await page.locator('[data-example="retry"]').click();
  await new Canvas(visitor).head("fetch").waitFor();
  const run = await RunPage.start(visitor, async (form) => {
    await form.getByLabel("failures", { exact: true }).click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("1");
  });
  assert.equal(await run.end(60_000), "Succeeded");
  await run.open("fetch", "Attempts");
  await page.getByRole("row").filter({ hasText: /^1.*Failed/ }).waitFor();
  await page.getByRole("row").filter({ hasText: /^2.*Succeeded/ }).waitFor();
  await run.open("tell", "Logs");
  await run.logSays(/delivered at attempt 2/);
});

test("a log is followed live, through a reload; Stop ends it within 5 s", async (t) => {
  const visitor = await opened(t, "long", { counts: shell("for i in $(seq 1 600); do echo line $i; sleep 0.2; done") });
  const { page } = visitor;
  const run = await RunPage.start(visitor);
  await run.taskIs("counts", /Running/);
  await run.open("counts", "Logs");
  await run.logSays(/line 5\b/);
  await page.reload();
  await run.open("counts", "Logs");
  await run.logSays(/line 1\b[\s\S]*line 15\b/);
  await visitor.screenshot("run-live-log");
  const asked = Date.now();
  await page.getByRole("button", { name: "Stop" }).click();
  assert.equal(await run.end(15_000), "Stopped");
  assert.ok(Date.now() - asked < 5_000, `ended ${Date.now() - asked} ms after Stop`);
  await run.taskIs("counts", /Stopped/);
});

test("eight tabs on a run, and everything still answers", async (t) => {
  const visitor = await opened(t, "tabs", { counts: shell("for i in $(seq 1 100); do echo line $i; sleep 0.2; done") });
  const run = await RunPage.start(visitor);
  const tabs = [];
  for (let tab = 0; tab < 8; tab++) {
    const page = await visitor.newPage();
    await page.goto(run.page.url());
    tabs.push(new RunPage(visitor, page));
  }
  for (const tab of tabs) await tab.taskIs("counts", /Running/);
  await run.page.getByRole("button", { name: "Stop" }).click();
  for (const tab of [run, ...tabs]) assert.equal(await tab.end(20_000), "Stopped");
});

test("artifacts are shown, and a page among them cannot reach the app", async (t) => {
  const visitor = await visit(t);
  const { page } = visitor;
  await page.locator('[data-example="quartet"]').click();
  await new Canvas(visitor).head("write_table").waitFor();
  const run = await RunPage.start(visitor);
  assert.equal(await run.end(60_000), "Succeeded");
  await run.open("write_table", "Outputs");
  const table = page.locator('[data-viewer="table"]');
  await table.waitFor();
  assert.deepEqual(await table.locator("th").allTextContents(), ["series", "x", "y"]);
  assert.equal(await table.locator("tbody tr").count(), 44);
  await run.open("statistics", "Outputs");
  await page.frameLocator('[data-viewer="markdown"]').getByRole("heading", { name: "The same numbers four times" }).waitFor();
  await page.locator('[data-viewer="metrics"]').filter({ hasText: "correlation I" }).waitFor();
  await run.open("draw", "Outputs");
  const image = page.locator('[data-viewer="image"]');
  await image.waitFor();
  await page.waitForFunction(() => /** @type {any} */ (document.querySelector('[data-viewer="image"]'))?.naturalWidth === 400);
  await page.frameLocator('[data-viewer="html"]').getByRole("heading").waitFor();
  await visitor.screenshot("run-artifacts");
  const frame = page.frames().find((frame) => frame.url().includes("/outputs/report"));
  assert.ok(frame, "the page stands in a frame of its own");
  const reach = await frame.evaluate(() => {
    const tried = (/** @type {() => unknown} */ what) => { try { return String(what()); } catch { return "refused"; } };
    return { origin: globalThis.origin, cookie: tried(() => document.cookie), app: tried(() => parent.document.title), storage: tried(() => localStorage.length) };
  });
  assert.deepEqual(reach, { origin: "null", cookie: "refused", app: "refused", storage: "refused" });
});

test("a file of one's own feeds an artifact input", async (t) => {
  const reads = {
    component: {
      inputs: [{ name: "table", type: "Dataset" }],
      implementation: { container: { image: "python:3.11-slim", command: ["cat", { inputPath: "table" }] } },
    },
  };
  const visitor = await opened(t, "own file", { reads });
  const { page } = visitor;
  await new Canvas(visitor).head("reads").click();
  await page.getByLabel("table file").setInputFiles({ name: "mine.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n1,2\n") });
  await page.locator('[data-artifact="table"] .chip').filter({ hasText: "mine.csv" }).waitFor();
  await new Canvas(visitor).hasNoProblems();
  const run = await RunPage.start(visitor);
  assert.equal(await run.end(30_000), "Succeeded");
  await run.open("reads", "Logs");
  await run.logSays(/a,b[\s\S]*1,2/);
});

test("a secret from the settings page reaches the task and is masked in its log", async (t) => {
  const visitor = await opened(t, "secret", {
    tells: { ...shell('echo "it is $PASSWORD, ${#PASSWORD} letters"'), task: { env: { PASSWORD: { secret: "store/password" } } } },
  });
  const { page } = visitor;
  const editor = page.url();
  await page.goto(`${visitor.server.origin}/settings`);
  await page.getByLabel("Secret name").fill("store");
  await page.getByLabel("Secret key").fill("password");
  await page.getByLabel("Secret value").fill("correct-horse-battery");
  await page.getByRole("button", { name: "Store" }).click();
  await page.locator('[data-secret="store/password"]').waitFor();
  assert.ok(!(await page.content()).includes("correct-horse-battery"), "a value never comes back");
  await visitor.screenshot("settings-secret");
  await page.goto(editor);
  await new Canvas(visitor).head("tells").waitFor();
  const run = await RunPage.start(visitor);
  assert.equal(await run.end(30_000), "Succeeded");
  await run.open("tells", "Logs");
  await run.logSays(/it is [^\n]*, 21 letters/);
  assert.ok(!((await page.getByTestId("log").textContent()) ?? "").includes("correct-horse-battery"));
});
