// The daemon as the control socket and signals see it: the server together with the file that it was
// configured by, which is read anew on demand, one reload after the other.

import { textOf } from "../base/errors.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import type { Diagnostic } from "../config/language/source.ts";
import { phraseExpected } from "../config/language/suggest.ts";
import type { Config } from "../config/model/model.ts";
import type { Controlled } from "../control/connection.ts";
import type { EventFeed } from "../control/event-stream.ts";
import type { AddressExplanation, Explanation } from "../control/explain-messages.ts";
import { describeLease, isoTime } from "../control/lease-description.ts";
import { leasePage } from "../control/lease-page.ts";
import type { Health, LeasePage, OperationResult, RefusedClients, ReloadResult, Status } from "../control/messages.ts";
import type { ExplainQueryRequest, ExplainRequest, LeasePageRequest, ReserveRequest } from "../control/requests.ts";
import { CONTROL_VERSION } from "../control/version.ts";
import type { Logger } from "../log.ts";
import type { EventScript } from "../script/event-script.ts";
import type { PlacedLease } from "../server/lease-figures.ts";
import type { RefusedQueries } from "../server/refused-queries.ts";
import type { Server } from "../server/server.ts";
import type { ServerStatus } from "../server/server-status.ts";
import { changeOfFixed } from "./cluster.ts";
import { isUnseen, readConfigFile, whyNotShown } from "./config-file.ts";
import { withScriptCheck } from "./event-script.ts";
import { describeRefused } from "./refused-clients.ts";
import { describeChanges } from "./reload-text.ts";
import { addressOf, octetsOf } from "./request-values.ts";
import { notifyManager, reloadingNotification } from "./service-manager.ts";

/** What it is made of. */
export interface RunningDaemonParts {
  readonly server: Server;
  readonly configFile: string;
  readonly leaseFile: string;
  /** The configuration that it was started with: some of it takes a new start. */
  readonly started: Config;
  /** Where there is a status page. */
  readonly refused: RefusedQueries | undefined;
  /** Whether the system-call filter lets it ask name servers. */
  readonly mayConnect: boolean;
  readonly version: string;
  readonly log: Logger;
  /** Where the configuration asks for names in the DNS. */
  readonly names: { readonly counters: Readonly<Record<string, number>> } | undefined;
  /** Where the configuration has a script that is run when leases change. */
  readonly script: EventScript | undefined;
  /** Takes over what a configuration says that is not the server's business. */
  readonly onConfig: (config: Config) => void;
}

/** A file that was read. */
interface Loaded {
  /** Undefined: it is not taken, and `why` says why. */
  readonly config: Config | undefined;
  /** As text for people. */
  readonly diagnostics: string;
  readonly found: readonly Diagnostic[];
  readonly why: string;
}

const LEVELS = { error: "error", warning: "warn", notice: "info" } as const;
const MS_PER_SECOND = 1000;
const KEPT = "the old configuration stays in force";
const NO_NAMES = "it has host names, and a daemon that was started without any may not ask name servers: restart it";

/** Made when the server serves. */
export class RunningDaemon implements Controlled {
  private readonly parts: RunningDaemonParts;
  private readonly startedAt = Date.now();
  private readonly startedTicks = performance.now();
  private lastReload: Status["lastReload"];
  /** Of the last reload. */
  private firstError: string | undefined;
  private reloading: Promise<unknown> = Promise.resolve();

