// The kernel shield as the daemon holds it, with a process that the test plays: when it attaches, what it says of interfaces that
// are renamed or replaced, and a process that does not answer.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LocalView } from "../../../src/backend/listen/local-view.ts";
import { ShieldClient } from "../../../src/backend/shield/client.ts";
import { KernelShield } from "../../../src/backend/shield/kernel-shield.ts";
import { KeyAction, Layout, ShieldResult, ShieldVerb } from "../../../src/backend/shield/protocol.ts";
import type { Interface } from "../../../src/base/interface.ts";
import { Interfaces } from "../../../src/base/interfaces.ts";
import { SHIELD_DEADLINE_MS, SHIELD_LOOK_MS } from "../../../src/base/limits/shield.ts";
import { DEFAULT_SHIELD_RATES } from "../../../src/base/shield-rates.ts";
import { joinShield } from "../../../src/cli/shield.ts";
import type { Config } from "../../../src/config/model/model.ts";
import { NO_LEASE } from "../../../src/lease/table/table.ts";
import type { Logger } from "../../../src/log.ts";
import type { Server } from "../../../src/server/server.ts";
import { ethernet, wanted } from "./world.ts";

const ENODEV = 19;
const SUBNETS = wanted({ subnets: ["10.0.0.0/24"] });

/** The process: notes verbs and answers as it is told. */
class Process {
  readonly verbs: number[] = [];
  isStopped = false;
  results: Partial<Record<number, readonly [result: number, errno: number, passed: number]>> = {};
  private receive: (bytes: Uint8Array, fd: number) => void = () => undefined;
  readonly client = new ShieldClient((onMessage) => {
    this.receive = onMessage;
    return { send: (bytes) => this.take(bytes), close: () => undefined };
  });

  answer(request: Uint8Array): void {
    const verb = request[Layout.header.verb] ?? 0;
    const reply = new Uint8Array(Layout.reply.octets);
    reply.set(request.subarray(0, Layout.header.octets));
    const [result, errno, passed] = this.results[verb] ?? [verb === ShieldVerb.attach ? ShieldResult.native : 0, 0, 0];
    new Uint32Array(reply.buffer).set([result, errno, passed], Layout.reply.result / 4);
    this.receive(reply, -1);
  }

  private take(bytes: Uint8Array): number {
    this.verbs.push(bytes[Layout.header.verb] ?? 0);
    const request = bytes.slice();
    if (!this.isStopped) queueMicrotask(() => this.answer(request));
    return 0;
  }
}

let shielding: Process;
let notices: string[];
let shield: KernelShield;
beforeEach(() => {
  vi.useFakeTimers();
  shielding = new Process();
  notices = [];
  const notice = (_level: string, text: string): number => notices.push(text);
  shield = new KernelShield({ client: shielding.client, rates: DEFAULT_SHIELD_RATES, notice });
});
afterEach(() => vi.useRealTimers());

function see(...list: Interface[]): void {
  shield.onView(new LocalView(new Interfaces(0, list), list, []), SUBNETS);
}

const LAN = ethernet(3, "lan0", ["10.0.0.1/24"]);
const modes = (): readonly string[] => shield.status.map((one) => `${one.interface} ${one.mode}`);

it("attaches nothing before it is told to begin", async () => {
  see(LAN);
  await vi.advanceTimersByTimeAsync(1);
  expect(shielding.verbs).toEqual([ShieldVerb.limit]);
  await shield.begin();
  expect(shielding.verbs).toContain(ShieldVerb.attach);
  expect(modes()).toEqual(["lan0 native"]);
});

it("is attached when all clients with a lease are known", async () => {
  see(LAN);
  const hardware = (i: number): object => ({ htype: 1, address: Uint8Array.of(2, 0, 0, 0, i >> 8, i & 255) });
  const hosts = Array.from({ length: 1200 }, (_, i) => ({ hardware: [hardware(i)] }));
  const table = { size: 0, followedBy: () => undefined, nextStored: () => NO_LEASE };
  const server = { serving: { table } } as unknown as Server;
  const joined = joinShield(shield, server, { hosts } as unknown as Config, {} as Logger);
  await vi.advanceTimersByTimeAsync(100);
  await joined;
  const { limit, keys, attach } = ShieldVerb;
  // Three messages of clients, one of destinations.
  expect(shielding.verbs).toEqual([limit, keys, keys, keys, keys, attach]);
});

it("says an interface's present name, and which are there for relays alone", async () => {
  await shield.begin();
  see(LAN, ethernet(4, "up0", ["10.9.0.1/24"]));
  await vi.advanceTimersByTimeAsync(1);
  expect(notices).toEqual([
    "kernel shield on lan0, in the driver (native)",
    "kernel shield on up0, in the driver (native); no subnet is declared there: for what relays send",
  ]);
  see({ ...LAN, name: "lan1" });
  await vi.advanceTimersByTimeAsync(1);
  expect(modes()).toEqual(["lan1 native"]);
});

it("is attached anew where it was lost, and keeps what was counted", async () => {
  await shield.begin();
  see(LAN);
  shielding.results = { [ShieldVerb.count]: [ShieldResult.lost, 0, 7] };
  await vi.advanceTimersByTimeAsync(SHIELD_LOOK_MS + 1);
  shielding.results = {};
  expect(notices.slice(1)).toEqual([
    "no longer a kernel shield on lan0",
    "kernel shield on lan0, in the driver (native)",
  ]);
  expect(modes()).toEqual(["lan0 native"]);
  expect(shield.counters.get("shield-passed")).toBe(7);
});

it("says none where it cannot be attached anew, and tries again when the interfaces change", async () => {
  await shield.begin();
  see(LAN);
  const failed = [ShieldResult.failed, ENODEV, 0] as const;
  await vi.advanceTimersByTimeAsync(1);
  shielding.results = { [ShieldVerb.count]: [ShieldResult.lost, 0, 7], [ShieldVerb.attach]: failed };
  await vi.advanceTimersByTimeAsync(SHIELD_LOOK_MS + 1);
  expect(modes()).toEqual(["lan0 none"]);
  shielding.results = {};
  see(LAN);
  await vi.advanceTimersByTimeAsync(1);
  expect(modes()).toEqual(["lan0 native"]);
});

it("gives a process up that does not answer", async () => {
  await shield.begin();
  see(LAN);
  await vi.advanceTimersByTimeAsync(1);
  shielding.isStopped = true;
  const changed = shield.changeClients(KeyAction.put, new Uint8Array(8));
  await vi.advanceTimersByTimeAsync(SHIELD_DEADLINE_MS - 2);
  expect(modes()).toEqual(["lan0 native"]);
  await vi.advanceTimersByTimeAsync(10);
  expect(await changed).toBeUndefined();
  expect(modes()).toEqual(["lan0 none"]);
  expect(notices.at(-1)).toBe(
    "the process of the kernel shield does not answer: until it ends, the kernel drops by its last rates and clients: " +
      "end it, and restart the daemon",
  );
});
