// What every browser test starts from: the real binary, a real headless Chromium signed in to it, and a watch on the page.
// A test fails on any violation of the page's policy, on any error on the console and on any uncaught error, unless it
// said before that it expects it. Real mouse and keyboard only: no test may call into the app's own code.
import { chromium } from "playwright-core";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Server } from "./server.mjs";

export const screenshotFolder = path.join(path.dirname(fileURLToPath(import.meta.url)), "screenshots/current");

/** A Chromium with a fresh profile. Each person has their own: one kept over a file's tests would keep node from ending. */
function launch() {
  return chromium.launch({
    executablePath: process.env.DAGWRIGHT_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
}

/** @type {WeakMap<import("node:test").TestContext, (() => Promise<void> | void)[]>} */
const endings = new WeakMap();

/**
 * Has `end` called when the test ends, last made first. Unlike `t.after`, where the first that throws keeps the others from
 * being called, and a server or a browser that lives on keeps node from ending.
 */
export function atEnd(/** @type {import("node:test").TestContext} */ t, /** @type {() => Promise<void> | void} */ end) {
  const known = endings.get(t);
  if (known) return void known.push(end);
  const all = [end];
  endings.set(t, all);
  t.after(async () => {
    const errors = [];
    for (const each of all.reverse()) {
      try {
        await each();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length) throw errors.length === 1 ? errors[0] : new AggregateError(errors, errors.join("\n"));
  });
}

/** The real binary on a fresh data folder, running; ended with the test. For tests that need no browser. */
export async function serve(/** @type {import("node:test").TestContext} */ t, options = {}) {
  const server = await Server.create(options);
  atEnd(t, () => server.remove());
  return server.start();
}

/** One person at one browser. */
export class Visitor {
  /** @type {string[]} */
  #problems = [];
  /** @type {RegExp[]} */
  #expected = [];

  /** @param {Server} server @param {import("playwright-core").BrowserContext} context */
  constructor(server, context) {
    this.server = server;
    this.context = context;
  }

  /** @type {import("playwright-core").Page} */
  page = /** @type {any} */ (undefined);

  /** Says before that a problem is part of the test, as a 412 on the console is. It must then happen. */
  expectProblem(/** @type {RegExp} */ pattern) {
    this.#expected.push(pattern);
  }

  /** A new tab of this person, watched. */
  async newPage() {
    const page = await this.context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error") this.#problems.push(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => this.#problems.push(`uncaught: ${error.stack ?? error}`));
    page.on("crash", () => this.#problems.push("the page crashed"));
    return page;
  }

  async watchPolicy() {
    await this.context.exposeBinding("__policyViolation", (_source, what) => this.#problems.push(`policy: ${what}`));
    await this.context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        const report = /** @type {any} */ (globalThis).__policyViolation;
        report?.(`${event.effectiveDirective} refused ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`);
      });
    });
  }

  /** A picture of the page, `screenshots/current/<name>.png`, for people to look at. */
  async screenshot(/** @type {string} */ name, page = this.page) {
    await mkdir(screenshotFolder, { recursive: true });
    await page.screenshot({ path: path.join(screenshotFolder, `${name}.png`) });
  }

  /** Presses at one point and lets go at another, by way of points between, as a hand does. */
  async drag(/** @type {{x: number, y: number}} */ from, /** @type {{x: number, y: number}} */ to, { page = this.page, steps = 12 } = {}) {
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + Math.sign(to.x - from.x) * 6, from.y + Math.sign(to.y - from.y) * 6);
    await page.mouse.move(to.x, to.y, { steps });
    await page.mouse.up();
  }

  /** The middle of what the locator finds, in the page's coordinates; it must be visible. */
  async middle(/** @type {import("playwright-core").Locator} */ locator) {
    await locator.waitFor({ state: "visible" });
    const box = await locator.boundingBox();
    if (!box) throw new Error(`not on the page: ${locator}`);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  #missing() {
    return this.#expected.filter((pattern) => !this.#problems.some((problem) => pattern.test(problem)));
  }

  /** Waits for expected problems that are still on their way: the browser tells of them after the fact. */
  async settle() {
    for (let waited = 0; this.#missing().length && waited < 5000; waited += 50) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Throws what the watch saw and the test did not expect, and what it expected in vain. */
  judge() {
    const seen = this.#problems;
    const surprising = seen.filter((problem) => !this.#expected.some((pattern) => pattern.test(problem)));
    const missing = this.#missing();
    if (surprising.length) throw new Error(`the page had problems:\n  ${surprising.join("\n  ")}`);
    if (missing.length) throw new Error(`expected on the page, but did not happen: ${missing.join(", ")}`);
  }
}

/**
 * Starts the binary with a fresh data folder and signs a browser in to it. All is ended and judged when the test ends.
 *
 * @param {import("node:test").TestContext} t
 * @param {{flags?: string[], environment?: Record<string, string>, viewport?: {width: number, height: number},
 *   colorScheme?: "light" | "dark", path?: string, tour?: boolean}} options `path`: where to go once signed in
 */
export async function visit(t, options = {}) {
  const server = await serve(t, options);
  const visitor = await visitAs(t, server, options);
  visitor.page = await visitor.newPage();
  await visitor.page.goto(server.signInUrl);
  if (options.path) await visitor.page.goto(server.origin + options.path);
  return visitor;
}

/**
 * Another person's browser (own cookies) at a server that runs already, with no page open yet.
 *
 * @param {import("node:test").TestContext} t @param {Server} server
 * @param {{viewport?: {width: number, height: number}, colorScheme?: "light" | "dark", tour?: boolean}} options `tour`: the first steps
 *   are shown, as to somebody who never was here
 */
export async function visitAs(t, server, { viewport = { width: 1440, height: 900 }, colorScheme = "light", tour = false } = {}) {
  const browser = await launch();
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce", acceptDownloads: true });
  const visitor = new Visitor(server, context);
  atEnd(t, async () => {
    if (t.passed === false) {
      await visitor.page?.screenshot({ path: path.join(screenshotFolder, `failed ${t.name.replaceAll(/[^\w ]/g, "")}.png`) }).catch(() => {});
      console.error(`The server printed:\n${server.log.split("\n").slice(-60).join("\n")}`);
    }
    if (t.passed !== false) await visitor.settle();
    await browser.close();
    visitor.judge();
  });
  await visitor.watchPolicy();
  // Frames without origin, as artifacts are shown in, have no storage.
  if (!tour) await context.addInitScript(() => { if (origin !== "null") localStorage.setItem("dagwright-tour", "seen"); });
  return visitor;
}
