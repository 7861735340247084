// The kernel shield's program in the kernel, frame by frame (BPF_PROG_TEST_RUN): of the corpus of the packet filters, of
// messages of all types, and of changed ones it drops nothing but whole DHCPDISCOVERs for this host.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { getUint8 } from "../../src/base/bytes.ts";
import { OptionCode } from "../../src/wire/options/option-code.ts";
import { OptionIndex } from "../../src/wire/options/option-index.ts";
import { FRAME_CORPUS } from "../support/frame-corpus.ts";
import { buildFrame } from "../support/frames.ts";
import { buildMessage, type MessageParts, octetsOf } from "../support/message-builder.ts";
import { mayMakeNetworks, type Namespace, Network } from "../support/network.ts";

const DROPPED = 1;
const PASSED = 2;
const OURS = ["255.255.255.255", "10.0.0.1"];
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const SOURCES = ["../support/shield-verdicts.c", "../../shield/kernel.c", "../../c/report.c"].map(file);
/** Longer than any test: a bucket that is empty stays so. */
const NEVER = 2n ** 49n;
/** Each kind of limit: as many at once as it says, and none later. */
const limits = (...bursts: readonly number[]): string =>
  `limits ${bursts.map((burst) => `${NEVER} ${NEVER * BigInt(burst - 1)}`).join(" ")}`;
const UNLIMITED = "0 0";
const hex = (octets: Iterable<number>): string => Buffer.from([...octets]).toString("hex");
const frameOf = (octets: Uint8Array): string => `frame ${hex(octets)}`;
const key = (octets: readonly number[]): string => hex([...octets, 0, 0, 0, 0].slice(0, 8));
const discover = (parts: Partial<MessageParts> = {}): Uint8Array => buildMessage({ type: 1, ...parts });
const FIRST = frameOf(buildFrame({ payload: discover({ chaddr: "02:00:00:00:00:aa" }) }));
/** Empties the bucket of clients without a lease. */
const EMPTY = [...OURS.map((address) => `destination ${key(octetsOf(address))}`), limits(1, 1, 1, 1), FIRST];

let network: Network;
let here: Namespace;
let program = "";

beforeAll(async () => {
  if (!mayMakeNetworks) return;
  network = await Network.create();
  here = await network.namespace("here");
  program = join(network.directory, "shield-verdicts");
  execFileSync("cc", ["-std=c11", "-D_GNU_SOURCE", "-O1", "-o", program, ...SOURCES]);
});
afterAll(() => network?.dispose());

/** What the program answers to commands. */
async function answers(commands: readonly string[]): Promise<readonly string[]> {
  const output = await here.exec([program], { input: `${commands.join("\n")}\n`, timeoutMs: 60_000 });
  return output.trimEnd().split("\n");
}

/** Verdicts over frames, with no token left for clients without a lease. */
async function verdicts(frames: readonly Uint8Array[]): Promise<readonly number[]> {
  const said = await answers([...EMPTY, ...frames.map(frameOf)]);
  expect(said.slice(0, EMPTY.length)).toEqual([...OURS.map(() => "0"), "0", String(PASSED)]);
  return said.slice(EMPTY.length).map(Number);
}

/** A frame with a DHCPDISCOVER where it has another request of 300 octets; undefined if it has none. */
function withDiscover(octets: Uint8Array): Uint8Array | undefined {
  const payload = 14 + (getUint8(octets, 14) & 15) * 4 + 8;
  if (octets.length !== payload + 300 || octets[payload] !== 1) return undefined;
  const changed = Uint8Array.from(octets);
  changed.set(discover().subarray(0, 300), payload);
  return changed;
}

