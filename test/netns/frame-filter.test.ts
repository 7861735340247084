// The frame filters run by the kernel, on a real socket behind a real (virtual) cable: of the corpus
// they take exactly what the interpreter takes.

import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { encode } from "../../src/backend/filter/assembler.ts";
import { FRAME_FILTER, OBSERVE_FILTER } from "../../src/backend/filter/filter.ts";
import { type CorpusFrame, FRAME_CORPUS } from "../support/frame-corpus.ts";
import { buildFrame } from "../support/frames.ts";
import { mayMakeNetworks, Network } from "../support/network.ts";

const PROBE = fileURLToPath(new URL("../support/filter-probe.py", import.meta.url));
const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");

describe.skipIf(!mayMakeNetworks)("in the kernel", () => {
  it.each([
    ["the frame filter", "request", FRAME_FILTER, ({ isTaken }: CorpusFrame) => isTaken],
    ["the filter for looking on", "request and reply", OBSERVE_FILTER, ({ isObserved }: CorpusFrame) => isObserved],
  ])("%s takes every %s of the corpus and nothing else", async (_name, _what, program, isTaken) => {
    await using network = await Network.create();
    const here = await network.namespace("here");
    await here.ip("link add rx0 address 02:00:00:00:00:01 type veth peer name tx0");
    for (const name of ["rx0", "tx0"]) await here.ip(`link set ${name} up`);
    // Each frame its own identification, and so its own octets.
    const frames = FRAME_CORPUS.map(({ octets }, i) => {
      const frame = Uint8Array.from(octets);
      frame[19] = i;
      return frame;
    });
    const last = buildFrame({ payload: new Uint8Array(400).fill(1) });
    const input = JSON.stringify({ program: hex(encode(program)), frames: frames.map(hex), last: hex(last) });
    const output = await here.exec(["python3", "-B", PROBE, "rx0", "tx0"], { input });
    const taken: unknown = JSON.parse(output);
    expect(taken).toEqual(FRAME_CORPUS.flatMap((frame, i) => (isTaken(frame) ? [i] : [])));
  });
});
