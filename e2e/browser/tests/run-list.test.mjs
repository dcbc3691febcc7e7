// The list of runs as a person uses it: filtered by mouse, searched by keyboard, the address sent on, sorted, paged,
// renamed, moved to an experiment, deleted with its artifacts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { visit, visitAs } from "../harness.mjs";

const document = (/** @type {string} */ name, /** @type {number} */ code) => `apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: ${name}}
components:
  write:
    name: write
    outputs: [{name: text, type: Dataset}]
    implementation:
      container: {image: busybox, command: [sh, -c, 'printf 12345 > "$1"; exit ${code}', sh, {outputPath: text}]}
tasks:
  write: {component: write}
`;

/** Asks the server as the command line does. */
async function ask(/** @type {import("../server.mjs").Server} */ server, /** @type {string} */ method, /** @type {string} */ path, /** @type {unknown} */ body = undefined) {
  const answer = await server.request(path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${await answer.clone().text()}`);
  return answer.status === 204 ? undefined : answer.json();
}

/** Runs a pipeline of this name so many times and waits for the end of all. */
async function runs(/** @type {import("../server.mjs").Server} */ server, /** @type {string} */ name, code = 0, count = 1, experiment = "") {
  const stored = await ask(server, "POST", "/api/pipelines", { text: document(name, code) });
  for (let run = 0; run < count; run++) {
    await ask(server, "POST", "/api/runs", { pipeline: stored.id, revision: stored.revision, experiment, confirmed: ["foreign", "host"] });
  }
  for (let tries = 0; tries < 300; tries++) {
    const { total } = await ask(server, "GET", `/api/runs?pipeline=${stored.id}&state=waiting,running,stopping`);
    if (total === 0) return stored.id;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the runs of ${name} do not end`);
}

