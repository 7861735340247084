// The C program that servers are compared with (load/baseline_echo.c): it answers and remembers nothing. It is run
// like servers, beside them.

import { join } from "node:path";
import { builtProgram, programPath } from "../programs.ts";
import type { Server } from "./server.ts";

/** How the baseline program is run. */
export interface BaselineEchoOptions {
  /** Whether a record for each ACK is appended to a file, which is synced before the ACKs of a batch leave. */
  readonly journal?: boolean;
  /** A kind of invalid reply, to try the generator's checks (load/baseline_echo.c). */
  readonly fault?: string;
}

/** The baseline program: addresses count up from the start of the service's first range. */
export function baselineEcho({ journal = false, fault }: BaselineEchoOptions = {}): Server {
  const program = programPath("anydhcpd-baseline-echo");
  return {
    id: journal ? "baseline-echo-journal" : "baseline-echo",
    title: journal ? "C baseline, append + fdatasync" : "C baseline",
    package: "anydhcpd",
    program,
    versionArgv: ["true"],
    versionPattern: /^\d/,
    conflictDetection: "none",
    durability: journal ? "ack" : "never",
    refusal(service) {
      if (service.interfaces.length !== 1) return "it serves one interface";
      return service.subnets.some(({ ranges }) => ranges.length > 0) ? undefined : "it needs a range";
    },
    prepare(service, { directory }) {
      const isDirect = service.subnets.some((subnet) => subnet.interface !== undefined && subnet.ranges.length > 0);
      const first = service.subnets.flatMap(({ ranges }) => ranges)[0]?.first ?? "";
      const journalFlags = journal ? ["--journal", join(directory, "journal")] : [];
      const faultFlags = fault === undefined ? [] : ["--fault", fault];
      return {
        files: {},
        argv: [
          builtProgram("anydhcpd-baseline-echo"),
          "--base",
          first,
          ...(isDirect ? ["--interface", ...service.interfaces] : []),
          ...journalFlags,
          ...faultFlags,
        ],
        environment: {},
        readyLine: /^ready$/m,
      };
    },
  };
}
