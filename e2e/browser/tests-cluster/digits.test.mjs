// The digits pipeline, started from its canvas on a real cluster, looked at while it runs, after it, and once its pods are
// gone; then the same document on this machine with the same results. scripts/test-cluster.sh sets the environment.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { visit } from "../harness.mjs";
import { Canvas, RunPage } from "../pages.mjs";

/** The variables that tell a server where the cluster and its bucket are; the harness leaves everything else out. */
const names = ["KUBECONFIG", "DAGWRIGHT_NAMESPACE", "DAGWRIGHT_S3_BUCKET", "AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
const environment = Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name] ?? ""]] : [])));
const namespace = process.env.DAGWRIGHT_NAMESPACE ?? "";

async function kubectl(/** @type {string[]} */ ...words) {
  return (await promisify(execFile)(process.env.DAGWRIGHT_KUBECTL ?? "kubectl", ["--namespace", namespace, ...words])).stdout;
}

/** What the run form is given: another kernel and another scan than the document's. */
async function straight(/** @type {import("playwright-core").Locator} */ form) {
  await form.getByLabel("kernel", { exact: true }).selectOption({ label: "linear" });
  const page = form.page();
  await form.getByLabel("image_number", { exact: true }).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("3");
}

/** What a person reads off the run's page: accuracy, matrix, prediction. */
async function results(/** @type {RunPage} */ run) {
  const { page } = run;
  await run.open("train", "Outputs");
  await page.locator('[data-viewer="matrix"]').waitFor();
  const metrics = (await run.output("metrics").locator('[data-viewer="metrics"]').textContent()) ?? "";
  const model = (await run.output("model").textContent()) ?? "";
  assert.match(metrics, /accuracy0\.9\d/);
  assert.match(model, /model.*KiB/s);
  const matrix = await run.matrix();
  assert.equal(matrix.length, 100);
  await run.open("predict", "Logs");
  await run.logSays(/scan 3 is a 3, the model says 3/);
  return { metrics, matrix };
}

test("digits from the canvas on the cluster, and the same on this machine", { timeout: 900_000 }, async (t) => {
  if (!process.env.DAGWRIGHT_TEST_CLUSTER) return t.skip("no cluster; `make test-cluster` brings one");
  const visitor = await visit(t, { flags: ["--cluster"], environment, colorScheme: "dark" });
  const { page } = visitor;
  await page.locator('[data-pipeline="digits"] a').first().click();
  const canvas = new Canvas(visitor);
  await canvas.head("train").waitFor();
  await canvas.hasWires([
    "train.model>predict.model", "predict.prediction>print_prediction.prediction",
    "volume:digits-data>train", "volume:digits-data>predict", "train>predict:digits-data",
  ]);

  const run = await RunPage.start(visitor, async (form) => {
    assert.equal(await form.getByRole("radio", { name: "Kubernetes" }).getAttribute("aria-checked"), "true");
    await straight(form);
    await visitor.screenshot("cluster-run-form");
  });
  const id = new URL(page.url()).pathname.split("/").pop() ?? "";
  assert.match((await page.getByTestId("engine").textContent()) ?? "", new RegExp(`Kubernetes.*${namespace}`));

  // Live: the log says something while the run goes on.
  await run.taskIs("train", /Running/, 300_000);
  await run.open("train", "Logs");
  await run.logSays(/1797 scans of 8 x 8 pixels are in \/data/, 180_000);
  assert.match((await run.state().textContent()) ?? "", /Running/, "the log is live");
  await visitor.screenshot("cluster-run-live");
  assert.equal(await run.end(600_000), "Succeeded");
  for (const task of ["train", "predict", "print_prediction"]) await run.taskIs(task, /Succeeded/);
  const onCluster = await results(run);
  await run.open("train", "Outputs");
  await page.locator('[data-viewer="matrix"]').waitFor();
  await visitor.screenshot("cluster-run-matrix");

  // Nothing of it needs the pods or the Workflow.
  await kubectl("delete", "workflows,pods", "--wait", "--ignore-not-found", "--selector", `dagwright.dev/run=${id}`);
  await page.reload();
  await run.state().waitFor();
  assert.deepEqual(await results(run), onCluster);
  await run.open("train", "Logs");
  await run.logSays(/1797 scans of 8 x 8 pixels[\s\S]*of 899 right/);
  await run.open("print_prediction", "Logs");
  await run.logSays(/predicted 3/);
  await visitor.screenshot("cluster-run-without-pods");

  // The same document, the same values, on this machine.
  await page.getByRole("link", { name: "Editor" }).click();
  await canvas.head("train").waitFor();
  const here = await RunPage.start(visitor, async (form) => {
    await form.getByRole("radio", { name: "This machine" }).click();
    await straight(form);
  });
  assert.match((await page.getByTestId("engine").textContent()) ?? "", /^local, /);
  assert.equal(await here.end(300_000), "Succeeded");
  assert.deepEqual(await results(here), onCluster, "accuracy and matrix are the same");
  await visitor.screenshot("cluster-run-here");

  // The volume was a claim there and a folder here; the claim that nobody uses any more is deleted.
  await page.goto(`${visitor.server.origin}/volumes`);
  const claim = page.locator('[data-claim="digits-digits-data"]');
  await claim.filter({ hasText: /kept.*Bound.*1Gi/s }).waitFor();
  await page.locator('[data-volume="digits-digits-data"]').waitFor();
  await visitor.screenshot("cluster-volumes");
  await claim.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog", { name: "Delete?" }).getByRole("button", { name: "Delete" }).click();
  await claim.waitFor({ state: "detached", timeout: 60_000 }).catch(() => claim.filter({ hasText: "Terminating" }).waitFor());
});
