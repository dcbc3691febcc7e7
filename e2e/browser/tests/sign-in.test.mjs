// The first contact: the printed address signs in, the token leaves the address bar, and the app starts without an error.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serve, visit } from "../harness.mjs";

test("the printed address signs in and the token leaves the address bar", async (t) => {
  const { page, context, server } = await visit(t);
  assert.equal(new URL(page.url()).search, "", "the token is stripped by a redirect");
  const cookies = await context.cookies();
  const port = new URL(server.origin).port;
  const session = cookies.find((cookie) => cookie.name.includes(port));
  assert.ok(session, `a cookie whose name carries the port ${port}, among: ${cookies.map(({ name }) => name)}`);
  assert.equal(session.httpOnly, true);
  assert.equal(session.sameSite, "Lax");
});

test("the app starts and draws its first page", async (t) => {
  const visitor = await visit(t);
  await visitor.page.locator("main").waitFor({ state: "visible" });
  await visitor.screenshot("first-page");
});

test("without a token nothing but the sign-in page is served", async (t) => {
  const server = await serve(t);
  const response = await fetch(`${server.origin}/api/pipelines`);
  assert.equal(response.status, 401);
});

test("the page's policy refuses inline scripts", async (t) => {
  const visitor = await visit(t);
  visitor.expectProblem(/policy: script-src/);
  visitor.expectProblem(/console: .*Content Security Policy/);
  const ran = await visitor.page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "globalThis.inlineScriptRan = true";
    document.body.append(script);
    return /** @type {any} */ (globalThis).inlineScriptRan === true;
  });
  assert.equal(ran, false);
});

test("the sign-in page leads back to the address with its fragment", async (t) => {
  const visitor = await visit(t);
  const { page, server, context } = visitor;
  visitor.expectProblem(/status of 401/);
  await context.clearCookies();
  await page.goto(`${server.origin}/?tab=1#p=abc.def`);
  await page.getByLabel("Token").fill("not the token");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Token").fill(server.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("main form").waitFor({ state: "detached" });
  const address = new URL(page.url());
  assert.equal(address.search + address.hash, "?tab=1#p=abc.def");
});
