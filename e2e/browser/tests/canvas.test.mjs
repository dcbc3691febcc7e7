// The canvas by real mouse and real keyboard: what is dragged, wired, mounted and undone on an empty pipeline, and that a
// reload finds it again. What a wire refuses, it refuses with the reason.
import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "../harness.mjs";
import { Canvas } from "../pages.mjs";

test("a pipeline is built by mouse on an empty canvas, and a reload finds it again", async (t) => {
  const canvas = await Canvas.empty(t);
  const { page, visitor } = canvas;
  await canvas.put("example_table", { x: 140, y: 240 });
  await canvas.put("split_table", { x: 420, y: 240 });
  await canvas.put("train_classifier", { x: 700, y: 180 });
  assert.deepEqual((await canvas.tasks()).sort(), ["example_table", "split_table", "train_classifier"]);

  // A wire: compatible ports light up, the tip says what it would do.
  assert.equal(
    await canvas.holdOver(canvas.port("example_table", "output", "table"), canvas.port("split_table", "input", "table")),
    "table to table",
  );
  const lit = await page.locator(".prow.lit [data-port]").evaluateAll((ports) =>
    ports.map((port) => `${port.closest("[data-task]")?.getAttribute("data-task")}.${port.getAttribute("data-port")}`));
  assert.deepEqual(lit.sort(), ["example_table.table", "split_table.table", "train_classifier.table"]);
  await visitor.screenshot("canvas-wire-held");
  await page.mouse.up();
  await visitor.drag(
    await visitor.middle(canvas.port("split_table", "output", "first")),
    await visitor.middle(canvas.port("train_classifier", "input", "table")),
  );
  const built = ["example_table.table>split_table.table", "split_table.first>train_classifier.table"];
  await canvas.hasWires(built);

  // What does not fit refuses with the reason, and so does a circle.
  assert.equal(
    await canvas.holdOver(canvas.port("example_table", "output", "table"), canvas.port("train_classifier", "input", "seed")),
    "Dataset does not fit Integer",
  );
  await page.keyboard.press("Escape");
  await page.mouse.up();
  assert.equal(
    await canvas.holdOver(canvas.port("train_classifier", "output", "accuracy"), canvas.port("example_table", "input", "name")),
    "train_classifier already waits for example_table: that would be a circle",
  );
  await page.mouse.up();
  await canvas.hasWires(built);

  // Dropped on empty canvas a wire asks for a component that takes what it carries.
  const second = await visitor.middle(canvas.port("split_table", "output", "second"));
  await visitor.drag(second, { x: second.x + 90, y: second.y + 170 });
  await page.getByTestId("quick-add").waitFor();
  const offered = await page.locator("[data-testid=quick-add] [data-component]").evaluateAll((cards) =>
    cards.map((card) => card.getAttribute("data-component")));
  assert.ok(offered.includes("predict_table") && !offered.includes("print_text"), `${offered}`);
  await visitor.screenshot("canvas-quick-add");
  await page.keyboard.type("predict");
  await page.keyboard.press("Enter");
  await canvas.hasWires([...built, "split_table.second>predict_table.table"]);
  await visitor.drag(
    await visitor.middle(canvas.port("train_classifier", "output", "model")),
    await visitor.middle(canvas.port("predict_table", "input", "model")),
  );
  const all = [...built, "split_table.second>predict_table.table", "train_classifier.model>predict_table.model"];
  await canvas.hasWires(all);

  // A volume, mounted in two tasks by lines from its foot, then handed over.
  await page.locator('[data-block="Volume"]').scrollIntoViewIfNeeded();
  const corner = await page.getByTestId("canvas").boundingBox();
  assert.ok(corner);
  await visitor.drag(await visitor.middle(page.locator('[data-block="Volume"]')), { x: corner.x + 200, y: corner.y + 80 });
  const drum = page.getByTestId("volume");
  const foot = async () => {
    const box = await drum.boundingBox();
    assert.ok(box);
    return { x: box.x + box.width / 2, y: box.y + box.height };
  };
  await visitor.drag(await foot(), await visitor.middle(canvas.head("example_table")));
  await canvas.hasWires([...all, "volume:volume>example_table"]);
  // The field gets the focus once the inspector shows it.
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Mount path");
  await visitor.drag(
    await visitor.middle(page.locator('[data-task="example_table"] [data-mount-port]')),
    await visitor.middle(canvas.head("train_classifier")),
  );
  await canvas.hasWires([
    ...all, "volume:volume>example_table", "volume:volume>train_classifier", "example_table>train_classifier:volume",
  ]);
  await visitor.screenshot("canvas-built");

  // A wire pulled off its input is gone; undo brings it back.
  const end = await visitor.middle(canvas.port("predict_table", "input", "model"));
  await visitor.drag(end, { x: end.x - 80, y: end.y + 120 });
  assert.ok(!(await canvas.wires()).includes("train_classifier.model>predict_table.model"));
  await page.keyboard.press("Control+z");
  await page.locator('[data-wire="train_classifier.model>predict_table.model"]').waitFor({ state: "attached" });

  await canvas.saved();
  const before = { tasks: (await canvas.tasks()).sort(), wires: await canvas.wires() };
  await page.reload();
  await canvas.head("train_classifier").waitFor();
  await canvas.hasWires(/** @type {string[]} */ (before.wires));
  assert.deepEqual((await canvas.tasks()).sort(), before.tasks);
});

