// Joins the event script to the server.

import type { Pace } from "../base/pace.ts";
import type { Config } from "../config/model/model.ts";
import type { Health } from "../control/health-messages.ts";
import type { Logger } from "../log.ts";
import type { EventScript } from "../script/event-script.ts";
import type { Server } from "../server/server.ts";
import type { Launch } from "./launch.ts";

/** The parts that it is joined to. */
export interface EventScriptSurroundings {
  readonly launch: Launch;
  readonly server: Server;
  readonly pace: Pace;
  readonly log: Logger;
}

/**
 * Starts to run the script for events of the server's leases; undefined if there is no script, or no process for it.
 */
export async function startEventScript(
  { launch, server, pace, log }: EventScriptSurroundings,
  { eventScript, file }: Config,
): Promise<EventScript | undefined> {
  if (eventScript === undefined) return undefined;
  if (launch.script === undefined) {
    const text = `the event script is not run: the launcher has not found the statement: write it as dhcpd.conf(5) has it, in ${file}`;
    log.error({ event: "script" }, text);
    return undefined;
  }
  const { EventScript: Running } = await import("../script/event-script.ts");
  const { openScriptSocket } = await import("../script/process.ts");
  const { events } = server;
  events.wantRequests();
  return new Running({
    open: openScriptSocket(launch.script),
    settings: eventScript,
    leases: () => server.leases(),
    comesBefore: events.comesBefore,
    namesOf: events.namesOf,
    follow: (follower) => events.follow(follower),
    pace,
    wall: () => Date.now() / 1000,
    monotonic: () => performance.now(),
    log,
  });
}

/**
 * Adds the script's part to health, if there is a script: a script that does not run is no reason to send clients to
 * another server.
 */
export function withScriptCheck(health: Health, script: EventScript | undefined): Health {
  if (script === undefined) return health;
  const { path, isRun } = script.status;
  const check: Health["checks"][number] = isRun
    ? { name: "script", state: "ok", reason: "the event script is run when leases change" }
    : { name: "script", state: "warning", reason: `the event script ${path} is not run until the server is restarted` };
  return { ...health, checks: [...health.checks, check] };
}
