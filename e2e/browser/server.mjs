// The real binary under test: one process on a free loopback port, with a data folder of its own that goes with the test.
// Ends only the process it started.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const startSeconds = 60;
const stopSeconds = 10;

/** The binary: `DAGWRIGHT_BINARY` (scripts/test.sh sets it), or what cargo built here last. */
function binary() {
  return process.env.DAGWRIGHT_BINARY
    ?? path.join(process.env.CARGO_TARGET_DIR ?? path.join(repository, "target"), "debug/dagwright");
}

/** The environment without what would configure the binary: a person's own server must not leak into a test. */
function clean(/** @type {NodeJS.ProcessEnv} */ environment) {
  const isForServer = (/** @type {string} */ name) => name.startsWith("DAGWRIGHT_") || name.startsWith("AWS_") || name === "KUBECONFIG";
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isForServer(name)));
}

export class Server {
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #process;
  #log = "";
  /** Where it answers, as `http://127.0.0.1:41234`. */
  origin = "";
  token = "";
  /** The address it printed, with the token. */
  signInUrl = "";

  /** @param {string} dataFolder @param {string[]} flags more flags for `dagwright serve` @param {Record<string, string>} environment */
  constructor(dataFolder, flags, environment) {
    this.dataFolder = dataFolder;
    this.flags = flags;
    this.environment = environment;
  }

  /** Makes a data folder; `start` starts the binary on it. */
  static async create({ flags = [], environment = {} } = {}) {
    return new Server(await mkdtemp(path.join(tmpdir(), "dagwright-test-")), flags, environment);
  }

  get pid() {
    return this.#process?.pid;
  }

  get running() {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** All it printed so far, over all its starts. */
  get log() {
    return this.#log;
  }

  /** Starts the binary and waits for the address it prints. The same data folder at each start; a new port. */
  async start() {
    const child = spawn(binary(), ["serve", "--port", "0", "--data-dir", this.dataFolder, ...this.flags], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...clean(process.env), NO_COLOR: "1", ...this.environment },
    });
    this.#process = child;
    let printed = "";
    await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no address printed in ${startSeconds} s:\n${this.#log}`)), startSeconds * 1000);
      const read = (/** @type {Buffer} */ chunk) => {
        this.#log += chunk;
        printed += chunk;
        const address = /(http:\/\/127\.0\.0\.1:\d+)\/\?token=([\w.~-]+)/.exec(printed);
        if (address && printed.slice(address.index).includes("\n")) {
          clearTimeout(late);
          [this.signInUrl, this.origin, this.token] = address;
          resolve(undefined);
        }
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.once("error", (error) => reject(new Error(`${binary()}: ${error.message} (build it by: make test)`)));
      child.once("exit", (code, signal) => {
        clearTimeout(late);
        reject(new Error(`it ended before it printed its address (${code ?? signal}):\n${this.#log}`));
      });
    });
    return this;
  }

  /** Ends the binary and waits for its end. `SIGTERM` is what a person's Ctrl+C comes to; `SIGKILL` is the crash. */
  async stop(/** @type {NodeJS.Signals} */ signal = "SIGTERM") {
    const child = this.#process;
    const running = this.running;
    this.#process = undefined;
    if (!child || !running) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    const hard = setTimeout(() => child.kill("SIGKILL"), stopSeconds * 1000);
    await ended;
    clearTimeout(hard);
  }

  /** Ends it for good, data and all. */
  async remove() {
    await this.stop();
    await rm(this.dataFolder, { recursive: true, force: true });
  }

  /** A request as the command line makes it: with the token, not with a cookie. */
  async request(/** @type {string} */ where, /** @type {RequestInit} */ init = {}) {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${this.token}`);
    return fetch(this.origin + where, { ...init, headers });
  }
}
