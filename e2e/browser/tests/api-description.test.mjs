// The API against its own description: schemathesis sends it wrong and right requests, and finds no 5xx and no answer that
// the description does not know. Streams are left out (scripts/schemathesis.sh says which).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { atEnd, serve } from "../harness.mjs";
import { repository } from "../server.mjs";

test("schemathesis finds no server error and no answer outside the description", { timeout: 420_000 }, async (t) => {
  const server = await serve(t);
  const child = spawn(path.join(repository, "scripts/schemathesis.sh"), [server.origin, server.token]);
  atEnd(t, () => void child.kill());
  let report = "";
  child.stdout.on("data", (chunk) => (report += chunk));
  child.stderr.on("data", (chunk) => (report += chunk));
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(code, 0, report.slice(-20_000));
  // It goes on when one of its threads breaks down, with what that thread had to do left out.
  assert.doesNotMatch(report, /Exception in thread/, report.slice(-20_000));
  t.diagnostic(/\d+ generated.*/.exec(report)?.[0] ?? "no count of cases");
  assert.equal(server.running, true, `the server ended meanwhile:\n${server.log.slice(-4_000)}`);
});
