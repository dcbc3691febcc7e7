// A server with two engines: the form offers both and remembers, pages name both, and Settings shows what the doctor says.
// The cluster is one that nobody answers for, which is all that these pages need; runs on one are e2e/cluster's.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { atEnd, visit } from "../harness.mjs";
import { Canvas, RunPage } from "../pages.mjs";

/** A KUBECONFIG whose server is a port that nobody listens on. */
async function clusterOfNobody(/** @type {import("node:test").TestContext} */ t) {
  const folder = await mkdtemp(path.join(tmpdir(), "dagwright-test-"));
  atEnd(t, () => rm(folder, { recursive: true }));
  const file = path.join(folder, "kubeconfig");
  await writeFile(file, JSON.stringify({
    apiVersion: "v1", kind: "Config", "current-context": "away",
    clusters: [{ name: "away", cluster: { server: "http://127.0.0.1:9" } }],
    users: [{ name: "nobody", user: {} }],
    contexts: [{ name: "away", context: { cluster: "away", user: "nobody", namespace: "somewhere" } }],
  }));
  return file;
}

for (const colorScheme of /** @type {("light" | "dark")[]} */ (["light", "dark"])) {
  test(`two engines to choose from, in ${colorScheme}`, { timeout: 90_000 }, async (t) => {
    const environment = { KUBECONFIG: await clusterOfNobody(t) };
    const visitor = await visit(t, { flags: ["--cluster"], environment, colorScheme });
    const { page } = visitor;
    await page.locator('[data-example="quartet"]').click();
    const canvas = new Canvas(visitor);
    await canvas.head("write_table").waitFor();
    await page.locator('[data-engine="argo"]').getByText("Kubernetes, namespace somewhere").waitFor();
    await page.locator('[data-engine="local"]').waitFor();

    const engine = (/** @type {string} */ name) => page.getByRole("radio", { name });
    await page.getByTestId("run").click();
    await engine("Kubernetes").waitFor();
    assert.equal(await engine("Kubernetes").getAttribute("aria-checked"), "true", "the cluster is the default");
    assert.match((await page.getByTestId("engine-words").textContent()) ?? "", /namespace somewhere of http:\/\/127\.0\.0\.1:9/);
    // What cannot be is said before anything starts: the S3 server inside Dagwright is out of every pod's reach.
    const notes = page.getByTestId("run-notes");
    await notes.getByText("Set DAGWRIGHT_S3_BUCKET").waitFor();
    visitor.expectProblem(/422/);
    await page.getByTestId("start-run").click();
    await page.locator(".file-problems").getByText("Set DAGWRIGHT_S3_BUCKET").waitFor();
    await engine("This machine").click();
    await notes.waitFor({ state: "detached" });
    await visitor.screenshot(`${colorScheme}-engines-run-form`);
    await page.reload();
    await canvas.head("write_table").waitFor();
    const run = await RunPage.start(visitor);
    assert.equal(await run.end(60_000), "Succeeded");
    assert.match((await page.getByTestId("engine").textContent()) ?? "", /^local, /, "the choice is kept");

    await page.goto(`${visitor.server.origin}/settings`);
    const checks = page.getByTestId("doctor");
    const check = (/** @type {string} */ name) => checks.locator(`[data-check="${name}"]`);
    await check("cluster").waitFor();
    assert.equal(await check("cluster").getAttribute("data-state"), "wrong");
    assert.equal(await check("argo").getAttribute("data-state"), "skipped");
    assert.match((await check("bucket").locator("code").textContent()) ?? "", /DAGWRIGHT_S3_BUCKET/);
    await checks.getByRole("button", { name: "Check from a pod" }).waitFor();
    const answered = page.waitForResponse((response) => response.url().endsWith("/api/doctor") && response.ok());
    await checks.getByRole("button", { name: "Check again" }).click();
    await answered;
    await check("cluster").waitFor();
    await visitor.screenshot(`${colorScheme}-engines-settings`);
  });
}
