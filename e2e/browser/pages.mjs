// What tests do on the app's pages as a person does it: the canvas of the editor, and a run. By mouse and keyboard only.
import assert from "node:assert/strict";
import { visit } from "./harness.mjs";

/** A canvas that a person works on. */
export class Canvas {
  /** @param {import("./harness.mjs").Visitor} visitor */
  constructor(visitor) {
    this.visitor = visitor;
    this.page = visitor.page;
  }

  /** A new, empty pipeline in the editor. */
  static async empty(/** @type {import("node:test").TestContext} */ t) {
    const visitor = await visit(t);
    await visitor.page.getByRole("button", { name: "New pipeline" }).first().click();
    const canvas = new Canvas(visitor);
    await canvas.page.getByTestId("canvas-empty").waitFor({ state: "visible" });
    return canvas;
  }

  head(/** @type {string} */ task) {
    return this.page.locator(`[data-task="${task}"] .head`);
  }

  port(/** @type {string} */ task, /** @type {"input" | "output"} */ side, /** @type {string} */ port) {
    return this.page.locator(`[data-task="${task}"] [data-side="${side}"][data-port="${port}"]`);
  }

  tasks() {
    return this.page.getByTestId("node").evaluateAll((nodes) => nodes.map((node) => node.getAttribute("data-task")));
  }

  async wires() {
    const wires = await this.page.locator("[data-wire]").evaluateAll((paths) => paths.map((path) => path.getAttribute("data-wire")));
    return wires.sort();
  }

  /** Waits until exactly these wires are drawn, in any order. */
  async hasWires(/** @type {string[]} */ expected) {
    const wanted = [...expected].sort().join(" | ");
    for (let tries = 0; tries < 40 && (await this.wires()).join(" | ") !== wanted; tries++) await this.page.waitForTimeout(50);
    assert.equal((await this.wires()).join(" | "), wanted);
  }

  /** Drags a component from the palette to a place of the canvas, in px from its corner. */
  async put(/** @type {string} */ component, /** @type {{x: number, y: number}} */ place) {
    const card = this.page.locator(`.left [data-component="${component}"]`).first();
    await card.scrollIntoViewIfNeeded();
    const corner = await this.page.getByTestId("canvas").boundingBox();
    assert.ok(corner);
    await this.visitor.drag(await this.visitor.middle(card), { x: corner.x + place.x, y: corner.y + place.y });
    await this.head(component).waitFor({ state: "visible" });
  }

  /** Takes a wire up at a port and holds it over another; says what the tip says. */
  async holdOver(/** @type {import("playwright-core").Locator} */ from, /** @type {import("playwright-core").Locator} */ to) {
    const [start, end] = [await this.visitor.middle(from), await this.visitor.middle(to)];
    await this.page.mouse.move(start.x, start.y);
    await this.page.mouse.down();
    await this.page.mouse.move(start.x + 8, start.y + 2);
    await this.page.mouse.move(end.x, end.y, { steps: 12 });
    return (await this.page.getByTestId("wire-tip").textContent())?.trim();
  }

  /** Waits until the document has no problems; else says which it has. */
  async hasNoProblems() {
    const count = this.page.getByTestId("problem-count");
    try {
      await count.filter({ hasText: "No problems" }).waitFor({ timeout: 5_000 });
    } catch {
      await count.click();
      assert.deepEqual(await this.page.locator(".problem").allTextContents(), []);
    }
  }

  async saved() {
    await this.page.getByTestId("saved").filter({ hasText: /^Saved/ }).waitFor();
  }
}

const finalStates = /Succeeded|Failed|Stopped/;

/** The page of one run. */
export class RunPage {
  /** @param {import("./harness.mjs").Visitor} visitor */
  constructor(visitor, page = visitor.page) {
    this.visitor = visitor;
    this.page = page;
  }

  /** From the editor: opens the run form, lets `fill` change it, presses Run and waits for the run's page. */
  static async start(/** @type {import("./harness.mjs").Visitor} */ visitor, fill = async (/** @type {import("playwright-core").Locator} */ _form) => {}, by = "mouse") {
    const { page } = visitor;
    if (by === "keyboard") await page.keyboard.press("Control+Enter");
    else await page.getByTestId("run").click();
    const form = page.getByRole("dialog");
    await form.waitFor();
    await fill(form);
    await page.getByTestId("start-run").click();
    await page.waitForURL(/\/runs\//, { timeout: 30_000 });
    const run = new RunPage(visitor);
    await run.state().waitFor();
    return run;
  }

  state() {
    return this.page.getByTestId("run-state");
  }

  node(/** @type {string} */ task) {
    return this.page.locator(`[data-task="${task}"]`).first();
  }

  /** Waits until the task's node says one of these states. */
  async taskIs(/** @type {string} */ task, /** @type {RegExp} */ states, timeout = 30_000) {
    await this.node(task).filter({ hasText: states }).waitFor({ timeout });
  }

  /** Waits until the run is over; says how it ended. */
  async end(timeout = 180_000) {
    await this.state().filter({ hasText: finalStates }).waitFor({ timeout });
    return (await this.state().textContent())?.trim();
  }

  /** Opens a task's panel at one of its tabs. */
  async open(/** @type {string} */ task, /** @type {string} */ tab) {
    await this.node(task).locator(".head").click();
    await this.page.getByTestId("task-name").filter({ hasText: task }).waitFor();
    await this.page.getByRole("tab", { name: tab }).click();
  }

  output(/** @type {string} */ name) {
    return this.page.locator(`[data-output="${name}"]`);
  }

  /** All numbers of the confusion matrix that is shown, by the titles of its cells: `{actual, predicted, count}`. */
  async matrix() {
    const titles = await this.page.locator('[data-viewer="matrix"] rect title').allTextContents();
    return titles.map((title) => {
      const [, actual, predicted, count] = /^actual (.+), predicted (.+): (\d+)$/.exec(title) ?? [];
      assert.ok(count !== undefined, title);
      return { actual, predicted, count: Number(count) };
    });
  }

  /** Waits until the log that is shown says it. */
  async logSays(/** @type {RegExp} */ words, timeout = 30_000) {
    await this.page.getByTestId("log").filter({ hasText: words }).waitFor({ timeout });
  }
}
