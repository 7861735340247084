// The control socket: what its clients send, in whatever pieces, and what anydhcpctl is answered.

import type { Socket } from "node:net";
import { CONTROL_REQUEST_OCTETS_MAX } from "../../../src/base/limits/control.ts";
import { ControlConnection, type Controlled } from "../../../src/control/connection.ts";
import { AddressExplanation, Explanation } from "../../../src/control/explain-messages.ts";
import { Health } from "../../../src/control/health-messages.ts";
import { describeLease } from "../../../src/control/lease-description.ts";
import { Lease, LeaseEventLine, Refusal, ReloadResult, Status } from "../../../src/control/messages.ts";
import { COMMANDS, parseRequest } from "../../../src/control/request.ts";
import { Request } from "../../../src/control/requests.ts";
import { BindingState } from "../../../src/lease/lease.ts";
import { numberedRecord } from "../../support/journal.ts";
import { idlePace } from "../../support/paces.ts";
import { Deferred } from "../deferred.ts";
import { Choices, check, joined, octetsOfText, pieceOf, type Target, textOfOctets } from "../target.ts";

const HEALTH: Health = { state: "healthy", checks: [] };
const LEASES = 3;
/** Turns of the event loop that the answer to one line may take. */
const TURNS_MAX = 64;
const PLACE = { reserved: false, host: undefined, subnet: "10.0.0.0/8", interface: undefined };

/** A socket whose peer takes everything at once. */
class StandInSocket {
  destroyed = false;
  readableEnded = false;
  allowHalfOpen = false;
  written = "";
  private readonly handlers = new Map<string, (value?: unknown) => void>();

  on(event: string, handler: (value?: unknown) => void): this {
    this.handlers.set(event, handler);
    return this;
  }

  once(event: string, handler: (value?: unknown) => void): this {
    return this.on(event, handler);
  }

  off(): this {
    return this;
  }

  emit(event: string, value?: unknown): void {
    if (!this.destroyed) this.handlers.get(event)?.(value);
  }

  write(text: string, done?: () => void): boolean {
    this.written += text;
    if (done !== undefined) setImmediate(done);
    return true;
  }

  end(text?: string, done?: () => void): this {
    if (typeof text === "string") this.written += text;
    if (done !== undefined) setImmediate(done);
    this.readableEnded = true;
    return this;
  }

  destroy(): this {
    this.destroyed = true;
    return this;
  }

  setEncoding(): void {}
  setTimeout(): void {}
  pause(): void {}
  resume(): void {}
}

/** A promise that is kept in the same turn, which is all that the conversation has. */
function atOnce<T>(value: T): Promise<T> {
  const name = "then";
  return { [name]: (take: (value: T) => void) => take(value) } as unknown as Promise<T>;
}

const EVENTS = [0, 1].map((n) => ({
  ...{ kind: "added" as const, at: 1_800_000_000, lease: { record: numberedRecord(n), place: PLACE } },
}));

const controlled: Controlled = {
  status: () => ({}) as Status,
  delayStatus: () => ({}) as Status,
  events: {
    run: "r",
    first: 1,
    next: 3,
    followed: 0,
    at: (number) => EVENTS[number % 2],
    follow: () => () => undefined,
  },
  pace: idlePace(),
  leases: () => Array.from({ length: LEASES }, (_, n) => ({ record: numberedRecord(n), place: PLACE })),
  health: () => atOnce(HEALTH),
  drain: () => atOnce(HEALTH),
  undrain: () => atOnce(HEALTH),
  release: () => atOnce({ ok: true, message: "" }),
  forgive: () => atOnce({ ok: true, message: "" }),
  reserve: () => atOnce({ ok: true, message: "" }),
  leasePage: () => atOnce({ leases: [], more: false }),
  refused: () => ({ clients: [], chosenServers: [] }),
  explain: () => Promise.resolve({} as Explanation),
  explainAddress: () => ({}) as AddressExplanation,
  // The stand-in has no peer: it is refused.
  reload: () => Promise.resolve({ ok: true, message: "", diagnostics: "" }),
  check: () => Promise.resolve({ ok: true, message: "", diagnostics: "" }),
};

/** What is valid by the schema of both sides, with the members that JSON.parse gives. */
function isRequest(line: string): boolean {
  try {
    return Request.safeParse(JSON.parse(line)).success;
  } catch {
    return false;
  }
}

