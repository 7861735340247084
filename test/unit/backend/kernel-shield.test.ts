// How the daemon talks to the process that holds the kernel shield, and what it makes of the answers. The process is a
// socket here that keeps requests until the test answers them.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LocalView } from "../../../src/backend/listen/local-view.ts";
import { type OpenShieldSocket, ShieldClient } from "../../../src/backend/shield/client.ts";
import { KernelShield } from "../../../src/backend/shield/kernel-shield.ts";
import { ShieldCount } from "../../../src/backend/shield/program/maps.ts";
import {
  KeyAction,
  Layout,
  SHIELD_VERSION,
  ShieldResult,
  ShieldTable,
  ShieldVerb,
} from "../../../src/backend/shield/protocol.ts";
import { Interfaces } from "../../../src/base/interfaces.ts";
import { SHIELD_LOOK_MS } from "../../../src/base/limits/shield.ts";
import { DEFAULT_SHIELD_RATES } from "../../../src/base/shield-rates.ts";
import { ethernet, wanted } from "./world.ts";

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const ESRCH = 3;

interface Asked {
  readonly verb: number;
  readonly sequence: number;
  readonly view: DataView;
}

/** The other end of the socket. */
class Process {
  readonly asked: Asked[] = [];
  isClosed = false;
  errno = 0;
  /** Answers each request at once where there is one. */
  answers: ((asked: Asked) => Answer) | undefined;
  private hears: (bytes: Uint8Array, fd: number) => void = () => undefined;
  end: (errno: number) => void = () => undefined;

  readonly open: OpenShieldSocket = (onMessage, onEnd) => {
    this.hears = onMessage;
    this.end = onEnd;
    const close = (): void => {
      this.isClosed = true;
    };
    return { send: (bytes, length) => this.take(bytes.slice(0, length)), close };
  };

  reply({ verb, sequence }: Pick<Asked, "verb" | "sequence">, answer: Answer = {}, fd = -1): void {
    const view = new DataView(new ArrayBuffer(Layout.reply.octets));
    view.setUint8(Layout.header.version, SHIELD_VERSION);
    view.setUint8(Layout.header.verb, verb);
    view.setUint32(Layout.header.sequence, sequence, isLittleEndian);
    view.setUint32(Layout.reply.result, answer.result ?? ShieldResult.ok, isLittleEndian);
    view.setUint32(Layout.reply.error, answer.errno ?? 0, isLittleEndian);
    for (const [place, count] of Object.entries(answer.counts ?? {}))
      view.setBigUint64(Layout.reply.counts + Number(place) * 8, BigInt(count), isLittleEndian);
    this.hears(new Uint8Array(view.buffer), fd);
  }

  private take(bytes: Uint8Array): number {
    const view = new DataView(bytes.buffer);
    const sequence = view.getUint32(Layout.header.sequence, isLittleEndian);
    const asked = { verb: view.getUint8(Layout.header.verb), sequence, view };
    this.asked.push(asked);
    const { answers } = this;
    if (answers !== undefined) queueMicrotask(() => this.reply(asked, answers(asked)));
    return this.errno;
  }
}

interface Answer {
  readonly result?: number;
  readonly errno?: number;
  readonly counts?: Readonly<Record<number, number>>;
}

describe("the client of the kernel shield's process", () => {
  let process: Process;
  let client: ShieldClient;
  let gone: string[];
  beforeEach(() => {
    process = new Process();
    client = new ShieldClient(process.open);
    gone = [];
    client.onGone = (reason) => gone.push(reason);
  });

  it("has one request under way at a time, and answers in their order", async () => {
    const attached = client.attach(7);
    const counted = client.count(8);
    expect(process.asked.map(({ verb }) => verb)).toEqual([ShieldVerb.attach]);
    const [first] = process.asked;
    expect(first?.view.getUint32(Layout.interfaceRequest.ifindex, isLittleEndian)).toBe(7);
    if (first !== undefined) process.reply(first, { result: ShieldResult.native });
    expect((await attached)?.result).toBe(ShieldResult.native);
    expect(process.asked.map(({ verb }) => verb)).toEqual([ShieldVerb.attach, ShieldVerb.count]);
    const [, second] = process.asked;
    if (second !== undefined) process.reply(second, { counts: { 2: 5_000_000_000 } });
    expect((await counted)?.counts[2]).toBe(5_000_000_000);
    expect(gone).toEqual([]);
  });

  it("sends keys with their table and what is done with them", async () => {
    const keys = Uint8Array.from({ length: 2 * Layout.key.octets }, (_, i) => i);
    const changed = client.changeKeys(ShieldTable.clients, KeyAction.remove, keys);
    keys.fill(0);
    const view = process.asked[0]?.view ?? new DataView(new ArrayBuffer(0));
    expect(view.getUint16(Layout.header.count, isLittleEndian)).toBe(2);
    expect(view.getUint32(Layout.keyRequest.table, isLittleEndian)).toBe(ShieldTable.clients);
    expect(view.getUint32(Layout.keyRequest.action, isLittleEndian)).toBe(KeyAction.remove);
    const sent = new Uint8Array(view.buffer, Layout.keyRequest.octets);
    expect([...sent]).toEqual(Array.from({ length: 16 }, (_, i) => i));
    process.reply(process.asked[0] ?? { verb: 0, sequence: 0 }, { result: 1, errno: ESRCH });
    expect(await changed).toMatchObject({ result: 1, errno: ESRCH });
  });

  it.each([
    ["ends", (): void => process.end(0), "has ended"],
    ["is out of reach", (): void => process.end(104), "is out of reach (error 104)"],
    [
      "answers another request",
      (): void => process.reply({ verb: ShieldVerb.count, sequence: 99 }),
      "has sent an unexpected message",
    ],
    [
      "sends a descriptor",
      (): void => process.reply(process.asked[0] ?? { verb: 0, sequence: 0 }, {}, 5),
      "has sent an unexpected message",
    ],
  ])("is gone when the process %s: requests get no answer, and no more are sent", async (_, happen, reason) => {
    const answers = [client.attach(1), client.attach(2)];
    happen();
    expect(await Promise.all(answers)).toEqual([undefined, undefined]);
    expect(gone).toEqual([reason]);
    expect(process.isClosed).toBe(true);
    expect(await client.count(1)).toBeUndefined();
    expect(process.asked).toHaveLength(1);
  });

  it("is gone when the process takes no request", async () => {
    process.errno = 32;
    expect(await client.attach(1)).toBeUndefined();
    expect(gone).toEqual(["takes no requests (error EPIPE)"]);
  });

  it("is let go without a word", async () => {
    const answer = client.attach(1);
    client.close();
    expect(await answer).toBeUndefined();
    expect([gone, process.isClosed]).toEqual([[], true]);
  });
});

