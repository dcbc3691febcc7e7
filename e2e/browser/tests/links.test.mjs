// Links, by real mouse and keyboard: copied, opened read-only, made one's own; damaged ones; pasted ones; a link to a task; and
// the app as plain static files, which opens a link, edits, checks and exports with no server at all.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { atEnd, visit, visitAs } from "../harness.mjs";
import { Canvas } from "../pages.mjs";
import { repository } from "../server.mjs";

/** A browser that may use the clipboard, with the digits pipeline open. */
async function digits(/** @type {import("node:test").TestContext} */ t, options = {}) {
  const visitor = await visit(t, options);
  await visitor.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await visitor.page.locator('[data-pipeline="digits"] a').first().click();
  const canvas = new Canvas(visitor);
  await canvas.head("train").waitFor();
  return { visitor, page: visitor.page, canvas };
}

/** Opens the share dialog, copies the link and closes it again. */
async function copyLink(/** @type {import("playwright-core").Page} */ page) {
  await page.getByTestId("share").click();
  await page.getByTestId("copy-link").click();
  await page.getByTestId("copy-link").filter({ hasText: "Copied" }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await page.keyboard.press("Escape");
  return link;
}

test("a link is copied, opened read-only, and made one's own", async (t) => {
  const { visitor, page, canvas } = await digits(t);
  await page.getByTestId("share").click();
  await page.getByTestId("export-text").locator('[data-ready="true"]').waitFor();
  await visitor.screenshot("share-light");
  await page.keyboard.press("Escape");
  const link = await copyLink(page);
  assert.ok(link.startsWith(`${visitor.server.origin}/#pipeline=`), link.slice(0, 80));
  const wires = await canvas.wires();

  // Somebody else opens it: nothing is sent, nothing is run, nothing can be changed.
  const other = await visitAs(t, visitor.server);
  const theirs = await other.newPage();
  await theirs.goto(visitor.server.signInUrl);
  /** @type {string[]} */
  const sent = [];
  theirs.on("request", (request) => {
    if (request.url().includes("/api/")) sent.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  await theirs.goto("about:blank");
  await theirs.goto(link);
  const copy = new Canvas(Object.assign(other, { page: theirs }));
  await copy.head("train").waitFor();
  await copy.hasWires(wires);
  assert.match((await theirs.getByTestId("read-only").textContent()) ?? "", /Read only/);
  await copy.head("train").click();
  assert.equal(await theirs.getByLabel("Task name").isDisabled(), true);
  await theirs.keyboard.press("Delete");
  assert.equal((await copy.tasks()).length, 3);
  await theirs.getByRole("tab", { name: "Code" }).click();
  await theirs.locator('.code-field[data-ready="true"]').waitFor();
  assert.equal(await theirs.getByLabel("Python source").getAttribute("aria-readonly"), "true");
  await other.screenshot("link-light", theirs);
  assert.deepEqual(sent.filter((request) => !["GET /api/server", "GET /api/events"].includes(request)), [], "opening fetches nothing");

  await theirs.getByTestId("make-mine").click();
  await theirs.waitForURL(/\/pipelines\//);
  await copy.head("train").waitFor();
  await copy.hasWires(wires);
  // The first run of somebody else's pipeline says what it is and asks.
  other.expectProblem(/status of 409/);
  await theirs.getByTestId("run").click();
  await theirs.getByTestId("start-run").click();
  const question = theirs.getByTestId("confirm");
  await question.waitFor();
  const words = (await question.textContent()) ?? "";
  for (const named of [/Python code/, /image python:3\.11-slim/, /packages: .*scikit-learn/, /volumes: digits-data/]) assert.match(words, named);
  await other.screenshot("link-first-run", theirs);
});

test("a damaged link says so and leaves what is open as it was", async (t) => {
  const { page, canvas } = await digits(t, { colorScheme: "dark" });
  const link = await copyLink(page);
  const problem = page.getByTestId("link-problem");
  await page.goto("about:blank");
  await page.goto(link.slice(0, -40));
  await problem.filter({ hasText: /cut/ }).waitFor();
  await page.goto(link);
  await canvas.head("train").waitFor();
  await problem.waitFor({ state: "detached" });
  const middle = link.length - 200;
  const flipped = link.slice(0, middle) + (link[middle] === "A" ? "B" : "A") + link.slice(middle + 1);
  await page.goto(flipped);
  await problem.filter({ hasText: /damaged/ }).waitFor();
  assert.equal((await canvas.tasks()).length, 3, "what was open is still there");
  await canvas.visitor.screenshot("link-damaged-dark");
});

test("links are pasted into Home and onto the canvas, whatever their host", async (t) => {
  const { page, canvas, visitor } = await digits(t);
  const link = (await copyLink(page)).replace(visitor.server.origin, "https://elsewhere.example.org");
  const paste = async (/** @type {string} */ text) => {
    await page.evaluate((words) => navigator.clipboard.writeText(words), text);
    await page.keyboard.press("Control+V");
  };
  // Onto the canvas: a damaged one first, which is told.
  await canvas.head("train").click();
  await paste(link.slice(0, -30));
  await page.locator(".toast", { hasText: /cut/ }).waitFor();
  assert.match(page.url(), /\/pipelines\//);
  await canvas.head("train").click();
  await paste(link);
  await page.getByTestId("read-only").waitFor();
  await canvas.head("train").waitFor();
  await page.goto(`${visitor.server.origin}/settings`);
  await page.goto(visitor.server.origin);
  await page.getByRole("heading", { name: "Pipelines" }).waitFor();
  await paste(`See this: ${link}`.slice("See this: ".length));
  await page.getByTestId("read-only").waitFor();
  await canvas.head("predict").waitFor();
});

test("a long pipeline gets a short link, and a link leads to a task", async (t) => {
  const { page, canvas, visitor } = await digits(t);
  await canvas.head("train").click();
  await page.locator(".right").getByRole("tab", { name: "Code", exact: true }).click();
  await page.locator('.code-field[data-ready="true"]').getByLabel("Python source").click();
  await page.keyboard.press("Control+End");
  let noise = "";
  for (let at = 1; noise.length < 60_000; at++) noise += `# ${((at * 2654435761) % 4294967296).toString(36)}${((at * 40503) % 65536).toString(36)}\n`;
  await page.keyboard.insertText(`\n${noise}`);
  await canvas.saved();
  await page.waitForTimeout(900);
  await canvas.saved();
  await page.getByTestId("share").click();
  const words = page.getByTestId("link-words");
  await words.filter({ hasText: /at most 32768/ }).waitFor();
  await page.getByTestId("short-link").click();
  await page.getByTestId("copy-link").click();
  await page.getByTestId("copy-link").filter({ hasText: "Copied" }).waitFor();
  const short = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(short, /\/#shared=[\w-]{22}$/);
  await page.keyboard.press("Escape");
  await page.goto("about:blank");
  await page.goto(`${short}&task=predict`);
  await page.getByTestId("read-only").waitFor();
  await page.getByTestId("inspector-title").filter({ hasText: "predict" }).waitFor();

  // The menu's own link to a task, of a stored pipeline.
  await page.goto(visitor.server.origin);
  await page.locator('[data-pipeline="digits"] a').first().click();
  await canvas.head("print_prediction").click({ button: "right" });
  await page.getByRole("menuitem", { name: "Copy a link to it" }).click();
  await page.locator(".toast", { hasText: "clipboard" }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(link, /\/pipelines\/.*\?task=print_prediction$/);
  await page.goto("about:blank");
  await page.goto(link);
  await page.getByTestId("inspector-title").filter({ hasText: "print_prediction" }).waitFor();
});

test("a link with a component missing opens all the same", async (t) => {
  const { page, visitor } = await digits(t);
  const text = "apiVersion: dagwright.dev/v1\nkind: Pipeline\nmetadata: {name: gone}\ntasks:\n  lost:\n    component: not-here\n    arguments: {rows: {value: 3}}\n";
  const answer = await visitor.server.request("/api/links", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text }) });
  const { link } = await answer.json();
  await page.goto(link);
  const canvas = new Canvas(visitor);
  await canvas.head("lost").waitFor();
  await page.getByTestId("make-mine").click();
  await page.waitForURL(/\/pipelines\//);
  await canvas.head("lost").waitFor();
});

/** The built app as plain files, with nothing behind them. */
async function staticFiles(/** @type {import("node:test").TestContext} */ t) {
  const folder = path.join(repository, "frontend/dist");
  const kinds = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml", wasm: "application/wasm" };
  const server = createServer(async (request, response) => {
    const where = new URL(request.url ?? "/", "http://localhost").pathname;
    const file = path.join(folder, where === "/" ? "index.html" : where);
    try {
      if (!file.startsWith(folder)) throw new Error("outside");
      const content = await readFile(file);
      response.writeHead(200, { "content-type": kinds[/** @type {keyof typeof kinds} */ (path.extname(file).slice(1))] ?? "application/octet-stream" });
      response.end(content);
    } catch {
      response.writeHead(404).end("not found");
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  atEnd(t, () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => resolve(undefined)); }));
  const address = server.address();
  assert.ok(address && typeof address === "object");
  return `http://127.0.0.1:${address.port}`;
}

test("as plain files, with no server, a link opens, is edited, checked and exported", async (t) => {
  const { page, visitor } = await digits(t);
  const link = await copyLink(page);
  const origin = await staticFiles(t);
  visitor.expectProblem(/status of 404/);
  const here = link.replace(visitor.server.origin, origin);
  await page.goto(here);
  const canvas = new Canvas(visitor);
  await canvas.head("train").waitFor();
  await page.getByTestId("make-mine").filter({ hasText: "Edit it here" }).click();
  await page.getByTestId("read-only").filter({ hasText: "this browser" }).waitFor();
  // Edited: a wire deleted is a problem, undone it is none.
  await canvas.head("train").click();
  await page.getByLabel("Task name").fill("learn");
  await page.keyboard.press("Enter");
  await canvas.head("learn").waitFor();
  await canvas.head("learn").click();
  await page.keyboard.press("Delete");
  await page.getByTestId("problem-count").filter({ hasText: /error/ }).waitFor();
  await page.keyboard.press("Control+z");
  await canvas.hasNoProblems();
  await visitor.screenshot("static-light");
  // Exported: the file, the Workflow, and a link of its own.
  await page.getByTestId("share").click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("download").click()]);
  assert.match(await readFile(await download.path(), "utf8"), /^ {2}learn:$/m);
  await page.getByRole("tab", { name: "Argo Workflow" }).click();
  const [workflow] = await Promise.all([page.waitForEvent("download"), page.getByTestId("download").click()]);
  assert.match(await readFile(await workflow.path(), "utf8"), /kind: Workflow/);
  await page.keyboard.press("Escape");
  // What was edited is there again after a reload.
  await page.waitForTimeout(500);
  await page.goto("about:blank");
  await page.goto(here);
  await page.getByTestId("make-mine").click();
  await canvas.head("learn").waitFor();
});
