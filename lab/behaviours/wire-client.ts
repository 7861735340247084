// A client's or relay's interface in our hands: frames out, every frame that comes in kept, replies found by
// their transaction. The program behind it is load/wire.c.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { LabNamespace } from "../network/lab.ts";
import { builtProgram } from "../programs.ts";
import { readReply, type SeenReply } from "./client-message.ts";

const START_DEADLINE_MS = 10_000;

/** Hands on one interface. */
export class WireClient {
  /** The interface's hardware address. */
  readonly hardware: string;
  readonly #child: ChildProcess;
  readonly #replies: SeenReply[];
  readonly #arrived: Set<() => void>;

  private constructor(hardware: string, child: ChildProcess, replies: SeenReply[], arrived: Set<() => void>) {
    this.hardware = hardware;
    this.#child = child;
    this.#replies = replies;
    this.#arrived = arrived;
  }

  /** Takes an interface; rejects with the program's error if it cannot. */
  static async start(namespace: LabNamespace, interfaceName: string): Promise<WireClient> {
    const [command = "", ...rest] = namespace.inside([builtProgram("anydhcpd-wire"), interfaceName]);
    const child = spawn(command, rest, { stdio: ["pipe", "pipe", "pipe"] });
    const replies: SeenReply[] = [];
    const arrived = new Set<() => void>();
    let errors = "";
    child.stderr.on("data", (text: Buffer) => {
      errors += text;
    });
    child.stdin.on("error", () => undefined);
    const hardware = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("anydhcpd-wire does not start")), START_DEADLINE_MS);
      child.once("error", reject);
      child.once("exit", () => reject(new Error(errors || "it ended")));
      createInterface({ input: child.stdout }).on("line", (line) => {
        const [word, value = ""] = line.split(" ");
        if (word === "ready") {
          clearTimeout(late);
          resolve(value);
          return;
        }
        const reply = readReply(Buffer.from(value, "hex"), word === "partial");
        if (reply === undefined) return;
        replies.push(reply);
        for (const tell of arrived) tell();
      });
    });
    return new WireClient(hardware, child, replies, arrived);
  }

  /** Writes a frame. */
  sendFrame(octets: Uint8Array): void {
    this.#child.stdin?.write(`frame ${Buffer.from(octets).toString("hex")}\n`);
  }

  /** Makes the kernel broadcast a datagram from port 68 to port 67. */
  sendDatagram(payload: Uint8Array): void {
    this.#child.stdin?.write(`datagram ${Buffer.from(payload).toString("hex")}\n`);
  }

  /**
   * The replies to a transaction: none if there is none within `waitMs`, else all that have come
   * `lingerMs` after the first.
   */
  async repliesTo(xid: number, { waitMs, lingerMs }: { waitMs: number; lingerMs: number }): Promise<SeenReply[]> {
    const found = (): SeenReply[] => this.#replies.filter((reply) => reply.xid === xid);
    if (found().length === 0) {
      await new Promise<void>((resolve) => {
        const over = (): void => {
          clearTimeout(timer);
          this.#arrived.delete(look);
          resolve();
        };
        const look = (): void => {
          if (found().length > 0) over();
        };
        const timer = setTimeout(over, waitMs);
        this.#arrived.add(look);
      });
    }
    if (found().length > 0) await new Promise((resolve) => setTimeout(resolve, lingerMs));
    return found();
  }

  /** Lets the interface go. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin?.end();
    await gone;
  }
}
