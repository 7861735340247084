// Kea's hook libraries: two of them do what this server does by itself.

import type { KeaMap } from "./kea-map.ts";
import type { Statement } from "./kea-values.ts";
import { excerpt } from "./notice.ts";

/** What hooks make of a configuration. */
export interface KeaHooks {
  /** Statements at the top level. */
  readonly statements: readonly Statement[];
  /** Whether BOOTP clients get addresses of pools. */
  readonly servesBootp: boolean;
}

/** Libraries that only have commands, and what there is for them. */
const REASONS: Readonly<Record<string, string>> = {
  lease_cmds: "ask the running server with anydhcpctl leases",
  stat_cmds: "ask the running server with anydhcpctl status",
  ha: "give each of two servers ranges of its own",
};

/** Reads the list of hooks. */
export function readHooks(map: KeaMap): KeaHooks {
  const statements: Statement[] = [];
  let servesBootp = false;
  for (const hook of map.maps("hooks-libraries")) {
    const library = hook.text("library") ?? "";
    const [, name = ""] = /libdhcp_(\w+)\.so$/.exec(library) ?? [];
    if (name === "bootp") servesBootp = true;
    else if (name === "ping_check") statements.push(...pingCheckOf(hook));
    else hook.lose("library", REASONS[name] ?? `there is no hook ${excerpt(library)} here`);
    hook.pass("parameters");
    hook.finish({});
  }
  return { statements, servesBootp };
}

const MS_PER_SECOND = 1000;
const PING_SECONDS_MAX = 60;

function pingCheckOf(hook: KeaMap): readonly Statement[] {
  const parameters = hook.map("parameters");
  const { place } = hook;
  if (parameters?.flag("enable-ping-check") === false) return [{ text: "ping-check off;", place }];
  const milliseconds = parameters?.number("reply-timeout");
  parameters?.pass("ping-cltt-secs", "ping-channel-threads", "min-ping-requests");
  parameters?.finish({});
  if (milliseconds === undefined) return [];
  const seconds = Math.min(PING_SECONDS_MAX, Math.max(1, Math.ceil(milliseconds / MS_PER_SECOND)));
  return [{ text: `ping-timeout ${seconds};`, place }];
}