test("a pipeline is built by keyboard alone", async (t) => {
  const canvas = await Canvas.empty(t);
  const { page, visitor } = canvas;
  // The page was just opened and nothing has the focus: "press A" holds all the same.
  for (const name of ["example_table", "table_statistics"]) {
    await page.keyboard.press("a");
    await page.getByTestId("quick-add").waitFor();
    await page.keyboard.type(name);
    await page.keyboard.press("Enter");
    await canvas.head(name).waitFor();
  }
  // Apart, by walking and nudging.
  for (let step = 0; step < 40; step++) await page.keyboard.press("Alt+ArrowRight");
  await page.keyboard.press("Shift+Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-task")), "example_table");
  await page.keyboard.press("w");
  assert.equal((await page.getByTestId("wire-tip").textContent())?.trim(), "table to table");
  await visitor.screenshot("canvas-wire-by-keyboard");
  await page.keyboard.press("Enter");
  await canvas.hasWires(["example_table.table>table_statistics.table"]);
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-task")), "table_statistics");
  await page.keyboard.press("Control+d");
  await canvas.head("table_statistics-2").waitFor();
  await page.keyboard.press("Delete");
  await canvas.head("table_statistics-2").waitFor({ state: "detached" });
  await page.keyboard.press("Control+a");
  assert.equal(await page.locator(".node.selected").count(), 2);
  await page.keyboard.press("Control+c");
  await page.keyboard.press("Delete");
  await page.getByTestId("canvas-empty").waitFor({ state: "visible" });
  await page.keyboard.press("Control+v");
  await canvas.hasWires(["example_table.table>table_statistics.table"]);
  for (const zoom of ["+", "-", "0", "l", "1"]) await page.keyboard.press(zoom);
  await canvas.saved();
});

test("the view: the wheel zooms at the pointer, empty pane pans, the overview leads", async (t) => {
  const visitor = await visit(t);
  const { page } = visitor;
  await page.locator('[data-pipeline="digits"] a, [data-pipeline="digits"]').first().click();
  const canvas = new Canvas(visitor);
  await canvas.head("train").waitFor();
  const zoom = async () => Number.parseInt((await page.getByTestId("zoom").textContent()) ?? "", 10);
  const place = () => visitor.middle(canvas.head("train"));
  const before = await place();
  const pane = await page.getByTestId("canvas").boundingBox();
  assert.ok(pane);
  await visitor.drag({ x: pane.x + 60, y: pane.y + pane.height - 120 }, { x: pane.x + 130, y: pane.y + pane.height - 160 });
  const panned = await place();
  assert.deepEqual([Math.round(panned.x - before.x), Math.round(panned.y - before.y)], [70, -40]);
  const at = await place();
  const whole = await zoom();
  await page.mouse.move(at.x, at.y);
  await page.mouse.wheel(0, 600);
  await page.locator(".canvas.level-box").waitFor();
  const zoomed = await place();
  assert.ok(Math.abs(zoomed.x - at.x) < 60 && Math.abs(zoomed.y - at.y) < 60, "what the pointer is on stays under it");
  assert.ok((await zoom()) < whole / 2);
  await visitor.screenshot("canvas-boxes");
  await page.mouse.wheel(0, 1200);
  await page.getByTestId("whole-graph").waitFor();
  await page.getByTitle(/^Fit all/).click();
  await canvas.port("train", "output", "model").waitFor({ state: "visible" });
  // Shift draws a box.
  const [first, last] = [await canvas.head("train").boundingBox(), await canvas.head("print_prediction").boundingBox()];
  assert.ok(first && last);
  await page.keyboard.down("Shift");
  await visitor.drag({ x: first.x - 20, y: first.y - 10 }, { x: last.x + 40, y: last.y + 30 });
  await page.keyboard.up("Shift");
  assert.equal(await page.locator(".node.selected").count(), 3);
});
