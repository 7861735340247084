// Joins the kernel shield (--shield xdp) to the configuration and the leases.

import { randomBytes } from "node:crypto";
import { BurstNotices } from "../backend/burst-notices.ts";
import { connectShield } from "../backend/shield/client.ts";
import { KernelShield } from "../backend/shield/kernel-shield.ts";
import { HASH_KEY_OCTETS } from "../base/hash.ts";
import { DEFAULT_SHIELD_RATES } from "../base/shield-rates.ts";
import type { Config } from "../config/model/model.ts";
import type { Health } from "../control/health-messages.ts";
import type { Logger } from "../log.ts";
import { ClientKeys } from "../server/client-keys.ts";
import { KnownClients } from "../server/known-clients.ts";
import type { Server } from "../server/server.ts";
import type { Launch } from "./launch.ts";

/**
 * The message for a shield that the command line asks for and the host cannot have. The daemon goes on: it serves all
 * clients without a shield too.
 */
function withoutIt(why: string): string {
  return `${why}: clients are served without the kernel shield until the daemon is restarted`;
}

/**
 * Takes the process over that the launcher has started; undefined where the command line asks for none, or it could not be
 * started.
 */
export function openShield(
  { shield: fd, shieldTrouble }: Launch,
  { shieldRates }: Config,
  log: Logger,
): KernelShield | undefined {
  if (fd === undefined) {
    if (shieldTrouble !== undefined) log.error({ event: "shield" }, withoutIt(shieldTrouble));
    else if (shieldRates !== undefined)
      log.warn({ event: "shield" }, "the shield block has no effect: start with --shield xdp, or take it out");
    return undefined;
  }
  return new KernelShield({
    client: connectShield(fd),
    rates: shieldRates ?? DEFAULT_SHIELD_RATES,
    notice: (level, message) => log[level]({ event: "shield" }, message),
  });
}

/** The state of a shield that the command line asks for. */
export type ShieldCondition = Pick<KernelShield, "trouble" | "status">;

/** The condition of the shield; undefined where the command line asks for none. */
export function conditionOf(
  { shieldTrouble }: Pick<Launch, "shieldTrouble">,
  shield: KernelShield | undefined,
): ShieldCondition | undefined {
  return shieldTrouble === undefined ? shield : { trouble: shieldTrouble, status: [] };
}

/** Adds what health says of the shield, where one is asked for: clients are served without it as well. */
export function withShieldCheck(health: Health, shield: ShieldCondition | undefined): Health {
  if (shield === undefined) return health;
  return { ...health, checks: [...health.checks, { name: "shield", ...judge(shield) }] };
}

function judge({ trouble, status }: ShieldCondition): Pick<Health["checks"][number], "state" | "reason"> {
  if (trouble !== undefined) return { state: "warning", reason: withoutIt(trouble) };
  const bare = status.filter(({ mode }) => mode === "none").map((one) => one.interface);
  if (bare.length > 0) return { state: "warning", reason: `no kernel shield on ${bare.join(", ")}: see the log` };
  return { state: "ok", reason: "the kernel shield is on each interface that is to have it" };
}

/**
 * Joins the shield to the leases of a server that has its ports: tells it of all clients, then attaches it, so that a
 * start in a flood takes no client with a lease for a new one. Resolves when that is done, with the function that takes
 * over another configuration.
 */
export async function joinShield(
  shield: KernelShield,
  server: Pick<Server, "serving">,
  started: Config,
  log: Logger,
): Promise<(config: Config) => void> {
  let config = started;
  const { promise: told, resolve: onTold } = withResolvers();
  const bursts = new BurstNotices(() => performance.now());
  const clients = new KnownClients({
    keys: new ClientKeys(randomBytes(HASH_KEY_OCTETS)),
    table: () => server.serving.table,
    hosts: () => hostsOf(config),
    change: (action, keys) => shield.changeClients(action, keys),
    onTold,
    onFull: (count) => {
      if (!bursts.begins("full")) return;
      const text = `the kernel shield has no room for ${count} more clients: in a flood they count as new ones`;
      log.warn({ event: "shield" }, text);
    },
  });
  await told;
  await shield.begin();
  return (next) => {
    config = next;
    shield.setRates(next.shieldRates ?? DEFAULT_SHIELD_RATES);
    clients.lookAtAll();
  };
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function* hostsOf({ hosts }: Config): Generator<{ htype: number; hardwareAddress: Uint8Array }> {
  for (const { hardware } of hosts)
    for (const { htype, address } of hardware) yield { htype, hardwareAddress: address };
}
