// The servers of the laboratory for tests: a server that is not installed is run from Debian's package, unpacked.

import { isInstalled } from "../../lab/servers/running-server.ts";
import type { Server } from "../../lab/servers/server.ts";
import { debianTool } from "./debian-packages.ts";

/** The server, or one whose program is an unpacked copy; undefined if neither is available. */
export async function availableServer(server: Server): Promise<Server | undefined> {
  const { startTool } = server;
  if (startTool !== undefined) {
    const tool = await debianTool(startTool.package, startTool.program.replace(/^\//, ""));
    if (tool === undefined) return undefined;
  }
  if (isInstalled(server)) return server;
  const program = await debianTool(server.package, server.program.replace(/^\//, ""));
  if (program === undefined) return undefined;
  return {
    ...server,
    program,
    versionArgv: [program, ...server.versionArgv.slice(1)],
    prepare(service, places) {
      const preparation = server.prepare(service, places);
      return { ...preparation, argv: [program, ...preparation.argv.slice(1)] };
    },
  };
}
