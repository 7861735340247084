// The kernel shield of the daemon (--shield xdp): what joins it to the configuration and the leases.

import { randomBytes } from "node:crypto";
import { BurstNotices } from "../backend/burst-notices.ts";
import { connectShield } from "../backend/shield/client.ts";
import { KernelShield } from "../backend/shield/kernel-shield.ts";
import { HASH_KEY_OCTETS } from "../base/hash.ts";
import { DEFAULT_SHIELD_RATES } from "../base/shield-rates.ts";
import type { Config } from "../config/model/model.ts";
import type { Logger } from "../log.ts";
import { ClientKeys } from "../server/client-keys.ts";
import { KnownClients } from "../server/known-clients.ts";
import type { Server } from "../server/server.ts";
import type { Launch } from "./launch.ts";

/** Takes the process over that the launcher has started; undefined where the command line asks for none. */
export function openShield({ shield: fd }: Launch, { shieldRates }: Config, log: Logger): KernelShield | undefined {
  if (fd === undefined) {
    if (shieldRates !== undefined)
      log.warn({ event: "shield" }, "the shield block has no effect: start with --shield xdp, or take it out");
    return undefined;
  }
  return new KernelShield({
    client: connectShield(fd),
    rates: shieldRates ?? DEFAULT_SHIELD_RATES,
    notice: (level, message) => log[level]({ event: "shield" }, message),
  });
}

/** Joins it to the server's leases; returns what takes over another configuration. */
export function joinShield(
  shield: KernelShield,
  server: Server,
  started: Config,
  log: Logger,
): (config: Config) => void {
  let config = started;
  const bursts = new BurstNotices(() => performance.now());
  const clients = new KnownClients({
    keys: new ClientKeys(randomBytes(HASH_KEY_OCTETS)),
    table: () => server.serving.table,
    hosts: () => hostsOf(config),
    change: (action, keys) => shield.changeClients(action, keys),
    onFull: (count) => {
      if (!bursts.begins("full")) return;
      const text = `the kernel shield has no room for ${count} more clients: in a flood they count as new ones`;
      log.warn({ event: "shield" }, text);
    },
  });
  return (next) => {
    config = next;
    shield.setRates(next.shieldRates ?? DEFAULT_SHIELD_RATES);
    clients.lookAtAll();
  };
}

function* hostsOf({ hosts }: Config): Generator<{ htype: number; hardwareAddress: Uint8Array }> {
  for (const { hardware } of hosts)
    for (const { htype, address } of hardware) yield { htype, hardwareAddress: address };
}
