// Clients of the control socket that ask without end, do not read, or say nothing.

import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EVENT_READERS_MAX } from "../../../src/base/limits/events.ts";
import { ControlConnection, type Controlled } from "../../../src/control/connection.ts";
import type { Health } from "../../../src/control/health-messages.ts";
import type { LeasePlace } from "../../../src/control/lease-description.ts";
import { LeaseEventLine, type Status } from "../../../src/control/messages.ts";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";
import { idlePace } from "../../support/paces.ts";
import { eventually } from "../../support/program.ts";

const STATUS_OCTETS = 1000;
/** More than the kernel's buffers take at once. */
const LEASES = 5000;
const NOTHING = new Uint8Array(0);
const RECORD: LeaseRecord = {
  ...{ address: 0x0a000001, state: BindingState.bound, startsAt: 1, endsAt: 2, lastTransactionAt: 1, htype: 1 },
  ...{
    hardwareAddress: NOTHING,
    clientId: NOTHING,
    hostName: NOTHING,
    agentInformation: NOTHING,
    vendorClass: NOTHING,
  },
};
const PLACE: LeasePlace = { reserved: false, host: undefined, subnet: "10.0.0.0/8", interface: undefined };
const REQUEST = `${JSON.stringify({ command: "status" })}\n`;

const HEALTH: Health = { state: "healthy", checks: [] };

let folder = "";
let server: Server;
let asked = 0;
let connections: ControlConnection[] = [];
/** The daemon's ends. */
let sockets: Socket[] = [];

/** A feed whose events a test makes. */
const feed = {
  ...{ run: "r", first: 1, next: 1, followed: 0 },
  wakes: new Set<{ take(): void }>(),
  at: () => ({ kind: "added" as const, at: 1_800_000_000, lease: { record: RECORD, place: PLACE } }),
  follow(wake: { take(): void }): () => void {
    feed.wakes.add(wake);
    feed.followed = feed.wakes.size;
    return () => {
      feed.wakes.delete(wake);
      feed.followed = feed.wakes.size;
    };
  },
  add(count: number): void {
    feed.next += count;
    for (const wake of feed.wakes) wake.take();
  },
};

const controlled: Controlled = {
  status: () => {
    asked += 1;
    return { text: "x".repeat(STATUS_OCTETS) } as unknown as Status;
  },
  delayStatus: () => ({}) as Status,
  events: feed,
  pace: idlePace(),
  leases: () => Array.from({ length: LEASES }, () => ({ record: RECORD, place: PLACE })),
  explain: () => Promise.resolve(undefined),
  explainAddress: () => ({ address: "10.0.0.1", hosts: [] }),
  health: () => Promise.resolve(HEALTH),
  drain: () => Promise.resolve(HEALTH),
  undrain: () => Promise.resolve(HEALTH),
  release: () => Promise.resolve({ ok: true, message: "" }),
  check: () => Promise.resolve({ ok: true, message: "", diagnostics: "" }),
  forgive: () => Promise.resolve({ ok: true, message: "" }),
  reserve: () => Promise.resolve({ ok: true, message: "" }),
  leasePage: () => Promise.resolve({ leases: [], more: false }),
  refused: () => undefined,
  reload: () => new Promise((resolve) => setTimeout(() => resolve({ ok: true, message: "", diagnostics: "" }), 20)),
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "control-"));
  asked = 0;
  connections = [];
  sockets = [];
  server = createServer((socket) => {
    connections.push(new ControlConnection(socket, controlled));
    sockets.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "socket"), resolve));
});
afterEach(() => {
  for (const connection of connections) connection.close();
  server.close();
  rmSync(folder, { recursive: true });
});

function client(): Socket {
  const socket = connect(join(folder, "socket"));
  socket.on("error", () => undefined);
  return socket;
}

