// Warns once of settings of this host that make queries or replies disappear (startup-warnings.ts), at start and when a
// later interface or address makes them matter.

import { readFileSync } from "node:fs";
import type { Interface } from "../base/interface.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import type { ListenerPlan } from "./listen/listeners.ts";
import { type SettingReader, startupWarnings } from "./startup-warnings.ts";

/** Remembers which warnings have been said. */
export class SettingWarnings {
  private readonly said = new Set<string>();
  private readonly read: SettingReader;
  private readonly warn: (message: string) => void;

  constructor(read: SettingReader | undefined, warn: (message: string) => void) {
    this.read = read ?? readSetting;
    this.warn = warn;
  }

  /** Logs new warnings. */
  warnOfNew(interfaces: readonly Interface[], plan: ListenerPlan, configured: readonly Ipv4[]): void {
    for (const warning of startupWarnings(interfaces, plan, configured, this.read)) {
      if (this.said.has(warning)) continue;
      this.said.add(warning);
      this.warn(warning);
    }
  }
}

/** A setting below /proc/sys/net/ipv4/conf as it is now; undefined if it cannot be read. */
export function readSetting(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/net/ipv4/conf/${name}`, "latin1");
  } catch {
    return undefined;
  }
}
