// Files dropped on the page as a file manager drops them.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { atEnd } from "./harness.mjs";

/**
 * Drops files and folders by the browser's own drag, as a file manager's: the page gets real entries.
 *
 * @param {import("./harness.mjs").Visitor} visitor @param {string} selector @param {string[]} files their paths
 */
export async function drop(visitor, selector, files, at = { x: 200, y: 160 }) {
  const box = await visitor.page.locator(selector).first().boundingBox();
  assert.ok(box);
  const session = await visitor.context.newCDPSession(visitor.page);
  for (const type of /** @type {const} */ (["dragEnter", "dragOver", "drop"])) {
    await session.send("Input.dispatchDragEvent", { type, x: box.x + at.x, y: box.y + at.y, data: { items: [], files, dragOperationsMask: 1 } });
  }
  await session.detach();
}

/** A folder of its own with these files in it: path → content. */
export async function folderOf(/** @type {import("node:test").TestContext} */ t, /** @type {Record<string, string | Buffer>} */ files) {
  const folder = await mkdtemp(path.join(tmpdir(), "dagwright-drop-"));
  atEnd(t, () => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
  return (/** @type {string} */ name) => path.join(folder, name);
}
