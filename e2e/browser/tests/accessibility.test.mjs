// axe-core over every page, in both themes: no violation at all. And the editor as a screen reader meets it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import { visit } from "../harness.mjs";
import { Canvas, RunPage } from "../pages.mjs";

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds on the page as it stands, a line each. */
async function violations(/** @type {import("playwright-core").Page} */ page) {
  // By the debugger, since the page's policy lets no script in.
  await page.evaluate(`${axeSource}; undefined`);
  const found = await page.evaluate(() => /** @type {any} */ (globalThis).axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.flatMap((/** @type {any} */ rule) => rule.nodes.map((/** @type {any} */ node) => {
    const why = [...node.any, ...node.all, ...node.none].map((/** @type {any} */ check) => check.message).join("; ");
    return `${rule.id}: ${node.target.join(" ")}: ${node.html.slice(0, 160)} (${why.slice(0, 240)})`;
  }));
}

for (const colorScheme of /** @type {("light" | "dark")[]} */ (["light", "dark"])) {
  test(`axe finds nothing on any page, in ${colorScheme}`, { timeout: 300_000 }, async (t) => {
    const visitor = await visit(t, { colorScheme });
    const { page, server } = visitor;
    /** @type {string[]} */
    const all = [];
    const looked = async (/** @type {string} */ what) => {
      await page.waitForTimeout(250);
      all.push(...(await violations(page)).map((/** @type {string} */ line) => `${what}: ${line}`));
    };
    const go = async (/** @type {string} */ path, /** @type {string} */ heading = "h1") => {
      await page.goto(server.origin + path);
      await page.locator(heading).first().waitFor();
    };
    const digits = page.locator('[data-pipeline="digits"]');
    await digits.waitFor();
    await looked("home");
    await digits.getByRole("button", { name: "More" }).click();
    await looked("home, menu");
    for (const path of ["/runs", "/experiments", "/volumes", "/settings", "/nowhere"]) {
      await page.goto(server.origin + path);
      await page.waitForLoadState("networkidle");
      await looked(`${path}, empty`);
    }

    await go("/", '[data-example="quartet"]');
    await page.locator('[data-example="quartet"]').click();
    const canvas = new Canvas(visitor);
    await canvas.head("write_table").waitFor();
    await looked("editor");
    await canvas.head("draw").click();
    await page.getByTestId("inspector-title").filter({ hasText: "draw" }).waitFor();
    for (const tab of await page.locator(".right [role=tab]").allTextContents()) {
      await page.locator(".right [role=tab]").filter({ hasText: tab }).click();
      await looked(`editor, task, ${tab}`);
    }
    for (const [what, open] of /** @type {[string, () => Promise<void>][]} */ ([
      ["run form", async () => page.getByTestId("run").click()],
      ["share", async () => page.getByRole("button", { name: "Share" }).click()],
      ["keys", async () => { await page.getByTestId("canvas").focus(); await page.keyboard.press("?"); }],
    ])) {
      await open();
      await page.getByRole("dialog").waitFor();
      await looked(`editor, ${what}`);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    await page.getByTestId("yaml").click();
    await page.waitForTimeout(1500);
    await looked("editor, YAML");
    await page.getByTestId("yaml").click();
    await page.getByTestId("problem-count").click();
    await looked("editor, problems");

    const run = await RunPage.start(visitor);
    assert.equal(await run.end(60_000), "Succeeded");
    const first = new URL(page.url()).pathname;
    await looked("run");
    await run.node("draw").locator(".head").click();
    for (const tab of ["Overview", "Logs", "Inputs", "Outputs", "Attempts"]) {
      await page.getByRole("tab", { name: tab }).click();
      await page.waitForTimeout(400);
      await looked(`run, ${tab}`);
    }
    await page.getByRole("tab", { name: "Events" }).click();
    await looked("run, events");
    await page.getByRole("button", { name: "Clone" }).click();
    await page.getByRole("button", { name: "Open it" }).waitFor();
    await looked("run, clone");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Run again" }).click();
    await page.getByTestId("start-run").click();
    await page.waitForURL((url) => /\/runs\//.test(url.pathname) && url.pathname !== first);
    await run.state().filter({ hasText: "Succeeded" }).waitFor({ timeout: 60_000 });
    const second = new URL(page.url()).pathname;

    await go("/");
    await page.locator("tr[data-run]").first().waitFor();
    await looked("home, with runs");
    await go("/runs");
    await page.getByRole("checkbox").nth(1).click();
    await looked("runs, chosen");
    await page.getByRole("button", { name: "Rename or move" }).click();
    await looked("runs, rename");
    for (const path of ["/runs?text=nothing", "/experiments", "/volumes", "/settings", `/compare/${first.split("/")[2]}/${second.split("/")[2]}`]) {
      await page.goto(server.origin + path);
      await page.waitForLoadState("networkidle");
      await looked(path);
    }
    const pipeline = await (await server.request("/api/pipelines")).json();
    const quartet = pipeline.pipelines.find((/** @type {any} */ known) => known.runs > 0);
    await go(`/pipelines/${quartet.id}/versions`);
    await page.getByTestId("version").waitFor();
    await looked("versions");
    await visitor.context.clearCookies();
    visitor.expectProblem(/401/);
    await page.goto(server.origin);
    await looked("sign-in");
    assert.deepEqual(all, [], `${all.length} violations`);
  });
}

test("the editor as a screen reader meets it", { timeout: 60_000 }, async (t) => {
  const visitor = await visit(t);
  const { page } = visitor;
  await page.locator('[data-example="quartet"]').click();
  const canvas = new Canvas(visitor);
  await canvas.head("draw").click();
  await page.getByTestId("inspector-title").filter({ hasText: "draw" }).waitFor();
  const tree = async (/** @type {import("playwright-core").Locator} */ part) => part.ariaSnapshot();
  const has = (/** @type {string} */ text, /** @type {string[]} */ lines) => {
    for (const line of lines) assert.ok(text.split("\n").some((known) => known.trim().startsWith(line)), `“${line}” is not in\n${text}`);
  };
  const whole = await tree(page.locator("body"));
  has(whole, [
    "- banner:", '- navigation "Where this is":', "- heading \"quartet\" [level=1]", '- complementary "Components":', "- main:",
    '- complementary "Inspector":', "- contentinfo:", '- application "Pipeline graph":', '- button "Run"', '- button "Undo"',
  ]);
  has(await tree(page.getByTestId("canvas")), [
    '- group "Task write_table, ', '- group "Task draw, python', '- group "Task statistics, ', '- button "Zoom in +"', '- button "Fit',
  ]);
  const inspector = await tree(page.locator(".right"));
  has(inspector, ['- tab "Task" [selected]', '- tab "Component"', '- tab "Code"', '- textbox "Task name"']);
  // Every control says what it is.
  assert.doesNotMatch(whole, /- (button|textbox|link|checkbox|combobox|switch)(:)?$/m);
});

test("the first steps are five, and skipped for good", { timeout: 60_000 }, async (t) => {
  const visitor = await visit(t, { tour: true });
  const { page } = visitor;
  await page.locator('[data-pipeline="digits"] a').first().click();
  const tour = page.getByTestId("tour");
  for (let step = 1; step < 5; step++) {
    await tour.getByText(`${step} of 5`).waitFor();
    if (step === 2) assert.deepEqual(await violations(page), []);
    await visitor.screenshot(`tour-${step}`);
    await tour.getByRole("button", { name: "Next" }).click();
  }
  await tour.getByText("5 of 5").waitFor();
  await tour.getByRole("button", { name: "Done" }).click();
  await tour.waitFor({ state: "detached" });
  await page.evaluate(() => localStorage.removeItem("dagwright-tour"));
  await page.reload();
  await tour.getByRole("button", { name: "Skip" }).click();
  await page.reload();
  await new Canvas(visitor).head("train").waitFor();
  assert.equal(await tour.count(), 0);
  // The sheet of all keys is there for afterwards.
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).getByText("Add a component").waitFor();
});

for (const [what, viewport] of /** @type {[string, {width: number, height: number}][]} */ ([
  ["a small screen", { width: 1280, height: 720 }],
  ["a phone", { width: 390, height: 844 }],
])) {
  test(`nothing overflows on ${what}`, { timeout: 120_000 }, async (t) => {
    const visitor = await visit(t, { viewport });
    const { page, server } = visitor;
    const phone = viewport.width < 700;
    const fits = async (/** @type {string} */ name) => {
      await page.waitForTimeout(300);
      await visitor.screenshot(`${phone ? "phone" : "1280"}-${name}`);
      const over = await page.evaluate(() => [document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]);
      assert.ok(over[0] <= 0 && over[1] <= 0, `${name}: over by ${over}`);
      // The pages scroll inside; sideways nothing does but tables and rows of choices. Quiet buttons stand out by 4 px.
      const wide = await page.evaluate(() => [...document.querySelectorAll(".page, .in, .app, .bar, .facts, .right, .dialog")]
        .filter((part) => part.scrollWidth > part.clientWidth + 8 && getComputedStyle(part).overflowX !== "auto").map((part) => part.className));
      assert.deepEqual(wide, [], name);
    };
    await page.locator('[data-pipeline="digits"]').waitFor();
    await fits("home");
    const answer = await server.request("/api/pipelines", {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ example: "quartet" }),
    });
    const { id, revision } = await answer.json();
    const started = await server.request("/api/runs", {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ pipeline: id, revision, confirmed: ["foreign", "host"] }),
    });
    const run = (await started.json()).id;
    await page.goto(`${server.origin}/pipelines/${id}`);
    const canvas = new Canvas(visitor);
    await canvas.head("draw").waitFor();
    await fits("editor");
    if (phone) {
      assert.equal(await page.getByTestId("run").isVisible(), false);
      // Looked at: a drag moves the view, never a task.
      const before = await canvas.head("draw").boundingBox();
      assert.ok(before);
      await visitor.drag({ x: before.x + 20, y: before.y + 10 }, { x: before.x + 60, y: before.y + 90 });
      assert.equal((await (await server.request(`/api/pipelines/${id}`)).json()).revision, revision);
    }
    await page.goto(`${server.origin}/runs/${run}`);
    await new RunPage(visitor).end(60_000);
    await fits("run");
    for (const path of ["runs", "experiments", "volumes", "settings", `pipelines/${id}/versions`, `compare/${run}/${run}`]) {
      await page.goto(`${server.origin}/${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForLoadState("networkidle");
      await fits(path.split("/")[0] === "pipelines" ? "versions" : (path.split("/")[0] ?? path));
    }
  });
}