function textOf(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    text += chunk;
  });
  return new Promise((resolve) => socket.on("close", () => resolve(text)));
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a client of the control socket", () => {
  it("has every request answered, in order, one in a turn [B13]", async () => {
    const socket = client();
    socket.write(REQUEST.repeat(500));
    let most = 0;
    let lines = 0;
    socket.on("data", (chunk: Buffer) => {
      lines += chunk.toString().split("\n").length - 1;
    });
    while (lines < 500) {
      const before = asked;
      await turn();
      most = Math.max(most, asked - before);
    }
    expect(asked).toBe(500);
    expect(most).toBe(1);
    socket.destroy();
  });

  it("is ended at the first line that is no request [B13]", async () => {
    const socket = client();
    const text = textOf(socket);
    socket.write(`${REQUEST}\n\n${REQUEST}`);
    expect((await text).split("\n").slice(1)).toEqual([expect.stringContaining('{"error":"not a request'), ""]);
    expect(asked).toBe(1);
  });

  it("of another version of the protocol is told so, whatever it asks", async () => {
    const socket = client();
    const text = textOf(socket);
    socket.write('{"command":"something-new","protocol":2}\n');
    expect(JSON.parse(await text)).toEqual({
      error: expect.stringMatching(/speaks version 1 of the control protocol, and not version 2: use the anydhcpctl/),
      protocol: 1,
    });
  });

  it("has only the leases told that it asks for", async () => {
    const socket = client();
    const text = textOf(socket);
    socket.end('{"command":"leases","states":["abandoned"]}\n');
    expect(await text).toBe('{"count":0}\n');
  });

  it("that does not read has no more made for it than the kernel takes [B13]", async () => {
    const socket = client();
    socket.pause();
    socket.write(REQUEST.repeat(60_000));
    let before = -1;
    while (before !== asked) {
      before = asked;
      for (let i = 0; i < 50; i++) await turn();
    }
    // What lies in the kernel's buffers, at most.
    expect(asked).toBeLessThan(2000);
    expect(asked).toBeGreaterThan(0);
    socket.destroy();
  });

  it("that sends a line without end is ended [B13]", async () => {
    const socket = client();
    const text = textOf(socket);
    socket.write("x".repeat(200_000));
    expect(await text).toBe("");
  });

  it.each([
    ["status", 1],
    ["leases", LEASES + 1],
    ["reload", 1],
  ])("that ends its side behind the request still has the whole answer: %s", async (command, lines) => {
    const socket = client();
    const text = textOf(socket);
    socket.end(`${JSON.stringify({ command })}\n`);
    expect((await text).split("\n")).toHaveLength(lines + 1);
  });

  it("is ended for its silence, but not while its answer is made", async () => {
    let answer: (health: Health) => void = () => undefined;
    vi.spyOn(controlled, "health").mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    const socket = client();
    const text = textOf(socket);
    socket.write('{"command":"health"}\n');
    await eventually("the request is taken", () => connections[0]?.isBusy === true);
    sockets[0]?.emit("timeout");
    answer(HEALTH);
    await eventually("it is answered", () => connections[0]?.isBusy === false);
    sockets[0]?.emit("timeout");
    expect(await text).toBe(`${JSON.stringify(HEALTH)}\n`);
  });

  it("is ended when it does not take its answer", async () => {
    const socket = client();
    socket.pause();
    socket.write('{"command":"leases"}\n');
    await eventually("the kernel takes no more", () => (sockets[0]?.writableLength ?? 0) > 0);
    sockets[0]?.emit("timeout");
    expect(sockets[0]?.destroyed).toBe(true);
    socket.destroy();
  });

  it("that ends its side without a request is ended", async () => {
    const socket = client();
    const text = textOf(socket);
    socket.end(REQUEST.slice(0, 5));
    expect(await text).toBe("");
  });

  it("is busy only while it is answered [B13]", async () => {
    const socket = client();
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    while (connections.length === 0) await turn();
    expect(connections[0]?.isBusy).toBe(false);
    const answered = new Promise((resolve) => socket.once("data", resolve));
    socket.write(REQUEST);
    await answered;
    for (let i = 0; i < 5; i++) await turn();
    expect(connections[0]?.isBusy).toBe(false);
    socket.destroy();
  });
});

