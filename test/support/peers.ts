// The peers of src/compare for tests: a server that is not installed is run from Debian's package, unpacked.

import type { Peer } from "../../src/compare/peers/peer.ts";
import { isInstalled } from "../../src/compare/peers/running-peer.ts";
import { debianTool } from "./debian-packages.ts";

/** The peer, or one whose program is an unpacked copy; undefined if there is none to be had. */
export async function availablePeer(peer: Peer): Promise<Peer | undefined> {
  if (isInstalled(peer)) return peer;
  const program = await debianTool(peer.package, peer.program.replace(/^\//, ""));
  if (program === undefined) return undefined;
  return {
    ...peer,
    program,
    versionArgv: [program, ...peer.versionArgv.slice(1)],
    prepare(service, places) {
      const preparation = peer.prepare(service, places);
      return { ...preparation, argv: [program, ...preparation.argv.slice(1)] };
    },
  };
}
