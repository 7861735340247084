// Obstacles to a start with a configuration that is right in itself: missing users, directories and programs that its
// statements name. The launcher finds them, for a start and for a check alike (launcher/look.h).

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { DaemonError } from "../base/daemon-error.ts";
import type { Diagnostic } from "../config/language/source.ts";
import type { Config } from "../config/model/model.ts";
import { readTroubles, type Trouble } from "./launch.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const LAUNCHER = `${PACKAGE}/native/build/Release/anydhcpd-launcher`;

/** Asks the launcher about a configuration and the files that it includes, its own first. Throws a DaemonError where it cannot tell. */
export function lookForTroubles(files: readonly string[]): readonly Trouble[] {
  const { status, stdout, stderr, error } = spawnSync(LAUNCHER, ["--look", PACKAGE, ...files], { encoding: "utf8" });
  if (error !== undefined) throw new DaemonError("not-built", `${LAUNCHER}: ${error.message}`);
  if (status !== 0) throw new DaemonError("config-invalid", stderr.trim().replace(/^anydhcpd: /, ""));
  return readTroubles(stdout);
}

/** The troubles as errors of the configuration, each at its statement, or at the start of its file: see look.h. */
export function troublesIn(
  { launcherPlaces, file }: Config,
  troubles: readonly Trouble[],
  files: readonly string[] = [],
): readonly Diagnostic[] {
  const starts = new Map(files.map((one, i) => [`file-${i}`, Buffer.from(one).toString("latin1")]));
  return troubles.map(({ statement, text }) => ({
    ...(launcherPlaces.get(statement) ?? { file: starts.get(statement) ?? file, line: 1, column: 1 }),
    severity: "error",
    // Octets, as everything that is said of a configuration.
    message: Buffer.from(text).toString("latin1"),
    expected: undefined,
    hasNoEffect: false,
    differsFromIsc: false,
    related: undefined,
    includedFrom: [],
  }));
}