function converse(choices: Choices): void {
  const deferred = new Deferred();
  deferred.within(() => {
    const socket = new StandInSocket();
    new ControlConnection(socket as unknown as Socket, controlled);
    const text = textOfOctets(choices.piece());
    const cut = choices.short() % (text.length + 1);
    for (const chunk of [text.slice(0, cut), text.slice(cut)]) if (chunk !== "") socket.emit("data", chunk);
    const lines = text.split("\n").slice(0, -1);
    deferred.runTurns((lines.length + 1) * TURNS_MAX);
    check(deferred.runTurns(1) === 0, () => "a connection goes on answering");
    socket.emit("end");
    const bad = lines.findIndex((line) => parseRequest(line) === undefined);
    const answers = socket.written.split("\n").slice(0, -1);
    const wanted = bad < 0 ? lines : lines.slice(0, bad + 1);
    const commands = wanted.map((line) => parseRequest(line)?.command);
    const last = commands.findIndex((command) => command === "leases" || command === "events");
    const follows = commands[last] === "events";
    const isFiltered = last >= 0 && Object.keys(parseRequest(wanted[last] ?? "") ?? {}).length > 1;
    // Leases end with their number; events begin with all leases between two lines, or with as many as there are.
    const count = last < 0 ? wanted.length : last + LEASES + (follows ? 2 : 1);
    // Without an identity of its peer the stand-in may change nothing, and is refused at the first such request.
    const isRefused = answers.some((answer) => answer.includes("permission denied"));
    check(
      answers.length <= count && (answers.length === count || isRefused || follows || isFiltered),
      () => `${answers.length} answers to ${count} requests`,
    );
    if (bad >= 0 && last < 0 && !isRefused)
      check(
        Refusal.safeParse(JSON.parse(answers.at(-1) ?? "")).success,
        () => "a line that is no request is not refused",
      );
    if (lines.length === 0 && text.length > CONTROL_REQUEST_OCTETS_MAX)
      check(socket.destroyed, () => "a line without end is read on");
  });
}

/** What the command line does with an answer: no octets make its schemas throw, nor change anything outside of them. */
function readAnswer(text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return;
  }
  for (const schema of [Lease, LeaseEventLine, Status, Health, Explanation, AddressExplanation, ReloadResult, Refusal])
    schema.safeParse(value);
  check(Object.keys(Object.prototype).length === 0, () => "an answer has changed all objects");
}

/** A lease of any octets is told as the schema says. */
function describe(choices: Choices): void {
  const record = {
    ...numberedRecord(choices.octet()),
    state: choices.of([BindingState.bound, BindingState.abandoned, BindingState.expired]),
    endsAt: choices.of([0, 1_700_000_000, 0xffff_fffe, Number.POSITIVE_INFINITY]),
    hostName: choices.piece(),
    clientId: choices.piece(),
    agentInformation: choices.piece(),
  };
  const told = JSON.parse(JSON.stringify(describeLease(record, PLACE)));
  check(Lease.safeParse(told).success, () => `a lease is told otherwise than the schema says: ${JSON.stringify(told)}`);
  for (const text of [told.hostName, told.circuitId, told.remoteId])
    check(text === undefined || !/[\p{C}\p{Zl}\p{Zp}]/u.test(text), () => "a name is told with what a terminal obeys");
}

const TEXTS = [
  ...COMMANDS.map((command) => `${JSON.stringify({ command })}\n`),
  '{"command":"status"}\n{"command":"delay"}\n\n{"command":"health"}\n',
  '{"command":"status","x":1}\n',
  '{"__proto__":{"command":"status"}}\n',
  '{"command":"events","resume":"r-1"}\n',
  '{"error":"no"}',
  JSON.stringify(describeLease(numberedRecord(1), PLACE)),
  JSON.stringify(HEALTH),
];

export const controlTarget: Target = {
  name: "control",
  unit: "connections",
  seeds: TEXTS.map((text, i) =>
    joined(
      pieceOf(octetsOfText(text)),
      Uint8Array.of(0, i, i, 0, i),
      ...[text, "ab", "\u0001\u0002ab"].map((more) => pieceOf(octetsOfText(more))),
    ),
  ),
  words: [
    ...COMMANDS,
    ...'{ } [ ] " : , \n \r \\u0000 "command": {"command":" "} null true 1e999 __proto__ constructor toString'.split(
      " ",
    ),
  ].map(octetsOfText),
  octetsMax: 70_000,
  run(octets) {
    const choices = new Choices(octets);
    converse(choices);
    describe(choices);
    const text = textOfOctets(octets);
    for (const line of [text, textOfOctets(new Choices(octets).piece())]) {
      check(
        (parseRequest(line) !== undefined) === isRequest(line),
        () => `the two readers of requests differ about ${JSON.stringify(line)}`,
      );
      readAnswer(line);
    }
    return 1;
  },
};
