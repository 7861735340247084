// The daemon as the control socket and signals see it: the server together with the file that it was
// configured by.

import type { Ipv4 } from "../base/ipv4.ts";
import type { Pace } from "../base/pace.ts";
import type { Diagnostic } from "../config/language/source.ts";
import type { Config } from "../config/model/model.ts";
import type { Controlled } from "../control/connection.ts";
import type { EventFeed } from "../control/event-stream.ts";
import type { AddressExplanation, Explanation } from "../control/explain-messages.ts";
import type { Health } from "../control/health-messages.ts";
import { describeLease, isoTime } from "../control/lease-description.ts";
import { leasePage } from "../control/lease-page.ts";
import type { LeasePage, OperationResult, RefusedClients, ReloadResult, Status } from "../control/messages.ts";
import type { ExplainQueryRequest, ExplainRequest, LeasePageRequest, ReserveRequest } from "../control/requests.ts";
import { CONTROL_VERSION } from "../control/version.ts";
import type { Logger } from "../log.ts";
import type { EventScript } from "../script/event-script.ts";
import type { PlacedLease } from "../server/lease-figures.ts";
import type { RefusedQueries } from "../server/refused-queries.ts";
import type { Server } from "../server/server.ts";
import type { ServerStatus } from "../server/server-status.ts";
import { ConfigReload } from "./config-reload.ts";
import { withScriptCheck } from "./event-script.ts";
import { describeRefused } from "./refused-clients.ts";
import { addressOf, octetsOf } from "./request-values.ts";
import { notifyManager } from "./service-manager.ts";
import { type ShieldCondition, withShieldCheck } from "./shield.ts";

/** Its parts. */
export interface RunningDaemonParts {
  readonly server: Server;
  readonly configFile: string;
  readonly leaseFile: string;
  /** The configuration that it was started with: some of it takes a new start. */
  readonly started: Config;
  /** What the start reported about it. */
  readonly foundAtStart: readonly Diagnostic[];
  /** Where there is a status page. */
  readonly refused: RefusedQueries | undefined;
  /** Whether the system-call filter lets it ask name servers. */
  readonly mayConnect: boolean;
  readonly version: string;
  /** The pace of the parts that follow the server's leases. */
  readonly pace: Pace;
  readonly log: Logger;
  /** Where the configuration asks for names in the DNS. */
  readonly names: { readonly counters: Readonly<Record<string, number>> } | undefined;
  /** Where the configuration has a script that is run when leases change. */
  readonly script: EventScript | undefined;
  /** Where the command line asks for a kernel shield. */
  readonly shield: ShieldCondition | undefined;
  /** Takes over the parts of a configuration that are not the server's business. */
  readonly onConfig: (config: Config) => void;
}

const MS_PER_SECOND = 1000;
/** Made when the server serves. */
export class RunningDaemon implements Controlled {
  private readonly parts: RunningDaemonParts;
  private readonly startedAt = Date.now();
  private readonly startedTicks = performance.now();
  private readonly reloads: ConfigReload;

  constructor(parts: RunningDaemonParts) {
    this.parts = parts;
    this.reloads = new ConfigReload(parts);
  }

  /** Tells the service manager that it serves, and what. */
  announce(): void {
    notifyManager(`READY=1\nSTATUS=${this.statusText()}`);
  }

  status(): Status {
    return this.describe(this.parts.server.status());
  }

  /** The server's part of the status, as a line of the log has it. */
  serverStatus(): ServerStatus {
    return this.withCounters(this.parts.server.status());
  }

  delayStatus(): Status {
    return this.describe(this.parts.server.delayStatus());
  }

  readonly leases = (after?: Ipv4): Iterable<PlacedLease> => this.parts.server.leases(after);

  readonly leasePage = (request: LeasePageRequest): Promise<LeasePage> => leasePage(this.leases, request);

  refused(): RefusedClients | undefined {
    return this.parts.refused && describeRefused(this.parts.refused);
  }

  get events(): EventFeed {
    return this.parts.server.events;
  }

  get pace(): Pace {
    return this.parts.pace;
  }

  async health(): Promise<Health> {
    const { server, script, shield } = this.parts;
    return withShieldCheck(withScriptCheck(await server.readiness.health(), script), shield);
  }

