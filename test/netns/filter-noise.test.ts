// How often a reader is woken while other traffic passes: with the frame filter and with a UDP socket
// for each request and for nothing else, with a bare packet socket for every packet of the host. Packets
// are counted, not time: each one that a sleeping reader is given wakes it.

import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { encode } from "../../src/backend/filter/assembler.ts";
import { FRAME_FILTER, prefilterProgram } from "../../src/backend/filter/filter.ts";
import { buildFrame, putIpChecksum } from "../support/frames.ts";
import { mayMakeNetworks, Network } from "../support/network.ts";

const NOISE = fileURLToPath(new URL("../support/filter-noise.py", import.meta.url));
const OURS = [2, 0, 0, 0, 0, 1];
const ROUNDS = 250;

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");

/** Packets that are none of a DHCP server's business, as a busy host sees them. */
function noise(): readonly Uint8Array[] {
  const tcp = buildFrame({
    destinationMac: OURS,
    source: "10.5.0.2",
    destination: "10.5.0.1",
    sourcePort: 5000,
    port: 80,
  });
  tcp[23] = 6;
  putIpChecksum(tcp);
  const passing = { destinationMac: OURS, source: "10.5.0.2", destination: "192.0.2.9" };
  return [
    buildFrame({ source: "10.5.0.2", sourcePort: 5353, port: 5353 }),
    buildFrame({ destinationMac: OURS, source: "10.5.0.2", destination: "10.5.0.1", sourcePort: 5000, port: 53 }),
    buildFrame({ ...passing, sourcePort: 5000, port: 443 }),
    // Another server's broadcast reply.
    buildFrame({ source: "10.5.0.9", sourcePort: 67, port: 68, payload: new Uint8Array(300).fill(2, 0, 1) }),
    tcp,
  ];
}

describe.skipIf(!mayMakeNetworks)("a reader of DHCP requests beside other traffic", () => {
  it("is woken by requests only, where a packet socket without filter is woken by everything", async () => {
    await using network = await Network.create();
    const here = await network.namespace("here");
    await here.ip("link add rx0 address 02:00:00:00:00:01 type veth peer name tx0");
    for (const name of ["rx0", "tx0"]) await here.ip(`link set ${name} up`);
    await here.ip("addr add 10.5.0.1/24 dev rx0");
    const request = buildFrame({ payload: new Uint8Array(300).fill(1, 0, 1) });
    const round = [...noise(), request];
    const input = JSON.stringify({
      frameFilter: hex(encode(FRAME_FILTER)),
      prefilter: hex(prefilterProgram()),
      frames: Array.from({ length: ROUNDS }, () => round.map(hex)).flat(),
      last: hex(buildFrame({ payload: new Uint8Array(400).fill(1) })),
    });
    // docs/bpf-backend.md tells both numbers.
    expect([FRAME_FILTER.length, ROUNDS * noise().length]).toEqual([22, 1_250]);
    const output = await here.exec(["python3", "-B", NOISE, "rx0", "tx0"], { input });
    expect(JSON.parse(output)).toEqual({
      framesUnfiltered: ROUNDS * round.length,
      framesFiltered: ROUNDS,
      datagrams: ROUNDS,
      lost: 0,
    });
  });
});