  constructor(parts: RunningDaemonParts) {
    this.parts = parts;
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

  async health(): Promise<Health> {
    return withScriptCheck(await this.parts.server.readiness.health(), this.parts.script);
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

  /** `confirm`: finds out what is done to the leases, and leaves the old configuration in force if more clients are affected. */
  reload(confirm?: number): Promise<ReloadResult> {
    return this.inTurn(() => this.reloadNow(confirm));
  }

  check(file: string): Promise<ReloadResult> {
    return this.inTurn(async () => {
      try {
        const { diagnostics, config, why } = await this.load(file);
        if (config === undefined)
          return { ok: false, message: `${file}: would not be taken${why === KEPT ? "" : `: ${why}`}`, diagnostics };
        const effects = await this.parts.server.operations.effectsOf(config);
        return { ok: true, message: `${file}: good; nothing is changed`, diagnostics, effects };
      } catch (error) {
        const hidden = isUnseen(error) ? whyNotShown(this.parts.configFile, file) : undefined;
        return { ok: false, message: hidden ?? textOf(error), diagnostics: "" };
      }
    });
  }

  private inTurn(task: () => Promise<ReloadResult>): Promise<ReloadResult> {
    const result = this.reloading.then(task);
    this.reloading = result;
    return result;
  }

  private async reloadNow(confirm: number | undefined): Promise<ReloadResult> {
    notifyManager(reloadingNotification());
    const result = await this.tryReload(confirm);
    const at = isoTime(Date.now() / MS_PER_SECOND);
    const { ok, message, changes } = result;
    this.lastReload = { at, ok, message, ...(this.firstError !== undefined && { firstError: this.firstError }) };
    const words = changes === undefined ? "" : `: ${describeChanges(changes).join("; ")}`;
    this.parts.log[ok ? "info" : "error"]({ event: "reload", ...changes }, `${message}${words}`);
    this.announce();
    return result;
  }

  private async tryReload(confirm: number | undefined): Promise<ReloadResult> {
    const { server, configFile, onConfig } = this.parts;
    let diagnostics = "";
    let isTaken = false;
    this.firstError = undefined;
    try {
      const loaded = await this.load(configFile);
      ({ diagnostics } = loaded);
      this.tell(loaded.found);
      const { config, why } = loaded;
      if (config === undefined) return { ok: false, message: `${configFile}: not reloaded: ${why}`, diagnostics };
      const told = confirm === undefined ? {} : { effects: await server.operations.effectsOf(config) };
      if (told.effects !== undefined && told.effects.affected > (confirm ?? 0)) {
        const { affected } = told.effects;
        const count = `${affected === 1 ? "1 client is" : `${affected} clients are`} affected, and ${confirm} confirmed`;
        const message = `${configFile}: not reloaded: ${count}: the old configuration stays in force`;
        return { ok: false, message, diagnostics, ...told };
      }
      // The server may have changed something when it fails from here on.
      isTaken = true;
      const changes = await server.reload(config);
      onConfig(config);
      return { ok: true, message: `${configFile}: reloaded`, diagnostics, changes, ...told };
    } catch (error) {
      const state = isTaken
        ? "the new configuration may be in force in part: restart the daemon"
        : "the old configuration stays in force";
      return { ok: false, message: `${textOf(error)}: ${state}`, diagnostics };
    }
  }

  /** The configuration of a file, or why this daemon does not take it. Rejects where the file cannot be read. */
  private async load(file: string): Promise<Loaded> {
    const { config, text, diagnostics: found, hasNames } = await readConfigFile(file);
    const refused = (why: string): Loaded => ({ config: undefined, diagnostics: text, found, why });
    if (config === undefined) return refused(KEPT);
    if (hasNames && !this.parts.mayConnect) return refused(NO_NAMES);
    const fixed = changeOfFixed(this.parts.started, config);
    if (fixed !== undefined) return refused(`the ${fixed} has changed, which takes a restart`);
    return { config, diagnostics: text, found, why: "" };
  }

  private tell(diagnostics: readonly Diagnostic[]): void {
    for (const { severity, file, line, column, message, expected, includedFrom } of diagnostics) {
      const via = includedFrom.map((place) => `, included at ${place.file}:${place.line}:${place.column}`);
      const advice = expected === undefined ? "" : ` (${phraseExpected(expected)})`;
      const text = `${file}:${line}:${column}: ${message}${advice}${via.join("")}`;
      if (severity === "error") this.firstError ??= text;
      this.parts.log[LEVELS[severity]]({ event: "reload" }, text);
    }
  }

  private describe(server: ServerStatus): Status {
    const { drained } = this.parts.server.readiness;
    return {
      version: this.parts.version,
      protocol: CONTROL_VERSION,
      pid: process.pid,
      startedAt: isoTime(this.startedAt / MS_PER_SECOND),
      uptimeSeconds: Math.floor((performance.now() - this.startedTicks) / MS_PER_SECOND),
      configFile: this.parts.configFile,
      ...(this.lastReload !== undefined && { lastReload: this.lastReload }),
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
    const { lastReload } = this;
    if (lastReload === undefined) return serving;
    if (lastReload.ok) return `${serving}; configuration reloaded at ${lastReload.at}`;
    return `${serving}; the reload at ${lastReload.at} was refused, the configuration before it stays in force`;
  }
}