describe("a client that follows events", () => {
  beforeEach(() => {
    Object.assign(feed, { first: 1, next: 1, followed: 0 });
    feed.wakes.clear();
  });

  /** Follows, and gives lines as they come. */
  function follow(resume?: string): {
    socket: Socket;
    lines: LeaseEventLine[];
    upTo(count: number): Promise<LeaseEventLine[]>;
  } {
    const socket = client();
    const lines: LeaseEventLine[] = [];
    createInterface({ input: socket }).on("line", (line) => lines.push(LeaseEventLine.parse(JSON.parse(line))));
    socket.write(`${JSON.stringify({ command: "events", ...(resume !== undefined && { resume }) })}\n`);
    const upTo = async (count: number): Promise<LeaseEventLine[]> => {
      await eventually(`${count} lines`, () => lines.length >= count);
      return lines.splice(0, count);
    };
    return { socket, lines, upTo };
  }

  const tokens = (lines: readonly LeaseEventLine[]): unknown[] =>
    lines.map((line) => ("token" in line ? line.token : undefined));

  it("is told all leases, then each event with a token, and comes back by the last one that it has read", async () => {
    const { socket, upTo } = follow();
    const all = await upTo(LEASES + 2);
    expect(all[0]).toEqual({ event: "snapshot", because: "start" });
    expect(all.slice(1, -1).every(({ event }) => event === "lease")).toBe(true);
    expect(all.at(-1)).toEqual({ event: "current", token: "r-0" });
    feed.add(3);
    const told = await upTo(3);
    expect(tokens(told)).toEqual(["r-1", "r-2", "r-3"]);
    expect(told[0]).toMatchObject({ event: "added", at: "2027-01-15T08:00:00Z", lease: { state: "bound" } });
    socket.destroy();
    feed.next = 6;
    expect(tokens(await follow("r-3").upTo(2))).toEqual(["r-4", "r-5"]);
  });

  it.each([
    ["another run's", "q-3", "restart"],
    ["forgotten", "r-3", "behind"],
    ["of what has not happened", "r-99", "behind"],
    ["no token", "-", "restart"],
  ])("is told all leases again where its token is %s", async (_what, token, because) => {
    Object.assign(feed, { first: 10, next: 20 });
    const lines = await follow(token).upTo(LEASES + 2);
    expect(lines[0]).toEqual({ event: "snapshot", because });
    expect(lines.at(-1)).toEqual({ event: "current", token: "r-19" });
  });

  it("is told all leases again when it reads more slowly than events are forgotten, and no more is made for it", async () => {
    const { socket, lines, upTo } = follow();
    await upTo(LEASES + 2);
    socket.pause();
    feed.add(100_000);
    await eventually("the kernel takes no more", async () => {
      const before = socket.bytesRead;
      for (let i = 0; i < 50; i++) await turn();
      return socket.bytesRead === before;
    });
    Object.assign(feed, { first: 100_001 });
    socket.resume();
    await eventually("all leases again", () => lines.at(-1)?.event === "current");
    expect(lines.filter(({ event }) => event === "snapshot")).toEqual([{ event: "snapshot", because: "behind" }]);
    expect(lines.at(-1)).toEqual({ event: "current", token: "r-100000" });
    expect(lines.length).toBeLessThan(50_000);
  });

  it("is one of a few, and makes room for another when it goes", async () => {
    const readers = Array.from({ length: EVENT_READERS_MAX }, () => follow());
    for (const reader of readers) await reader.upTo(LEASES + 2);
    const socket = client();
    const refused = textOf(socket);
    socket.write('{"command":"events"}\n');
    expect(await refused).toContain('{"error":"8 clients follow the leases already","protocol":1}');
    readers[0]?.socket.end();
    await eventually("one is gone", () => feed.followed === EVENT_READERS_MAX - 1);
    expect((await follow().upTo(1))[0]).toEqual({ event: "snapshot", because: "start" });
  });
});
