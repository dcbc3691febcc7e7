// The project's own components: kept in the palette with versions, their tasks outdated when it goes on, updated with a
// preview and undone. And libraries of others: added by address, told what could not be taken, read again, removed.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { drop, folderOf } from "../drops.mjs";
import { atEnd, visit } from "../harness.mjs";
import { Canvas } from "../pages.mjs";

const component = (/** @type {string} */ name) => `name: ${name}
description: Counts the words of a text
inputs:
- {name: text, type: String}
implementation:
  container:
    image: debian:12-slim
    command: [sh, -c, 'echo "$0" | wc -w', {inputValue: text}]
`;

async function componentTab(/** @type {Canvas} */ canvas, /** @type {string} */ task) {
  await canvas.head(task).click();
  await canvas.page.getByTestId("inspector-title").filter({ hasText: new RegExp(`^${task}$`) }).waitFor();
  await canvas.page.locator(".right").getByRole("tab", { name: "Component", exact: true }).click();
}

for (const colorScheme of /** @type {("light" | "dark")[]} */ (["dark", "light"])) {
  test(`a component kept in the palette goes on, and its tasks are outdated until they are updated, in ${colorScheme}`, { timeout: 120_000 }, async (t) => {
    const visitor = await visit(t, { colorScheme });
    const { page } = visitor;
    await page.getByRole("button", { name: "New pipeline" }).first().click();
    const canvas = new Canvas(visitor);
    await page.getByTestId("canvas-empty").waitFor();
    const first = page.url();
    await canvas.put("write_text", { x: 200, y: 160 });
    await componentTab(canvas, "write_text");
    const name = page.getByLabel("Component name");
    await name.fill("mine");
    await name.press("Enter");
    const keep = page.getByTestId("keep-component");
    await keep.getByRole("button", { name: "Save to the palette" }).click();
    await keep.getByText("Yours, version 1").waitFor();
    const card = page.locator(".left .group", { hasText: "Yours" }).locator('[data-component="mine"]');
    await card.getByText("version 1").waitFor();
    await canvas.head("write_text").click();
    await page.keyboard.press("Control+d");
    await canvas.head("write_text-2").waitFor();
    await canvas.saved();

    // Another pipeline takes it from the palette by the keyboard, and makes it another one.
    await page.goto(visitor.server.origin);
    await page.getByRole("button", { name: "New pipeline" }).first().click();
    await page.getByTestId("canvas-empty").waitFor();
    await card.focus();
    await page.keyboard.press("Enter");
    await canvas.head("mine").waitFor();
    await componentTab(canvas, "mine");
    await page.getByRole("button", { name: "Add an input" }).click();
    await canvas.port("mine", "input", "input").waitFor();
    const notice = page.getByTestId("outdated");
    await notice.filter({ hasText: "Changed here" }).waitFor();
    assert.equal(await notice.getAttribute("data-standing"), "changed");
    assert.equal(await page.locator(".flag.outdated").count(), 0, "changed here is not outdated");
    await keep.getByRole("button", { name: "Update in the palette" }).press("Enter");
    await keep.getByText("Yours, version 2").waitFor();
    await notice.waitFor({ state: "detached" });
    await canvas.saved();

    // The first one's tasks are outdated now.
    await page.goto(first);
    await canvas.head("write_text").waitFor();
    const marks = page.locator(".node .flag.outdated");
    await marks.nth(1).waitFor();
    assert.match(await marks.first().getAttribute("aria-label") ?? "", /^Outdated: /);
    await componentTab(canvas, "write_text");
    await notice.filter({ hasText: "the palette has version 2, this is version 1" }).filter({ hasText: "input input comes" }).waitFor();
    await visitor.screenshot(`outdated-${colorScheme}`);
    await notice.getByRole("button", { name: "Update all 2" }).press("Enter");
    await canvas.port("write_text-2", "input", "input").waitFor();
    await notice.waitFor({ state: "detached" });
    await marks.first().waitFor({ state: "detached" });
    await canvas.head("write_text").click();
    await page.keyboard.press("Control+z");
    await marks.nth(1).waitFor();
    await canvas.port("write_text-2", "input", "input").waitFor({ state: "detached" });
    await notice.getByRole("button", { name: "Update this task" }).click();
    await canvas.port("write_text", "input", "input").waitFor();
    await marks.nth(1).waitFor({ state: "detached" });
    assert.equal(await marks.count(), 1);

    // Looked after: its history, an earlier version again, deleted after a question.
    await page.getByRole("button", { name: "Your components and libraries" }).click();
    const dialog = page.getByRole("dialog", { name: "Your components and libraries" });
    await dialog.getByRole("button", { name: "History" }).click();
    await dialog.getByText("Version 1").waitFor();
    await visitor.screenshot(`own-components-${colorScheme}`);
    await dialog.getByRole("button", { name: "Make it the newest" }).click();
    await dialog.getByText(/version 3/).first().waitFor();
    await dialog.getByRole("button", { name: "Delete" }).focus();
    await page.keyboard.press("Enter");
    const question = page.getByRole("dialog", { name: "Delete?" });
    await question.getByText("Pipelines that use it keep theirs").waitFor();
    await page.keyboard.press("Escape");
    await question.waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Delete", "the focus is back");
    await page.keyboard.press("Enter");
    await question.getByRole("button", { name: "Delete" }).click();
    await dialog.getByText("Save a task's component from its panel").waitFor();
    await dialog.getByRole("button", { name: "Done" }).click();
    await card.waitFor({ state: "detached" });
    await canvas.head("write_text").waitFor();
  });
}

