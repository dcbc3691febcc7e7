// What has no effect on this machine is said in the run form before the run starts, and beside the run afterwards.
import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "../harness.mjs";
import { Canvas, RunPage } from "../pages.mjs";

const document = {
  apiVersion: "dagwright.dev/v1", kind: "Pipeline", metadata: { name: "for a cluster" },
  parameters: [{ name: "words", type: "String" }],
  volumes: [{ name: "data", size: "1Gi", accessModes: ["ReadWriteOnce"], storageClass: "fast" }],
  components: { say: { name: "say", inputs: [{ name: "words", type: "String" }], implementation: { container: { image: "python:3.11-slim", command: ["echo", { inputValue: "words" }] } } } },
  tasks: {
    say: {
      component: "say", arguments: { words: { parameter: "words" } }, mounts: [{ volume: "data", path: "/data" }],
      resources: { limits: { "nvidia.com/gpu": "1" } }, nodeSelector: { disk: "ssd" },
    },
  },
};

const wanted = [
  /say 1 nvidia.com\/gpu are neither counted nor handed out on this machine/,
  /say The node selector is ignored: there is one machine/,
  /data The volume data is a folder here: nothing keeps it under 1Gi/,
  /data The storage class fast of data is ignored on this machine/,
];

for (const colorScheme of /** @type {("light" | "dark")[]} */ (["light", "dark"])) {
  test(`what has no effect here is said before the run and beside it, in ${colorScheme}`, async (t) => {
    const visitor = await visit(t, { colorScheme });
    const { page, server } = visitor;
    const made = async (/** @type {object} */ document) => {
      const answer = await server.request("/api/pipelines", {
        method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ document }),
      });
      return /** @type {any} */ (await answer.json()).id;
    };
    await page.goto(`${server.origin}/pipelines/${await made(document)}`);
    await new Canvas(visitor).head("say").waitFor();
    const notes = page.getByTestId("run-notes");
    const run = await RunPage.start(visitor, async (form) => {
      // A value that is still open keeps nobody from being told.
      await notes.waitFor();
      const lines = await notes.locator("li").allTextContents();
      for (const words of wanted) assert.ok(lines.some((line) => words.test(line)), `${words} in ${lines.join("\n")}`);
      assert.match(lines[0], /^Warning: say 1 nvidia/, "what matters most comes first");
      await form.getByLabel("words", { exact: true }).fill("hello");
      await visitor.screenshot(`${colorScheme}-notes-run-form`);
    });
    assert.equal(await run.end(30_000), "Succeeded");
    await notes.waitFor();
    const lines = await notes.locator("li").allTextContents();
    for (const words of wanted) assert.ok(lines.some((line) => words.test(line)), `${words} in ${lines.join("\n")}`);
    await visitor.screenshot(`${colorScheme}-notes-run`);

    // A pipeline that asks for nothing of the kind is told nothing.
    const { volumes, ...rest } = document;
    const { mounts, resources, nodeSelector, ...say } = document.tasks.say;
    await page.goto(`${server.origin}/pipelines/${await made({ ...rest, tasks: { say }, parameters: [{ name: "words", type: "String", default: "x" }] })}`);
    await new Canvas(visitor).head("say").waitFor();
    const checked = page.waitForResponse((response) => response.url().endsWith("/api/runs/check") && response.ok());
    const plain = await RunPage.start(visitor, async () => {
      assert.deepEqual(await (await checked).json(), { notes: [] });
      assert.equal(await notes.count(), 0);
    });
    assert.equal(await plain.end(30_000), "Succeeded");
    assert.equal(await notes.count(), 0);
  });
}
