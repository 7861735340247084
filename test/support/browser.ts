// Debian's Chromium without a window, driven by its own protocol over a pipe: it opens pages, presses keys and returns
// their content. Only the browser itself is needed.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { promisify } from "node:util";
import { debianTool } from "./debian-packages.ts";
import type { Namespace } from "./network.ts";
import { eventually } from "./program.ts";

const FLAGS = [
  ...[
    "--headless",
    "--disable-gpu",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--lang=en",
    "--hide-scrollbars",
  ],
  ...["--remote-debugging-pipe", "--disable-background-networking", "--disable-component-update"],
];

/** Keys that have no character. */
const KEYS: Readonly<Record<string, number>> = { Tab: 9, Enter: 13, Escape: 27 };

/**
 * The browser's path; undefined if it is not available, or does not start unpacked. It is the program itself: the
 * script in /usr/bin reads /etc/chromium.d, which only an installed package has.
 */
export async function findChromium(): Promise<string | undefined> {
  const program = await debianTool("chromium", "usr/lib/chromium/chromium");
  if (program === undefined) return undefined;
  const starts = await promisify(execFile)(program, ["--version"]).then(
    () => true,
    () => false,
  );
  return starts ? program : undefined;
}

/** A browser with one page. */
export class Browser {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #answers = new Map<number, (answer: { result?: unknown; error?: unknown }) => void>();
  #session = "";
  #next = 1;
  /** What the page's console and the browser said of it. */
  readonly complaints: string[] = [];

  private constructor(child: ChildProcess, profile: string) {
    this.#child = child;
    this.#profile = profile;
    let rest = "";
    (child.stdio[3] as Writable).on("error", () => {});
    child.once("close", (code, signal) => {
      for (const answer of this.#answers.values()) answer({ error: `Chromium ended: ${signal ?? code}` });
      this.#answers.clear();
    });
    (child.stdio[4] as Readable).setEncoding("utf8").on("data", (text: string) => {
      const messages = (rest + text).split("\0");
      rest = messages.pop() ?? "";
      for (const message of messages) this.#take(JSON.parse(message));
    });
  }

  /** Starts it inside a namespace. */
  static async start(program: string, namespace: Namespace): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), "status-page-"));
    const [command = "", ...rest] = namespace.inside([program, ...FLAGS, `--user-data-dir=${profile}`, "about:blank"]);
    // A process group of its own: its helpers end with it.
    const child = spawn(command, rest, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"], detached: true });
    const browser = new Browser(child, profile);
    let targetId: string | undefined;
    await eventually(
      "Chromium has a page",
      async () => {
        const { targetInfos } = await browser.#send<{ targetInfos: { targetId: string; type: string }[] }>(
          "Target.getTargets",
        );
        targetId = targetInfos.find(({ type }) => type === "page")?.targetId;
        return targetId !== undefined;
      },
      30_000,
    );
    const { sessionId } = await browser.#send<{ sessionId: string }>("Target.attachToTarget", {
      ...{ targetId, flatten: true },
    });
    browser.#session = sessionId;
    for (const domain of ["Page", "Runtime", "Log"]) await browser.#send(`${domain}.enable`);
    return browser;
  }

  /** Opens a page in a window of a width, in pixels. */
  async open(url: string, width: number, height = 800): Promise<void> {
    await this.resize(width, height);
    await this.#send("Page.navigate", { url });
  }

  async resize(width: number, height = 800): Promise<void> {
    const metrics = { width, height, deviceScaleFactor: 1, mobile: width < 500 };
    await this.#send("Emulation.setDeviceMetricsOverride", metrics);
  }

  /** What an expression is in the page. */
  async ask<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#send<{
      result: { value: T };
      exceptionDetails?: { exception?: { description?: string }; text: string };
    }>("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails === undefined) return result.value;
    throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
  }

  /** Waits until an expression is true in the page. */
  async shows(what: string, expression: string): Promise<void> {
    await eventually(`the page shows ${what}`, async () => (await this.ask<unknown>(expression)) === true);
  }

  /** Presses a key, or types a text, where the focus is. */
  async press(key: string): Promise<void> {
    const code = { key, code: key, windowsVirtualKeyCode: KEYS[key], ...(key === "Enter" && { text: "\r" }) };
    await this.#send("Input.dispatchKeyEvent", { type: "keyDown", ...code });
    await this.#send("Input.dispatchKeyEvent", { type: "keyUp", ...code });
  }

  async type(text: string): Promise<void> {
    await this.#send("Input.insertText", { text });
  }

  /** Writes the page to a PNG file, for people. */
  async photograph(file: string, isDark = false): Promise<void> {
    const features = [{ name: "prefers-color-scheme", value: isDark ? "dark" : "light" }];
    await this.#send("Emulation.setEmulatedMedia", { features });
    const { data } = await this.#send<{ data: string }>("Page.captureScreenshot", { captureBeyondViewport: true });
    writeFileSync(file, Buffer.from(data, "base64"));
  }

  async close(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) {
      const ended = new Promise((resolve) => this.#child.once("close", resolve));
      process.kill(-pid, "SIGKILL");
      await ended;
    }
    // Its helpers may write there for a moment yet.
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 20 });
  }

  #send<T>(method: string, params: object = {}): Promise<T> {
    const id = this.#next++;
    const message = { id, method, params, ...(this.#session !== "" && { sessionId: this.#session }) };
    (this.#child.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    return new Promise((resolve, reject) => {
      this.#answers.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result as T);
        else reject(new Error(`${method}: ${JSON.stringify(error)}`));
      });
    });
  }

  #take(message: { id?: number; method?: string; params?: unknown; result?: unknown; error?: unknown }): void {
    const answer = message.id === undefined ? undefined : this.#answers.get(message.id);
    if (message.id !== undefined) this.#answers.delete(message.id);
    answer?.(message);
    if (message.method === "Log.entryAdded" || message.method === "Runtime.exceptionThrown")
      this.complaints.push(JSON.stringify(message.params));
  }
}
