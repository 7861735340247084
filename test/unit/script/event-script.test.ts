// The order of the script's calls, what becomes of changes that it cannot keep up with, and of a process that goes.

import { setImmediate as turn } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { SCRIPT_EVENTS_MAX, SCRIPT_REPEATED_SECONDS } from "../../../src/base/limits/script.ts";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";
import type { Logger } from "../../../src/log.ts";
import type { ScriptEvent, ScriptLease } from "../../../src/script/calls.ts";
import { EventScript } from "../../../src/script/event-script.ts";
import { SCRIPT_VERSION, ScriptLayout, ScriptVerb } from "../../../src/script/protocol.ts";
import { DrivenPace } from "../../support/paces.ts";

const NOW = 1_000_000;
const NONE = new Uint8Array(0);

let sent: string[];
let said: string[];
let leases: ScriptLease[];
let wake: (news: ScriptEvent | "lost" | "reloaded") => void;
let world: DrivenPace;
let answer: (message: Uint8Array, fd: number) => void;
let end: (errno: number) => void;
let script: EventScript;

function lease(last: number, more: Partial<LeaseRecord> = {}): ScriptLease {
  const record = {
    ...{ address: 0x0a000000 + last, state: BindingState.bound, startsAt: NOW, endsAt: NOW + 3600 },
    ...{ lastTransactionAt: NOW - 1000, htype: 1, hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, last), clientId: NONE },
    ...{ hostName: NONE, agentInformation: NONE, vendorClass: NONE },
    ...more,
  };
  return { record, place: { host: undefined, interface: "lan0" } };
}

const added = (last: number): ScriptEvent => ({ kind: "added", at: NOW, lease: lease(last) });

/** The process answers that the run is over. */
async function finish(outcome = 0, value = 0): Promise<void> {
  const message = new Uint8Array(ScriptLayout.octets);
  message.set([SCRIPT_VERSION, ScriptVerb.done, outcome]);
  new Uint32Array(message.buffer).set([sent.length, value], 1);
  answer(message, -1);
  await turn();
  while (world.turn());
}

async function finishAll(): Promise<void> {
  for (let before = -1; before !== sent.length; ) {
    before = sent.length;
    await finish();
  }
}

function start(): void {
  const log = {
    warn: (_: unknown, text: string) => said.push(text),
    error: (_: unknown, text: string) => said.push(text),
  };
  script = new EventScript({
    open: (onMessage, onEnd) => {
      answer = onMessage;
      end = onEnd;
      return {
        send(bytes, length) {
          const [action = "", , address = ""] = Buffer.from(bytes.subarray(ScriptLayout.octets, length))
            .toString()
            .split("\0");
          sent.push(`${action} ${address}`);
          return 0;
        },
        close: () => undefined,
      };
    },
    settings: { path: "/script", timeoutSeconds: 60, tellsRenewals: false },
    leases: () => leases,
    comesBefore: (address, other) => address < other,
    namesOf: () => ({ hostName: "", domain: "" }),
    follow: (follower) => {
      wake = (news) => {
        if (news === "lost") follower.lose(NOW);
        else if (news === "reloaded") follower.reload();
        else follower.take(news);
        while (world.turn());
      };
    },
    pace: world.pace,
    wall: () => NOW,
    monotonic: () => 0,
    log: log as unknown as Logger,
  });
  while (world.turn());
}

beforeEach(() => {
  world = new DrivenPace();
  sent = [];
  said = [];
  leases = [];
});