  async explain(request: ExplainRequest | ExplainQueryRequest): Promise<Explanation | undefined> {
    const explanation = await this.explainServing(request);
    return explanation && { ...this.drained(), ...explanation };
  }

  private async explainServing(request: ExplainRequest | ExplainQueryRequest): Promise<Explanation | undefined> {
    const { explainer } = this.parts.server;
    if (request.command === "explain-query") {
      const { query, to, from, port, via } = request;
      const arrival = explainer.arrivalBy(via, addressOf(to) ?? 0, addressOf(from) ?? 0, port);
      return arrival === undefined ? undefined : explainer.explainOctets(octetsOf(query), arrival);
    }
    const { hardware, type, via, giaddr, from, ciaddr, requested, options } = request;
    return explainer.explainClient({
      ...{ hardware: octetsOf(hardware), type, via },
      ...{
        giaddr: addressOf(giaddr),
        from: addressOf(from),
        ciaddr: addressOf(ciaddr),
        requested: addressOf(requested),
      },
      options: options.map(({ code, value }) => ({ code, value: octetsOf(value) })),
    });
  }

  private drained(): Pick<Explanation, "isDrained"> {
    return this.parts.server.readiness.isSilent ? { isDrained: true } : {};
  }

  explainAddress(address: string): AddressExplanation {
    const { lease, inUse, ...rest } = this.parts.server.explainer.explainAddress(addressOf(address) ?? 0);
    const { since, until } = inUse ?? {};
    const told = {
      ...this.drained(),
      ...rest,
      ...(until !== undefined && {
        inUse: { ...(since !== undefined && { since: isoTime(since) }), until: isoTime(until) },
      }),
    };
    return lease === undefined ? told : { ...told, lease: describeLease(lease.record, lease.place) };
  }

  release(address: string): Promise<OperationResult> {
    return this.parts.server.operations.release(addressOf(address) ?? 0);
  }

  forgive(address: string): Promise<OperationResult> {
    return this.parts.server.operations.forgive(addressOf(address) ?? 0);
  }

  async reserve(request: ReserveRequest): Promise<OperationResult> {
    const { reserveInDaemon } = await import("./reserve-in-daemon.ts");
    return reserveInDaemon(this, this.parts, request);
  }

  drain(): Promise<Health> {
    this.parts.server.readiness.drain();
    return this.health();
  }

  undrain(): Promise<Health> {
    this.parts.server.readiness.undrain();
    return this.health();
  }

  /**
   * `confirm`: finds out what the new configuration does to the leases, and leaves the old one in force if more clients
   * are affected.
   */
  async reload(confirm?: number): Promise<ReloadResult> {
    const result = await this.reloads.reload(confirm);
    this.announce();
    return result;
  }

  check(file: string): Promise<ReloadResult> {
    return this.reloads.check(file);
  }

  private describe(server: ServerStatus): Status {
    const { drained } = this.parts.server.readiness;
    const { lastReload } = this.reloads;
    return {
      version: this.parts.version,
      protocol: CONTROL_VERSION,
      pid: process.pid,
      startedAt: isoTime(this.startedAt / MS_PER_SECOND),
      uptimeSeconds: Math.floor((performance.now() - this.startedTicks) / MS_PER_SECOND),
      configFile: this.parts.configFile,
      ...(lastReload !== undefined && { lastReload }),
      ...(drained !== undefined && { drain: { state: drained.state, since: isoTime(drained.since) } }),
      ...this.withCounters(server),
      ...(this.parts.script !== undefined && { eventScript: this.parts.script.status }),
    };
  }

  private withCounters(server: ServerStatus): ServerStatus {
    const { names, script } = this.parts;
    return { ...server, counters: { ...server.counters, ...names?.counters, ...script?.counters } };
  }

  private statusText(): string {
    const { subnets, leases } = this.parts.server.status();
    const bound = leases["bound"] ?? 0;
    const serving = `serving ${subnets.length} subnet${subnets.length === 1 ? "" : "s"}, ${bound} lease${bound === 1 ? "" : "s"}`;
    const { lastReload } = this.reloads;
    if (lastReload === undefined) return serving;
    if (lastReload.ok) return `${serving}; configuration reloaded at ${lastReload.at}`;
    return `${serving}; the reload at ${lastReload.at} was refused, the configuration before it stays in force`;
  }
}