for (const colorScheme of /** @type {("light" | "dark")[]} */ (["light", "dark"])) {
  test(`runs are found again, in ${colorScheme}`, { timeout: 180_000 }, async (t) => {
    const visitor = await visit(t, { colorScheme });
    const { page, server } = visitor;
    await page.goto(`${server.origin}/runs`);
    await page.getByText("No run yet").waitFor();
    await visitor.screenshot(`${colorScheme}-runs-none`);
    await runs(server, "churn", 0, 3, "weekly");
    const scans = await runs(server, "scans", 3, 2);
    await runs(server, "digits", 0, 51, "baseline");
    const rows = page.locator("tr[data-run]");
    const shows = (/** @type {number} */ count) => page.waitForFunction((count) => document.querySelectorAll("tr[data-run]").length === count, count);
    const names = () => page.locator("tr[data-run] a").allTextContents();

    // The list comes by itself, a page of fifty; nothing jumps while it does.
    await shows(50);
    await page.evaluate(() => {
      const shifts = /** @type {any} */ (globalThis);
      shifts.__shift = 0;
      new PerformanceObserver((list) => {
        for (const entry of /** @type {any[]} */ (list.getEntries())) if (!entry.hadRecentInput) shifts.__shift += entry.value;
      }).observe({ type: "layout-shift", buffered: true });
    });
    assert.equal((await page.getByTestId("run-count").textContent())?.trim(), "56 runs");
    await visitor.screenshot(`${colorScheme}-runs-all`);
    await page.getByRole("button", { name: "Next page" }).click();
    await shows(6);
    assert.match(page.url(), /before=/);
    await page.goBack();
    await shows(50);

    // State and pipeline by mouse, words by keyboard; the address says it all and can be sent on.
    await page.getByRole("radio", { name: "Failed" }).click();
    await shows(2);
    assert.deepEqual([...new Set(await names())], ["scans"]);
    await page.getByRole("radio", { name: "All" }).click();
    await shows(50);
    await page.getByLabel("Experiment").focus();
    await page.getByLabel("Experiment").selectOption("weekly");
    await shows(3);
    await page.getByRole("heading", { name: "Runs" }).click();
    await page.keyboard.press("/");
    await page.keyboard.type("CHURN 2");
    await shows(1);
    assert.match(page.url(), /experiment=weekly&text=CHURN%202$/);
    await visitor.screenshot(`${colorScheme}-runs-filtered`);
    const other = await visitAs(t, server, { colorScheme });
    other.page = await other.newPage();
    await other.page.goto(server.signInUrl);
    await other.page.goto(page.url());
    await other.page.locator("tr[data-run]").waitFor();
    assert.equal(await other.page.getByLabel("Experiment").inputValue(), "weekly");
    assert.equal(await other.page.getByLabel("Search pipelines and runs").inputValue(), "CHURN 2");
    await page.keyboard.type(" nowhere");
    await page.getByText("No run says “CHURN 2 nowhere”").waitFor();
    await visitor.screenshot(`${colorScheme}-runs-none-found`);
    await page.getByRole("button", { name: "Show all runs" }).click();
    await shows(50);
    await page.getByLabel("Pipeline", { exact: true }).selectOption(scans);
    await shows(2);
    await page.getByRole("button", { name: "Clear" }).click();
    await shows(50);

    // The heads sort.
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.locator("th[aria-sort=ascending]").waitFor();
    await rows.first().filter({ hasText: "churn" }).waitFor();
    assert.match(page.url(), /sort=name$/);
    await page.getByRole("button", { name: "Size" }).click();
    await page.locator("th[aria-sort=descending]").filter({ hasText: "Size" }).waitFor();
    await rows.first().filter({ hasText: "5 B" }).waitFor();

    // One is renamed and moved; several are deleted, with their artifacts.
    await page.goto(`${server.origin}/runs?text=churn`);
    await shows(3);
    const pick = (/** @type {string} */ name) => page.getByRole("checkbox", { name });
    await pick("Choose churn 3").click();
    await page.getByRole("button", { name: "Rename or move" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("the good one");
    await dialog.getByLabel("Experiment").fill("chosen");
    await visitor.screenshot(`${colorScheme}-runs-rename`);
    await page.keyboard.press("Enter");
    await rows.filter({ hasText: "the good one" }).filter({ hasText: "chosen" }).waitFor();
    await pick("Choose churn 1").click();
    await pick("Choose churn 2").focus();
    await page.keyboard.press("Space");
    await page.getByText("2 chosen").waitFor();
    await visitor.screenshot(`${colorScheme}-runs-chosen`);
    const gone = await page.locator("tr[data-run]").filter({ hasText: "churn 1" }).getAttribute("data-run");
    await page.getByRole("button", { name: "Delete" }).click();
    const question = page.getByRole("dialog", { name: "Delete?" });
    await question.getByText(/^Delete 2 runs with 10 B of artifacts and logs\?/).waitFor();
    await question.getByRole("button", { name: "Delete" }).click();
    await shows(1);
    await page.getByText("Deleted 2 runs").waitFor();
    assert.equal((await server.request(`/api/runs/${gone}`)).status, 404);
    assert.ok((await page.evaluate(() => /** @type {any} */ (globalThis).__shift ?? 0)) < 0.02, "nothing jumps");

    // Experiments: renamed with all its runs, and a way to them.
    await page.goto(`${server.origin}/experiments`);
    await page.getByRole("button", { name: "More about baseline" }).click();
    await page.getByRole("menuitem", { name: "Rename" }).click();
    await dialog.getByLabel("Name").fill("first try");
    await dialog.getByLabel("Description").fill("before anything was tuned");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "first try" }).waitFor();
    await visitor.screenshot(`${colorScheme}-experiments-renamed`);
    visitor.expectProblem(/409/);
    await page.getByRole("button", { name: "More about first try" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByText("The experiment \"first try\" has runs").waitFor();
    await page.getByRole("link", { name: "first try" }).click();
    await shows(50);
    assert.match(page.url(), /\/runs\?experiment=first%20try$/);
    await page.goto(`${server.origin}/settings`);
    await page.getByTestId("keep-runs").getByText("For good").waitFor();
  });
}
