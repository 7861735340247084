// The messages between the daemon and the process that runs its event script: script/protocol.h in TypeScript (a test
// compares the two). One SOCK_SEQPACKET message a request, in the machine's own byte order.

import { SCRIPT_REQUEST_OCTETS_MAX, SCRIPT_VARIABLES_MAX } from "../base/limits/script.ts";
import type { Seconds } from "../base/time.ts";

/** First octet of every message; the process ends when it differs. */
export const SCRIPT_VERSION = 1;

/** Second octet of every message. */
export const ScriptVerb = { ready: 1, run: 2, line: 3, done: 4 } as const;

/** How a run has ended. */
export const ScriptOutcome = { exited: 0, killed: 1, tooLong: 2, notRun: 3 } as const;

/** Octets of the header, and where its fields are. */
export const ScriptLayout = {
  octets: 12,
  version: 0,
  verb: 1,
  outcome: 2,
  reserved: 3,
  sequence: 4,
  value: 8,
} as const;

/** A call of the script: its arguments, and variables of its environment. */
export interface ScriptCall {
  readonly action: "add" | "old" | "del";
  /** In hexadecimal with colons, behind a type and a dash where it is not Ethernet's. */
  readonly hardware: string;
  readonly address: string;
  /** A label of the DNS; empty: none. */
  readonly name: string;
  readonly variables: readonly (readonly [name: string, value: string])[];
}

const text = new TextEncoder();

const SPACE = 0x20;
const DELETE = 0x7f;

/** Whether a value has a control character, which script/request.c takes for an attack, and ends the process. */
function hasControl(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code < SPACE || code === DELETE) return true;
  }
  return false;
}

/** A buffer for requests. One message at a time. */
export class ScriptWriter {
  /** The message, from its first octet; its length is what `run` returned. */
  readonly octets = new Uint8Array(SCRIPT_REQUEST_OCTETS_MAX);
  private readonly words = new Uint32Array(this.octets.buffer);

  /** Writes a request to run the script for `seconds` at most; returns its length. A variable for which there is no room, or that script/request.c would not take, is left out. */
  run(sequence: number, seconds: Seconds, { action, hardware, address, name, variables }: ScriptCall): number {
    const at = ScriptLayout;
    this.octets.fill(0, 0, at.octets);
    this.octets[at.version] = SCRIPT_VERSION;
    this.octets[at.verb] = ScriptVerb.run;
    this.words[at.sequence / 4] = sequence;
    this.words[at.value / 4] = seconds;
    let end: number = at.octets;
    for (const argument of [action, hardware, address, name]) end = this.put(argument, end);
    for (const [variable, value] of variables.slice(0, SCRIPT_VARIABLES_MAX))
      if (!hasControl(value)) end = this.put(`${variable}=${value}`, end);
    return end;
  }

  private put(string: string, at: number): number {
    const octets = text.encode(string);
    const end = at + octets.length + 1;
    if (end > this.octets.length) return at;
    this.octets.set(octets, at);
    this.octets[end - 1] = 0;
    return end;
  }
}

/**
 * Messages that come back; ready: another worker runs scripts from now on, and the answer to the request `sequence`
 * will not come.
 */
export type ScriptAnswer =
  | { readonly verb: "ready"; readonly sequence: number }
  | { readonly verb: "line"; readonly sequence: number; readonly octets: Uint8Array }
  | { readonly verb: "done"; readonly sequence: number; readonly outcome: number; readonly value: number };

/** Reads a message of the process; undefined if it is none. `octets` of a line is valid as long as the message. */
export function readScriptAnswer(message: Uint8Array): ScriptAnswer | undefined {
  const at = ScriptLayout;
  if (message.length < at.octets || message[at.version] !== SCRIPT_VERSION) return undefined;
  const words = new Uint32Array(message.slice(0, at.octets).buffer);
  const sequence = words[at.sequence / 4] ?? 0;
  if (message[at.verb] === ScriptVerb.line) return { verb: "line", sequence, octets: message.subarray(at.octets) };
  if (message.length !== at.octets) return undefined;
  if (message[at.verb] === ScriptVerb.ready) return { verb: "ready", sequence };
  if (message[at.verb] !== ScriptVerb.done) return undefined;
  return { verb: "done", sequence, outcome: message[at.outcome] ?? 0, value: words[at.value / 4] ?? 0 };
}