describe.skipIf(!mayMakeNetworks)("the kernel shield's program, in the kernel", () => {
  it("passes every frame of the corpus, which has no DHCPDISCOVER", async () => {
    expect(await verdicts(FRAME_CORPUS.map(({ octets }) => octets))).toEqual(FRAME_CORPUS.map(() => PASSED));
  });

  it("drops a DHCPDISCOVER in those of its frames that the packet filter takes, and passes it in the others", async () => {
    const cases = FRAME_CORPUS.flatMap((one) => {
      const octets = withDiscover(one.octets);
      return octets === undefined ? [] : [{ ...one, octets }];
    });
    expect(cases.length).toBeGreaterThan(40);
    // It looks at IP addresses and not at hardware addresses.
    const isOurs = (what: string): boolean => what === "to another host";
    const said = await verdicts(cases.map(({ octets }) => octets));
    expect(cases.map(({ what }, i) => [what, said[i]])).toEqual(
      cases.map(({ what, isTaken }) => [what, isTaken || isOurs(what) ? DROPPED : PASSED]),
    );
  });

  const untagged = buildFrame({ payload: discover() });
  const tagged = (tci: number): Uint8Array =>
    Uint8Array.from([...untagged.subarray(0, 12), 0x81, 0, tci >> 8, tci & 255, ...untagged.subarray(12)]);
  const empty = (count: number): readonly number[] => Array.from({ length: count }, () => [200, 0]).flat();
  const pads = (count: number): readonly number[] => Array.from({ length: count }, () => 0);
  /** Options before option 53. */
  const late = (before: readonly number[]): Uint8Array => {
    const message = discover();
    return Uint8Array.from([...message.subarray(0, 240), ...before, ...message.subarray(240)]);
  };
  it.each<[string, number, Uint8Array]>([
    ["a DHCPDISCOVER in VLAN 0", DROPPED, tagged(0)],
    ["a DHCPDISCOVER in VLAN 0 with a priority", DROPPED, tagged(0xe000)],
    ["a DHCPDISCOVER in VLAN 5", PASSED, tagged(5)],
    ["a DHCPDISCOVER for another host", PASSED, buildFrame({ payload: discover(), destination: "10.0.0.2" })],
    ["one behind 63 pads", DROPPED, buildFrame({ payload: late(pads(63)) })],
    ["one behind 64 pads", PASSED, buildFrame({ payload: late(pads(64)) })],
    ["one behind 63 options", DROPPED, buildFrame({ payload: late(empty(63)) })],
    ["one behind 64 options", PASSED, buildFrame({ payload: late(empty(64)) })],
    ["one behind the end", PASSED, buildFrame({ payload: late([255]) })],
    ["one behind an option that is longer than the message", PASSED, buildFrame({ payload: late([12, 255]) })],
    ["a hardware type of its own", DROPPED, buildFrame({ payload: discover({ htype: 32, hlen: 0 }) })],
    ["a message type of two octets", PASSED, buildFrame({ payload: discover({ type: 0, options: [[53, [1, 1]]] }) })],
    ["a reply", PASSED, buildFrame({ payload: discover({ op: 2 }) })],
    ["a relayed one", DROPPED, buildFrame({ payload: discover({ giaddr: "10.7.0.1", agentInformation: [1, 1, 7] }) })],
  ])("%s: verdict %i", async (_what, verdict, octets) => {
    expect(await verdicts([octets])).toEqual([verdict]);
  });

  it("passes every message of another type", async () => {
    const types = Array.from({ length: 256 }, (_, type) => type).filter((type) => type !== 1);
    const frames = types.map((type) => buildFrame({ payload: buildMessage({ type }) }));
    expect(await verdicts(frames)).toEqual(types.map(() => PASSED));
  });

  it("drops of changed frames only those that are a DHCPDISCOVER to who reads them", async () => {
    const change = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 });
    const kinds = fc.constantFrom(
      discover({ giaddr: "10.7.0.1", options: [[12, [97, 98]]], agentInformation: [1, 4, 1, 2, 3, 4, 2, 2, 9, 9] }),
      buildMessage({ type: 3, requested: "10.0.0.9" }),
    );
    const made = fc.sample(fc.tuple(kinds, fc.integer({ min: 5, max: 8 }), change), 4000);
    const frames = made.map(([payload, words, changes]) => {
      const octets = buildFrame({ payload, words });
      for (const [at, value] of changes) if (at < octets.length) octets[at] = value;
      return octets;
    });
    const said = await verdicts(frames);
    const dropped = frames.filter((_, i) => said[i] === DROPPED);
    expect(dropped.length).toBeGreaterThan(500);
    const index = new OptionIndex();
    for (const octets of dropped) {
      const at = 14 + (getUint8(octets, 14) & 15) * 4;
      const length = getUint8(octets, at + 4) * 256 + getUint8(octets, at + 5) - 8;
      index.read(octets, at + 8, Math.min(length, octets.length - at - 8));
      expect([octets[at + 2], octets[at + 3], octets[at + 8], index.byte(OptionCode.messageType, 0)]).toEqual([
        ...[0, 67, 1, 1],
      ]);
    }
  });

  it("takes from the bucket that is meant for each", async () => {
    const known = [2, 0, 0, 0, 0, 7];
    const from = (parts: Partial<MessageParts>): string => frameOf(buildFrame({ payload: discover(parts) }));
    const relayed = (last: number, port: number): string =>
      from({ chaddr: `02:00:00:00:01:${last + 10}`, giaddr: "10.7.0.1", agentInformation: [1, 1, port] });
    const said = await answers([
      `destination ${key(octetsOf("255.255.255.255"))}`,
      `client ${key(known)}`,
      // Hardware address 2, relay port 3, relay 1, clients without a lease 7.
      limits(2, 3, 1, 7),
      ...[1, 2, 3].map(() => from({ chaddr: "02:00:00:00:00:01" })),
      ...[1, 2, 3, 4].map((last) => relayed(last, 1)),
      relayed(5, 2),
      from({ chaddr: "02:00:00:00:02:01", giaddr: "10.7.0.2" }),
      from({ chaddr: "02:00:00:00:02:02", giaddr: "10.7.0.2" }),
      from({ chaddr: "02:00:00:00:00:02" }),
      ...[1, 2, 3].map(() => from({ chaddr: "02:00:00:00:00:07", giaddr: "10.7.0.1", agentInformation: [1, 1, 1] })),
      "counts",
    ]);
    expect(said.slice(3, -1).map(Number)).toEqual([
      ...[PASSED, PASSED, DROPPED],
      ...[PASSED, PASSED, PASSED, DROPPED],
      PASSED,
      ...[PASSED, DROPPED],
      DROPPED,
      ...[PASSED, PASSED, DROPPED],
    ]);
    expect(said.at(-1)).toBe("9 2 1 1 1 0");
  });

  it("holds clients without a lease to one rate together, also those whose hardware addresses come again", async () => {
    const chaddrs = Array.from({ length: 20 }, (_, i) => `02:00:00:00:03:${i + 10}`);
    const round = chaddrs.map((chaddr) => frameOf(buildFrame({ payload: discover({ chaddr }) })));
    const said = await answers([...EMPTY.slice(0, 2), limits(10, 10, 10, 30), ...round, ...round, ...round, "counts"]);
    expect(said.slice(3, -1).map(Number)).toEqual([
      ...Array.from({ length: 30 }, () => PASSED),
      ...Array.from({ length: 30 }, () => DROPPED),
    ]);
    expect(said.at(-1)).toBe("30 0 0 0 30 0");
  });

  it("drops nothing where no limit is set", async () => {
    const frames = Array.from({ length: 50 }, () => FIRST);
    const said = await answers([
      ...EMPTY.slice(0, 2),
      `limits ${[1, 2, 3, 4].map(() => UNLIMITED).join(" ")}`,
      ...frames,
    ]);
    expect(said.slice(3)).toEqual(frames.map(() => String(PASSED)));
  });
});
