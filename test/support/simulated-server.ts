// A whole server over a simulated backend and store, by a clock that a test moves. Timers are vitest's:
// call vi.useFakeTimers() before `start`.

import { vi } from "vitest";
import { getUint32 } from "../../src/base/bytes.ts";
import { Interfaces } from "../../src/base/interfaces.ts";
import { formatIpv4 } from "../../src/base/ipv4.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/model/model.ts";
import { BindingState } from "../../src/lease/lease.ts";
import { type Logger, openLog } from "../../src/log.ts";
import { Server, type ServerParts } from "../../src/server/server.ts";
import type { Arrival } from "../../src/wire/arrival.ts";
import { KEYS, testInterface } from "./engine-world.ts";
import { buildMessage, ip, type MessageParts } from "./message-builder.ts";
import { SimulatedBackend, SimulatedStore } from "./simulated-backend.ts";

/** One server on lan0, 10.0.0.1/24 and 10.0.0.2/24. */
export class SimulatedServer {
  readonly backend: SimulatedBackend;
  readonly store = new SimulatedStore();
  readonly server: Server;
  /** Warnings and errors of the log. */
  readonly warnings: string[] = [];
  /** Milliseconds of the monotonic clock. */
  elapsedMs = 1000;
  /** What the wall clock is ahead of it, in seconds. */
  wallOffset = 1_800_000_000;

  /** `more`: parts that take the place of the simulated ones. */
  constructor(text: string, addresses: readonly string[] = ["10.0.0.1", "10.0.0.2"], more: Partial<ServerParts> = {}) {
    this.backend = new SimulatedBackend([testInterface(2, "lan0", ...addresses)]);
    this.server = new Server({
      config: configOf(text),
      backend: this.backend,
      store: this.store,
      keys: KEYS,
      clock: { wall: () => this.wallOffset + this.elapsedMs / 1000, monotonic: () => this.elapsedMs },
      log: this.openLog(),
      interfaces: [],
      addresses: [],
      wildcard: false,
      ...more,
    });
  }

  /** Starts a server with the configuration `text`. */
  static async start(
    text: string,
    addresses?: readonly string[],
    more?: Partial<ServerParts>,
  ): Promise<SimulatedServer> {
    const made = new SimulatedServer(text, addresses, more);
    await made.server.start();
    return made;
  }

  /** Hands the server one datagram. */
  send(parts: MessageParts, arrival: Partial<Arrival> = {}): void {
    this.backend.receive({ bytes: buildMessage(parts), arrival });
  }

  /** Lets time pass, by both clocks. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 100) {
      this.elapsedMs += Math.min(100, left);
      vi.advanceTimersByTime(Math.min(100, left));
    }
  }

  /** Addresses of all replies so far, in order; 0.0.0.0 for a NAK. */
  get addresses(): string[] {
    return this.backend.sent.map(({ bytes }) => formatIpv4(getUint32(bytes, 16)));
  }

  /** DISCOVER, REQUEST and commit; returns the address. */
  lease(chaddr: string): string {
    this.send({ type: 1, chaddr });
    const requested = this.addresses.at(-1) ?? "";
    this.send({ type: 3, chaddr, requested, serverId: "10.0.0.1" });
    this.store.finish();
    return requested;
  }

  /** Binding state of an address, by name. */
  stateOf(address: string): string {
    const lease = [...this.server.leases()].find(({ record }) => record.address === ip(address))?.record;
    return Object.entries(BindingState).find(([, state]) => state === lease?.state)?.[0] ?? "free";
  }

  /** Interfaces have other addresses now. */
  setAddresses(...addresses: readonly string[]): void {
    this.server.onInterfaces(new Interfaces(2, [testInterface(2, "lan0", ...addresses)]));
  }

  reload(text: string): Promise<unknown> {
    return this.server.reload(configOf(text));
  }

  private openLog(): Logger {
    const log = openLog({ verbose: false, readable: false, fd: 1 });
    log.level = "silent";
    const keep = (_fields: object, message: string): void => void this.warnings.push(message);
    return Object.assign(log, { warn: keep, error: keep });
  }
}

function configOf(text: string): Config {
  const { config, diagnostics } = loadConfig("test.conf", text);
  if (config === undefined) throw new TypeError(diagnostics.map(({ message }) => message).join("\n"));
  return config;
}
