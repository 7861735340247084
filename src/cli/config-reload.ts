// The daemon's configuration file, read anew on demand: one reload or check after the other, each taken whole or not at all.

import { textOf } from "../base/errors.ts";
import type { Diagnostic } from "../config/language/source.ts";
import { phraseExpected } from "../config/language/suggest.ts";
import type { Config } from "../config/model/model.ts";
import { isoTime } from "../control/lease-description.ts";
import type { ReloadEffects, ReloadResult, Status } from "../control/messages.ts";
import type { Logger } from "../log.ts";
import type { Server } from "../server/server.ts";
import { changeOfFixed } from "./cluster.ts";
import { isUnseen, readConfigFile, whyNotShown } from "./config-file.ts";
import { describeChanges, describeSetEffects } from "./reload-text.ts";
import { notifyManager, reloadingNotification } from "./service-manager.ts";

/** Its parts. */
export interface ConfigReloadParts {
  readonly server: Pick<Server, "reload" | "operations">;
  readonly configFile: string;
  /** The configuration that the daemon was started with: some of it takes a new start. */
  readonly started: Config;
  /** What the start reported about it. */
  readonly foundAtStart: readonly Diagnostic[];
  /** Whether the system-call filter lets the daemon ask name servers. */
  readonly mayConnect: boolean;
  readonly log: Logger;
  /** Takes over the parts of a configuration that are not the server's business. */
  readonly onConfig: (config: Config) => void;
}

/** A file that was read. */
interface Loaded {
  /** Undefined: it is not taken. */
  readonly config: Config | undefined;
  /** As text for people. */
  readonly diagnostics: string;
  readonly found: readonly Diagnostic[];
  /** Why it is not taken, where that is no diagnostic. */
  readonly why: string | undefined;
}

const LEVELS = { error: "error", warning: "warn", notice: "info" } as const;
const MS_PER_SECOND = 1000;
const KEPT = "the old configuration stays in force";
const NO_NAMES = "it has host names, and a daemon that was started without any may not ask name servers: restart it";

/** See the head of this file. */
export class ConfigReload {
  private readonly parts: ConfigReloadParts;
  private last: Status["lastReload"];
  /** The first error of the last reload. */
  private firstError: string | undefined;
  private reloading: Promise<unknown> = Promise.resolve();
  /** Whether the configuration in force has firewall sets. */
  private hasSets: boolean;
  /** The notices of the file as it was read last: the log has them already. */
  private logged: ReadonlySet<string>;

  constructor(parts: ConfigReloadParts) {
    this.parts = parts;
    this.logged = noticesIn(parts.foundAtStart);
    this.hasSets = parts.started.firewallSets.length > 0;
  }

  /** The result of the last reload; undefined: there was none. */
  get lastReload(): Status["lastReload"] {
    return this.last;
  }

  /**
   * `confirm`: finds out what the new configuration does to the leases, and leaves the old one in force if more clients
   * are affected.
   */
  reload(confirm?: number): Promise<ReloadResult> {
    return this.inTurn(() => this.reloadNow(confirm));
  }

  check(file: string): Promise<ReloadResult> {
    return this.inTurn(async () => {
      try {
        const { diagnostics, config, why } = await this.load(file);
        if (config === undefined)
          return {
            ok: false,
            message: `${file}: would not be taken${why === undefined ? "" : `: ${why}`}`,
            diagnostics,
          };
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
    this.last = { at, ok, message, ...(this.firstError !== undefined && { firstError: this.firstError }) };
    const words = changes === undefined ? "" : `: ${describeChanges(changes).join("; ")}`;
    this.parts.log[ok ? "info" : "error"]({ event: "reload", ...changes }, `${message}${words}`);
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
      if (config === undefined) {
        const reason = why === undefined ? KEPT : `${why}: ${KEPT}`;
        return { ok: false, message: `${configFile}: not reloaded: ${reason}`, diagnostics };
      }
      const isAsked = confirm !== undefined || this.hasSets || config.firewallSets.length > 0;
      const told = isAsked ? { effects: await server.operations.effectsOf(config) } : {};
      if (confirm !== undefined && told.effects !== undefined && told.effects.affected > confirm) {
        const { affected } = told.effects;
        const count = `${affected === 1 ? "1 client is" : `${affected} clients are`} affected, and ${confirm} confirmed`;
        const message = `${configFile}: not reloaded: ${count}: ${KEPT}`;
        return { ok: false, message, diagnostics, ...told };
      }
      // The server may have changed something when it fails from here on.
      isTaken = true;
      const changes = await server.reload(config);
      this.hasSets = config.firewallSets.length > 0;
      if (told.effects !== undefined) this.tellSets(told.effects.firewallSets);
      onConfig(config);
      return { ok: true, message: `${configFile}: reloaded`, diagnostics, changes, ...told };
    } catch (error) {
      const state = isTaken ? "the new configuration may be in force in part: restart the daemon" : KEPT;
      return { ok: false, message: `${textOf(error)}: ${state}`, diagnostics };
    }
  }

  /** The configuration of a file, or why this daemon does not take it. Rejects where the file cannot be read. */
  private async load(file: string): Promise<Loaded> {
    const { config, text, diagnostics: found, hasNames } = await readConfigFile(file);
    const refused = (why: string | undefined): Loaded => ({ config: undefined, diagnostics: text, found, why });
    if (config === undefined) return refused(undefined);
    if (hasNames && !this.parts.mayConnect) return refused(NO_NAMES);
    const fixed = changeOfFixed(this.parts.started, config);
    if (fixed !== undefined) return refused(`the ${fixed} has changed, which takes a restart`);
    return { config, diagnostics: text, found, why: undefined };
  }

  private tellSets(sets: ReloadEffects["firewallSets"]): void {
    for (const line of describeSetEffects(sets)) this.parts.log.info({ event: "firewall" }, line);
  }

  /** Logs errors and warnings, and the notices that are new. */
  private tell(diagnostics: readonly Diagnostic[]): void {
    const { logged } = this;
    this.logged = noticesIn(diagnostics);
    for (const diagnostic of diagnostics) {
      const { severity, file, line, column, message, expected, includedFrom } = diagnostic;
      if (severity === "notice" && logged.has(noticeKey(diagnostic))) continue;
      const via = includedFrom.map((place) => `, included at ${place.file}:${place.line}:${place.column}`);
      const advice = expected === undefined ? "" : ` (${phraseExpected(expected)})`;
      const text = `${file}:${line}:${column}: ${message}${advice}${via.join("")}`;
      if (severity === "error") this.firstError ??= text;
      this.parts.log[LEVELS[severity]]({ event: "reload" }, text);
    }
  }
}

function noticesIn(diagnostics: readonly Diagnostic[]): ReadonlySet<string> {
  return new Set(diagnostics.filter(({ severity }) => severity === "notice").map(noticeKey));
}

/** The text of a notice, without its line number, which changes with each line above it. */
function noticeKey({ file, message }: Diagnostic): string {
  return `${file}: ${message}`;
}
