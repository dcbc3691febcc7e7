// A run as a person meets it: what fails and why, what is tried again, stopped, followed live and reloaded; what an
// artifact shows, and that it cannot reach the app; files of one's own and secrets.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { visit } from "../harness.mjs";
import { Canvas, RunPage } from "../pages.mjs";

const shell = (/** @type {string} */ script, /** @type {object} */ more = {}) => ({
  component: { name: "shell", ...more, implementation: { container: { image: "python:3.11-slim", command: ["sh", "-c", script] } } },
});

/** A pipeline of shell steps, made over the API, open in the editor. */
async function opened(/** @type {import("node:test").TestContext} */ t, /** @type {string} */ name, /** @type {Record<string, any>} */ steps, /** @type {object} */ more = {}, /** @type {string[]} */ flags = []) {
  const visitor = await visit(t, { flags });
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
  // The bar shows each task's end in its own colour.
  assert.equal(await visitor.page.getByTestId("progress").textContent(), "0 of 2 tasks, 1 failed, 1 skipped");
  const bar = await visitor.page.locator(".progress i").evaluateAll((parts) => parts.map((part) => [part.className, /** @type {HTMLElement} */ (part).style.width]));
  assert.deepEqual(bar.filter(([, width]) => width !== "0%"), [["s-failed", "50%"], ["s-skipped", "50%"]]);
  // What the sandbox means is short here; what else was tried stands in the settings.
  await visitor.page.getByRole("button", { name: "Back to the run" }).click();
  const meaning = (await visitor.page.getByTestId("sandbox-meaning").textContent()) ?? "";
  assert.ok(meaning.length > 40 && !/docker|podman/i.test(meaning), meaning);
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

test("a log that never ends is cut at its limit, and says so", async (t) => {
  const visitor = await opened(t, "chatty", { talks: shell("yes all work and no play | head -c 300000; sleep 3; yes once more | head -c 300000") }, {}, ["--log-limit", "10000"]);
  const run = await RunPage.start(visitor);
  assert.equal(await run.end(30_000), "Succeeded");
  await run.open("talks", "Logs");
  await run.logSays(/all work and no play[\s\S]*the log is cut here, at its limit of 10000 bytes[\s\S]*--log-limit/);
  const id = new URL(visitor.page.url()).pathname.split("/").pop();
  const log = await (await visitor.server.request(`/api/runs/${id}/tasks/talks/attempts/1/log?download=1`)).text();
  assert.ok(log.length < 11_000 && !log.includes("once more"), `${log.length} characters`);
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

test("the run form takes a file, a folder and an s3:// key", async (t) => {
  const reads = {
    component: {
      inputs: [{ name: "table", type: "Dataset" }],
      outputs: [{ name: "copy", type: "Dataset" }],
      implementation: {
        container: {
          image: "python:3.11-slim",
          command: ["sh", "-c", 'cd "$0" 2>/dev/null && find . -type f | sort || cat "$0"; mkdir -p "$(dirname "$1")"; cp -r "$0" "$1"', { inputPath: "table" }, { outputPath: "copy" }],
        },
      },
    },
    task: { arguments: { table: { parameter: "data" } } },
  };
  const visitor = await opened(t, "from the form", { reads }, { parameters: [{ name: "data", type: "Dataset" }] });
  const { page, server } = { page: visitor.page, server: visitor.server };
  const editor = page.url();
  const chip = (/** @type {import("playwright-core").Locator} */ form, /** @type {string} */ words) => form.locator('[data-artifact="data"] .chip').filter({ hasText: words }).waitFor();

  // Without data the form says so instead of starting.
  visitor.expectProblem(/422|400/);
  await page.getByTestId("run").click();
  const form = page.getByRole("dialog");
  await page.getByTestId("start-run").click();
  await form.getByText(/data/).filter({ hasText: /value/ }).first().waitFor();
  await page.keyboard.press("Escape");

  // A file, chosen by the button's own file chooser.
  const byFile = await RunPage.start(visitor, async (form) => {
    const asked = page.waitForEvent("filechooser");
    await form.getByRole("button", { name: "File", exact: true }).click();
    await (await asked).setFiles({ name: "mine.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n1,2\n") });
    await chip(form, "mine.csv");
    await visitor.screenshot("run-form-file");
  });
  assert.equal(await byFile.end(30_000), "Succeeded");
  await byFile.open("reads", "Logs");
  await byFile.logSays(/a,b[\s\S]*1,2/);
  const id = new URL(page.url()).pathname.split("/").pop();
  const detail = /** @type {any} */ (await (await server.request(`/api/runs/${id}`)).json());
  const { bucket } = /** @type {any} */ (await (await server.request("/api/server")).json());
  const stored = `s3://${bucket}/${detail.state.tasks.reads.outputs.copy.key}`;

  // A folder with a folder in it, taken off again once, then chosen.
  const folder = await mkdtemp(path.join(tmpdir(), "dagwright-folder-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(path.join(folder, "inner"));
  await writeFile(path.join(folder, "one.txt"), "1\n");
  await writeFile(path.join(folder, "inner", "two.txt"), "2\n");
  await page.goto(editor);
  await new Canvas(visitor).head("reads").waitFor();
  const byFolder = await RunPage.start(visitor, async (form) => {
    await form.getByLabel("data folder").setInputFiles(folder);
    await chip(form, path.basename(folder));
    await form.locator('[data-artifact="data"]').getByRole("button", { name: "Remove" }).click();
    await form.getByLabel("data folder").setInputFiles(folder);
    await chip(form, path.basename(folder));
  });
  assert.equal(await byFolder.end(30_000), "Succeeded");
  await byFolder.open("reads", "Logs");
  await byFolder.logSays(/\.\/inner\/two\.txt[\s\S]*\.\/one\.txt/);
  await byFolder.open("reads", "Outputs");
  await byFolder.output("copy").locator('[data-viewer="folder"] tr').nth(1).waitFor();

  // A key: what is none is refused in the field; then the first run's output.
  await page.goto(editor);
  await new Canvas(visitor).head("reads").waitFor();
  const byKey = await RunPage.start(visitor, async (form) => {
    const field = form.getByLabel("data", { exact: true });
    await field.click();
    await page.keyboard.type("just/a/path");
    await page.keyboard.press("Enter");
    await form.getByRole("alert").filter({ hasText: "s3://bucket/key" }).waitFor();
    await page.keyboard.press("Control+a");
    await page.keyboard.type(stored);
    await page.keyboard.press("Enter");
    await chip(form, stored);
    await visitor.screenshot("run-form-key");
  });
  assert.equal(await byKey.end(30_000), "Succeeded");
  await byKey.open("reads", "Logs");
  await byKey.logSays(/a,b[\s\S]*1,2/);
});

test("a long table is paged, and its head stays", async (t) => {
  const writes = {
    component: {
      outputs: [{ name: "rows", type: "Dataset" }],
      implementation: {
        container: {
          image: "python:3.11-slim",
          command: ["sh", "-c", 'mkdir -p "$(dirname "$0")"; { echo n,square,words; for i in $(seq 1 120); do echo "$i,$((i*i)),\\"row, $i\\""; done; } > "$0"', { outputPath: "rows" }],
        },
      },
    },
  };
  const visitor = await opened(t, "long table", { writes });
  const { page } = visitor;
  const run = await RunPage.start(visitor);
  assert.equal(await run.end(30_000), "Succeeded");
  await run.open("writes", "Outputs");
  const table = page.locator('[data-viewer="table"]');
  const cell = (/** @type {string} */ text) => table.getByRole("cell", { name: text, exact: true }).waitFor();
  const range = (/** @type {string} */ words) => page.locator(".pager").getByText(words, { exact: true }).waitFor();
  const [on, back] = [page.getByRole("button", { name: "Next rows" }), page.getByRole("button", { name: "Previous rows" })];
  await cell("row, 1");
  await range("rows 1 to 50 of 120");
  assert.equal(await table.locator("tbody tr").count(), 50);
  assert.ok(await back.isDisabled());
  await on.click();
  await cell("row, 51");
  await range("rows 51 to 100 of 120");
  // A page begins at its top, under the same head; by keyboard too.
  assert.equal(await page.locator(".grid-scroll").evaluate((box) => box.scrollTop), 0);
  assert.deepEqual(await table.locator("th").allTextContents(), ["n", "square", "words"]);
  await on.focus();
  await page.keyboard.press("Enter");
  await range("rows 101 to 120 of 120");
  assert.equal(await table.locator("tbody tr").count(), 20);
  assert.ok(await on.isDisabled());
  await visitor.screenshot("run-table-page");
  await page.locator(".grid-scroll").hover();
  await page.mouse.wheel(0, 5_000);
  const heads = await table.locator("th").first().boundingBox();
  const box = await page.locator(".grid-scroll").boundingBox();
  assert.ok(heads && box && Math.abs(heads.y - box.y) < 4, "the head stays in view while rows are scrolled");
  await back.click();
  await range("rows 51 to 100 of 120");
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
  await page.getByLabel("Secret value").fill("abc");
  await page.getByTestId("secret-short").filter({ hasText: "will not be masked" }).waitFor();
  await page.getByLabel("Secret value").fill("correct-horse-battery");
  await page.getByTestId("secret-short").waitFor({ state: "detached" });
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
