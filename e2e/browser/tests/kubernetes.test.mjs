// What the editor holds for clusters: the pipeline's own settings, and that they reach the exported Workflow.
import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "../harness.mjs";
import { Canvas } from "../pages.mjs";

test("the pipeline's service account and pull secrets are set, kept, undone and exported", async (t) => {
  const visitor = await visit(t);
  const { page } = visitor;
  await page.locator('[data-pipeline="digits"] a').first().click();
  const canvas = new Canvas(visitor);
  await canvas.head("train").waitFor();
  const [account, secrets] = [page.getByLabel("Service account"), page.getByLabel("Image pull secrets")];
  await account.click();
  await page.keyboard.type("trainer");
  await page.keyboard.press("Tab");
  await secrets.click();
  await page.keyboard.type("registry,  mirror");
  await page.keyboard.press("Enter");
  await canvas.saved();
  assert.equal(await secrets.inputValue(), "registry, mirror", "names, tidied");
  await visitor.screenshot("editor-kubernetes");

  await page.reload();
  await canvas.head("train").waitFor();
  assert.equal(await account.inputValue(), "trainer");
  assert.equal(await secrets.inputValue(), "registry, mirror");

  // The exported Workflow has both.
  await page.getByTestId("share").click();
  await page.getByRole("tab", { name: "Argo Workflow" }).click();
  const exported = page.getByTestId("export-text");
  await exported.filter({ hasText: /serviceAccountName: trainer/ }).waitFor();
  await exported.filter({ hasText: /imagePullSecrets:\s*(\[|-)[^\n]*registry[\s\S]*mirror/ }).waitFor();
  await page.getByRole("button", { name: "Done" }).click();

  // Each is one step; taken back, nothing is left of it.
  await secrets.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.keyboard.press("Tab");
  await canvas.saved();
  await canvas.head("train").click();
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Escape");
  assert.equal(await secrets.inputValue(), "registry, mirror");

  // A name that Kubernetes would refuse is a problem, with its field named.
  await account.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("Not A Name");
  await page.keyboard.press("Tab");
  const count = page.getByTestId("problem-count");
  await count.filter({ hasText: /1 / }).click();
  await page.getByText('"Not A Name" cannot be the name of a service account').waitFor();
});
