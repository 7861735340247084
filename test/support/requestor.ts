// requestor.py as an object: an access concentrator that asks for leases.

import { fileURLToPath } from "node:url";
import type { Namespace } from "./network.ts";
import type { Program } from "./program.ts";
import type { MessageFields, WireMessage } from "./wire-tools.ts";

const SCRIPT = fileURLToPath(new URL("requestor.py", import.meta.url));

/** What came back to a bulk query. */
export interface BulkAnswers {
  /** How many messages before the last, and about how many addresses. */
  readonly total: number;
  readonly distinct: number;
  /** The first of them. */
  readonly messages: readonly WireMessage[];
  readonly dones: readonly WireMessage[];
  readonly closed: boolean;
}

/** See the head of this file. One command at a time. */
export class Requestor {
  readonly #program: Program;

  private constructor(program: Program) {
    this.#program = program;
  }

  static async start(namespace: Namespace): Promise<Requestor> {
    const program = namespace.spawn(["python3", "-B", SCRIPT]);
    await program.waitForLine((line) => line.includes('"ready"'));
    return new Requestor(program);
  }

  /** Asks by UDP, from and for `from`; resolves with the answer, `message` null where none came. */
  datagram(question: {
    server: string;
    from: string;
    message: MessageFields;
    waitMs?: number;
  }): Promise<{ message: WireMessage | null; source: string; port: number }> {
    return this.#command({ op: "datagram", ...question });
  }

  /** Opens a connection, in place of the one before; resolves with what went wrong, or "". `window`: its receive buffer. */
  async connect(to: { server: string; from?: string; window?: number }): Promise<string> {
    const { error } = await this.#command<{ error: string }>({ op: "connect", ...to });
    return error;
  }

  /** Sends bulk queries at once and reads until `done` of them (all) were answered, or the end. */
  ask(messages: readonly MessageFields[], { done = messages.length, keep = 1000 } = {}): Promise<BulkAnswers> {
    return this.#command({ op: "ask", messages: messages.map(bulk), done, keep });
  }

  /** Sends bulk queries and reads no answer. */
  async hang(messages: readonly MessageFields[]): Promise<void> {
    await this.#command({ op: "hang", messages: messages.map(bulk) });
  }

  /** Sends octets, given in hexadecimal, as they are. */
  async octets(hex: string): Promise<void> {
    await this.#command({ op: "octets", hex });
  }

  /** Ends its own direction of the connection. */
  async shut(): Promise<void> {
    await this.#command({ op: "shut" });
  }

  /** Whether the server ends the connection within `waitMs`. */
  async closed(waitMs = 10_000): Promise<boolean> {
    const { closed } = await this.#command<{ closed: boolean }>({ op: "closed", waitMs });
    return closed;
  }

  async #command<T>(command: object): Promise<T> {
    const from = this.#program.lines.length;
    this.#program.write(`${JSON.stringify(command)}\n`);
    return JSON.parse(await this.#program.waitForLine(() => true, { from, timeoutMs: 60_000 }));
  }
}

function bulk(message: MessageFields): MessageFields {
  return { type: "BULKLEASEQUERY", ...message };
}
