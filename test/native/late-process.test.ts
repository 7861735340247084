// A process that was kept from the processor finds answers that came in time beside deadlines that have passed: the answers count.

import { afterAll, beforeAll, expect, it } from "vitest";
import { HELPER_DEADLINE_MS } from "../../src/base/limits/helper.ts";
import { connectHelper } from "../../src/helper/client.ts";
import { NeighbourResult } from "../../src/helper/helper.ts";
import { Layout } from "../../src/helper/protocol.ts";
import { NeighbourRows } from "../../src/native/rows.ts";
import { Peer } from "../support/peer.ts";

let peer: Peer;
beforeAll(async () => {
  peer = await Peer.start({ namespaces: false });
});
afterAll(() => peer.close());

/** Keeps this process busy for so many milliseconds. */
function keepBusy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

it("takes the helper's answer that came while it was late itself", async () => {
  const fd = await peer.take(`
far, near = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
far.settimeout(5)
give(near); near.close()
`);
  const helper = connectHelper(fd, false);
  const entries = new NeighbourRows(1);
  entries.set(0, 7, 0x0a000032);
  const results = new Promise<readonly number[]>((resolve) => {
    helper.setNeighbours(entries, 1, (answer) => resolve([...answer]));
  });
  // The answer lies in the socket before this process looks again.
  const answered = peer.run(`
request = far.recv(4096)
far.send(request[:8] + bytes(${Layout.neighbourReply.octets - Layout.header.octets}))
`);
  keepBusy(3 * HELPER_DEADLINE_MS);
  await answered;
  expect(await results).toEqual([NeighbourResult.ok]);
  helper.close();
});