describe("the kernel shield", () => {
  let process: Process;
  let shield: KernelShield;
  let notices: string[];
  let answers: Record<number, Answer>;
  beforeEach(() => {
    vi.useFakeTimers();
    process = new Process();
    answers = { [ShieldVerb.attach]: { result: ShieldResult.generic } };
    process.answers = ({ verb }) => answers[verb] ?? {};
    notices = [];
    shield = new KernelShield({
      client: new ShieldClient(process.open),
      rates: DEFAULT_SHIELD_RATES,
      notice: (level, message) => notices.push(`${level}: ${message}`),
    });
  });
  afterEach(() => {
    shield.close();
    vi.useRealTimers();
  });

  const LAN = ethernet(2, "lan0", ["10.0.0.1/24"]);
  const verbs = (): number[] => process.asked.map(({ verb }) => verb);

  async function show(...list: (typeof LAN)[]): Promise<void> {
    shield.onView(new LocalView(new Interfaces(1, list), list, []), wanted({ subnets: ["10.0.0.0/24"] }));
    await shield.begin();
  }

  it("knows rates and destinations before an interface has it", async () => {
    await show(LAN);
    expect(verbs()).toEqual([ShieldVerb.limit, ShieldVerb.keys, ShieldVerb.attach]);
    const keys = new Uint8Array(process.asked[1]?.view.buffer ?? new ArrayBuffer(0), Layout.keyRequest.octets);
    expect(Buffer.from(keys).toString("hex")).toContain("0a00000100000000");
    expect(shield.status).toMatchObject([{ interface: "lan0", mode: "generic" }]);
    expect(notices).toEqual(["info: kernel shield on lan0, behind the driver (generic)"]);
  });

  it("leaves an interface that goes, and keeps what was counted there", async () => {
    await show(LAN);
    answers[ShieldVerb.count] = { counts: { [ShieldCount.passed]: 4, [ShieldCount.relay]: 3 } };
    await show();
    expect(verbs().slice(-3)).toEqual([ShieldVerb.keys, ShieldVerb.count, ShieldVerb.detach]);
    expect(shield.status).toEqual([]);
    expect(shield.counters.get("shield-passed")).toBe(4);
    expect(shield.counters.get("shield-relay")).toBe(3);
  });

  it("tells of drops once a burst", async () => {
    await show(LAN);
    notices.length = 0;
    for (const total of [7, 9]) {
      answers[ShieldVerb.count] = { counts: { [ShieldCount.newClient]: total } };
      await vi.advanceTimersByTimeAsync(SHIELD_LOOK_MS);
    }
    expect(notices).toEqual([
      "warn: the kernel shield on lan0 drops DHCPDISCOVERs of clients without a lease above their rate: 7 in the last second",
    ]);
    expect(shield.counters.get("shield-new-client")).toBe(9);
  });

  it("does without on an interface that cannot have it, and counts nothing there", async () => {
    answers[ShieldVerb.attach] = { result: ShieldResult.failed, errno: 16 };
    await show(LAN);
    expect(shield.status).toMatchObject([{ interface: "lan0", mode: "none" }]);
    expect(notices).toEqual([
      "warn: no kernel shield on lan0 (EBUSY: another XDP program is there): its clients are served without",
    ]);
    await vi.advanceTimersByTimeAsync(2 * SHIELD_LOOK_MS);
    expect(verbs()).not.toContain(ShieldVerb.count);
  });

  it("tells how many clients have failed, and nothing of them when its process is gone", async () => {
    answers[ShieldVerb.keys] = { result: 2, errno: 12 };
    const keys = new Uint8Array(3 * Layout.key.octets);
    expect(await shield.changeClients(KeyAction.put, keys)).toBe(2);
    process.end(0);
    expect(await shield.changeClients(KeyAction.put, keys)).toBeUndefined();
    expect(notices).toEqual([
      "error: the process of the kernel shield has ended: clients are served without it until the daemon is restarted",
    ]);
  });
});
