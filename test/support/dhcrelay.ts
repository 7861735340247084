// ISC's dhcrelay, unmodified, from Debian's package. It sends from the address of its uplink while giaddr is
// the clients' side, and its raw socket also hears what its host merely routes.

import { debianTool } from "./debian-packages.ts";
import type { Program } from "./program.ts";
import type { Scene } from "./scene.ts";

/** Starts it in the scene's relay, with option 82 added; `undefined` if the package is not available. */
export async function startDhcrelay(scene: Scene, server: string): Promise<Program | undefined> {
  const dhcrelay = await debianTool("isc-dhcp-relay", "usr/sbin/dhcrelay");
  if (dhcrelay === undefined) return undefined;
  const words = ["-4", "-d", "-a", "-pf", `${scene.network.directory}/dhcrelay.pid`, "-id", "down0", "-iu", "up0"];
  const program = scene.relay.spawn([dhcrelay, ...words, server]);
  await program.waitForLine((line) => line.includes("Sending on   Socket/fallback"));
  return program;
}