test("files dropped on the palette are kept, those of a choice too, and quick add finds them", async (t) => {
  const canvas = await Canvas.empty(t);
  const { page, visitor } = canvas;
  const file = await folderOf(t, {
    "one.yaml": component("Count words"),
    "two.py": "def alpha(a: int): ...\n\ndef beta(b: int) -> int:\n    return b\n",
  });
  await drop(visitor, ".left", [file("one.yaml")], { x: 100, y: 300 });
  await page.locator(".toast", { hasText: "In the palette: Count words (version 1)" }).waitFor();
  const yours = page.locator(".left .group", { hasText: "Yours" });
  await yours.locator('[data-component="Count words"]').waitFor();
  assert.equal(await page.getByTestId("node").count(), 0, "nothing is put on the canvas");
  await drop(visitor, '[data-testid="canvas"]', [file("two.py")]);
  const dialog = page.getByRole("dialog", { name: "Choose what to add" });
  await dialog.locator('[data-keep="beta"]').click();
  await page.locator(".toast", { hasText: "In the palette: beta" }).waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  await yours.locator('[data-component="beta"]').waitFor();
  assert.equal(await yours.locator(".card").count(), 2);
  await page.getByPlaceholder("Search components").fill("words of a text");
  await yours.locator('[data-component="Count words"]').waitFor();
  await page.getByTestId("canvas").click({ position: { x: 300, y: 200 } });
  await page.keyboard.press("a");
  await page.getByTestId("quick-add").getByPlaceholder("Add a component").fill("count");
  await page.keyboard.press("Enter");
  await canvas.head("Count words").waitFor();
});

test("a library is added by its address, tells what could not be taken, is read again and removed", async (t) => {
  let broken = true;
  const files = createServer((request, response) => {
    /** @type {Record<string, string>} */
    const texts = {
      "/kit.yaml": "name: Team kit\ncomponents: [words.yaml, broken.yaml]\n",
      "/words.yaml": component("words"),
      "/broken.yaml": broken ? "name: [\n" : component("mended"),
    };
    const text = texts[request.url ?? ""];
    response.writeHead(text ? 200 : 404).end(text);
  });
  await new Promise((resolve) => files.listen(0, "127.0.0.1", () => resolve(undefined)));
  atEnd(t, () => void files.close());
  const address = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (files.address()).port}`;
  const visitor = await visit(t, { flags: ["--allow-network", "127.0.0.1"] });
  const { page } = visitor;
  await page.getByRole("button", { name: "New pipeline" }).first().click();
  await page.getByTestId("canvas-empty").waitFor();
  await page.getByRole("button", { name: "Your components and libraries" }).click();
  const dialog = page.getByRole("dialog", { name: "Your components and libraries" });
  const field = dialog.getByLabel("Address or folder of a library");
  await field.fill("/etc");
  visitor.expectProblem(/422/);
  await field.press("Enter");
  await dialog.getByRole("alert").filter({ hasText: "--library-folder" }).waitFor();
  await field.fill(`${address}/kit.yaml`);
  await field.press("Enter");
  const row = dialog.locator('[data-library="Team kit"]');
  await row.getByText("1 component, read just now").waitFor();
  await row.getByText("broken.yaml").waitFor();
  assert.equal(await dialog.getByRole("alert").count(), 0);
  await visitor.screenshot("libraries");
  broken = false;
  await row.getByRole("button", { name: "Read again" }).click();
  await row.getByText("2 components").waitFor();
  assert.equal(await row.getByText("broken.yaml").count(), 0);
  await dialog.getByRole("button", { name: "Done" }).click();
  const group = page.locator(".left .group", { hasText: "Team kit" });
  await group.locator('[data-component="mended"]').waitFor();
  const canvas = new Canvas(visitor);
  await canvas.put("words", { x: 200, y: 160 });
  await page.getByRole("button", { name: "Your components and libraries" }).click();
  await row.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog", { name: "Remove?" }).getByRole("button", { name: "Remove" }).click();
  await row.waitFor({ state: "detached" });
  await dialog.getByRole("button", { name: "Done" }).click();
  await group.waitFor({ state: "detached" });
  await canvas.head("words").waitFor();
});