describe("the event script", () => {
  it("is run for one event after the other", async () => {
    start();
    wake(added(1));
    wake(added(2));
    expect(sent).toEqual(["add 10.0.0.1"]);
    expect(script.status).toEqual({ path: "/script", isRun: true, waiting: 1, isRepeating: false });
    await finish();
    await finish(0, 3);
    expect(sent).toEqual(["add 10.0.0.1", "add 10.0.0.2"]);
    expect(script.counters).toMatchObject({ "script-waiting": 0, "script-runs": 2, "script-failures": 1 });
    expect(said).toEqual([expect.stringContaining("/script ended with status 3 for add 02:00:00:00:00:02 10.0.0.2")]);
  });

  it("is run again for what it was told when its process was ended, and once for what that had not taken", async () => {
    start();
    wake(added(1));
    const restart = (taken: number): void => {
      const message = new Uint8Array(ScriptLayout.octets);
      message.set([SCRIPT_VERSION, ScriptVerb.ready]);
      new Uint32Array(message.buffer)[1] = taken;
      answer(message, -1);
    };
    restart(0);
    expect(sent).toEqual(["add 10.0.0.1"]);
    restart(1);
    expect(sent).toEqual(["add 10.0.0.1", "add 10.0.0.1"]);
    await finish();
    restart(2);
    expect(sent).toHaveLength(2);
    expect(script.counters).toMatchObject({ "script-runs": 1, "script-failures": 0, "script-restarts": 3 });
    const text =
      "the process of the event script was ended and is started again: /script runs again for the same change";
    expect(said).toEqual([text]);
    wake(added(2));
    expect(sent.at(-1)).toBe("add 10.0.0.2");
  });

  it("is told all leases at a start, and the ends that the server before may not have told", async () => {
    const sign = NOW - 1000;
    leases = [
      lease(1),
      lease(2, { state: BindingState.released, endsAt: sign - SCRIPT_REPEATED_SECONDS + 1 }),
      lease(3, { state: BindingState.expired, endsAt: sign - SCRIPT_REPEATED_SECONDS - 1 }),
      lease(4, { state: BindingState.abandoned }),
      // It was abandoned, and is forgiven.
      lease(6, { state: BindingState.released, endsAt: sign, hardwareAddress: NONE }),
    ];
    start();
    wake(added(5));
    await finishAll();
    expect(sent).toEqual(["old 10.0.0.1", "del 10.0.0.2", "add 10.0.0.5"]);
  });

  it("is told the leases that run, and what waits, after a reload", async () => {
    start();
    wake(added(1));
    wake(added(2));
    leases = [lease(1), lease(2), lease(3, { state: BindingState.released, endsAt: NOW })];
    wake("reloaded");
    await finishAll();
    expect(sent).toEqual(["add 10.0.0.1", "old 10.0.0.1", "old 10.0.0.2", "add 10.0.0.2"]);
  });

  it("is told all leases, and the ends since, where it cannot keep up with the changes", async () => {
    start();
    wake(added(1));
    leases = [
      lease(2),
      lease(3, { state: BindingState.released, endsAt: NOW }),
      lease(4, { state: BindingState.expired, endsAt: NOW - 1 }),
    ];
    for (let i = 0; i <= SCRIPT_EVENTS_MAX; i++) wake(added(2));
    wake("lost");
    expect(script.status).toMatchObject({ waiting: 0, isRepeating: true });
    await finishAll();
    // Once for the changes that did not fit, and once for those that were lost after that.
    const all = ["old 10.0.0.2", "del 10.0.0.3"];
    expect(sent).toEqual(["add 10.0.0.1", ...all, ...all]);
    expect(said).toEqual([expect.stringContaining("is slower than leases change")]);
    expect(script.counters["script-losses"]).toBe(2);
  });

  it("comes to every lease and every end, however often it falls behind meanwhile", async () => {
    const count = 200;
    leases = Array.from({ length: count }, (_, i) => lease(i));
    start();
    wake("lost");
    leases.push(lease(count, { state: BindingState.released, endsAt: NOW }));
    for (let run = 0; run < 3 * count; run++) {
      wake("lost");
      await finish();
    }
    const told = new Set(sent);
    expect(
      leases.filter(({ record }, i) => !told.has(`${i < count ? "old" : "del"} ${formatIpv4(record.address)}`)),
    ).toEqual([]);
  });

  it("tells an end that comes while it is to be told all leases once more", async () => {
    leases = [lease(1), lease(2)];
    start();
    wake("lost");
    leases = [lease(1), lease(2, { state: BindingState.released, endsAt: NOW - 1 })];
    wake({ kind: "released", at: NOW - 1, lease: leases[1] as ScriptLease });
    await finishAll();
    expect(sent).toEqual(["old 10.0.0.1", "old 10.0.0.2", "del 10.0.0.2", "old 10.0.0.1", "del 10.0.0.2"]);
  });

  it("keeps no renewal of a lease that it is about to be told", async () => {
    leases = [lease(1), lease(2), lease(3)];
    start();
    const renewed = (last: number): ScriptEvent => ({ ...added(last), kind: "renewed" });
    wake(renewed(1));
    wake(renewed(3));
    expect(script.status.waiting).toBe(1);
    wake(added(3));
    wake({ ...renewed(3), former: lease(3).record });
    expect(script.status.waiting).toBe(3);
  });

  it.each([
    ["has ended", () => end(0)],
    ["has sent an unexpected message", () => answer(new Uint8Array(3), -1)],
  ])("is run no more where its process %s", async (reason, go) => {
    start();
    wake(added(1));
    go();
    wake(added(2));
    expect(sent).toEqual(["add 10.0.0.1"]);
    expect(script.status.isRun).toBe(false);
    expect(said).toEqual([expect.stringContaining(`the process of the event script ${reason}`)]);
  });
});
