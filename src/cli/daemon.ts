// Builds the daemon's concrete parts, joins them, and is the only place that ends the process.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Backend } from "../backend/backend.ts";
import { bpfBackend } from "../backend/frames/bpf.ts";
import { Observation } from "../backend/observe/observation.ts";
import type { KernelShield } from "../backend/shield/kernel-shield.ts";
import type { SocketBackendOptions } from "../backend/socket-backend.ts";
import { udpBackend } from "../backend/udp/udp.ts";
import { DaemonError, type DaemonErrorCode } from "../base/daemon-error.ts";
import { textOf } from "../base/errors.ts";
import { Latencies } from "../base/latency.ts";
import { HELPER_GONE_MS } from "../base/limits/helper.ts";
import type { Pace } from "../base/pace.ts";
import { formatDiagnostic } from "../config/language/diagnostic-text.ts";
import type { Diagnostic } from "../config/language/source.ts";
import type { Config } from "../config/model/model.ts";
import { ControlServer } from "../control/server.ts";
import { absentFirewall, connectFirewall, type FirewallClient } from "../firewall/client.ts";
import { absentHelper, connectHelper } from "../helper/client.ts";
import type { Helper } from "../helper/helper.ts";
import { isJournal, Priority } from "../journal-stream.ts";
import { BulkListeners } from "../leasequery/bulk-listeners.ts";
import { flushLog, type Logger, type LogOptions, openLog } from "../log.ts";
import type { Names } from "../names/names.ts";
import { enterSandbox } from "../native/sandbox.ts";
import { setProcessName, unblockSigusr1 } from "../native/system-calls.ts";
import { systemClock } from "../server/clock.ts";
import { ServerNameFeed } from "../server/name-feed.ts";
import { RefusedQueries } from "../server/refused-queries.ts";
import { Server } from "../server/server.ts";
import { systemPace } from "../server/system-pace.ts";
import { requireClusterStart } from "./cluster.ts";
import { USAGE_STATUS } from "./command.ts";
import { readConfigFile } from "./config-file.ts";
import { startEventScript } from "./event-script.ts";
import { type Launch, type Options, readLaunch } from "./launch.ts";
import { runNicerThreadsAsBatch } from "./nicer-threads.ts";
import { makeStore, orderKey } from "./open-store.ts";
import { RunningDaemon } from "./running-daemon.ts";
import { serveHttp } from "./serve-http.ts";
import { notifyManager } from "./service-manager.ts";
import { conditionOf, joinShield, openShield } from "./shield.ts";
import { handleSignals } from "./signals.ts"; // first: signals count from here on
import { report } from "./standard-error.ts";
import { troublesIn } from "./troubles.ts";
import { USAGE } from "./usage.ts";
import { packageVersion } from "./version.ts";

/** The status for a refused configuration: EX_CONFIG of sysexits.h. c/report.c has the same. */
const CONFIG_STATUS = 78;
/**
 * The status for a configuration that cannot be read, or that names something absent: EX_NOINPUT. It may appear, so a
 * service manager tries again.
 */
const UNREAD_STATUS = 66;
/** The exit statuses of failures; the others end with status 1. */
const STATUSES: ReadonlyMap<DaemonErrorCode, number> = new Map([
  ["config-invalid", CONFIG_STATUS],
  ["config-unread", UNREAD_STATUS],
  ["package-missing", CONFIG_STATUS],
  ["usage", USAGE_STATUS],
]);
const KEY_OCTETS = 16;
const PRIORITIES = { error: Priority.error, warning: Priority.warning, notice: Priority.info } as const;

/** Runs the daemon by the command line; what stops it from starting goes to stderr. The status says whether to try it again. */
export async function runDaemon(): Promise<void> {
  try {
    await start();
  } catch (error) {
    flushLog();
    report(`anydhcpd: ${failureText(error)}\n`);
    process.exit(error instanceof DaemonError ? (STATUSES.get(error.code) ?? 1) : 1);
  }
}

async function start(): Promise<void> {
  const launch = readLaunch(process.env["ANYDHCPD_LAUNCH"]);
  const { options } = launch;
  if (options.help || options.version) {
    process.stdout.write(options.help ? USAGE : `anydhcpd ${packageVersion()}\n`);
    return;
  }
  const loaded = await readConfigFile(options.configFile);
  const troubles = loaded.config === undefined ? [] : troublesIn(loaded.config, launch.troubles);
  for (const diagnostic of [...loaded.diagnostics, ...troubles])
    report(formatDiagnostic(diagnostic, loaded.source), PRIORITIES[diagnostic.severity]);
  if (loaded.config === undefined || troubles.length > 0)
    return fail(options.configFile, loaded.isIncomplete || (troubles.length > 0 && launch.mayCome));
  requireClusterStart(loaded.config, options.leaseFile);
  if (options.checkOnly) return;
  refusePrivilege();
  setProcessName("anydhcpd");
  unblockSigusr1();
  runNicerThreadsAsBatch();

  const log = openLog(logOptions(options));
  for (const note of launch.notes) log.info({ event: "launch" }, note);
  const mayConnect = loaded.config.cluster !== undefined || loaded.config.zones !== undefined || loaded.hasNames;
  const hasHttp = loaded.config.metrics !== undefined || loaded.config.statusPage !== undefined;
  // Newer versions of Node.js start a thread for their resolver when this is loaded, which the sandbox would refuse.
  if (mayConnect || hasHttp) await import("node:http");
  await enterSandbox(mayConnect);
  const helper = openHelper(launch);
  const latencies = loaded.config.metrics === undefined ? undefined : new Latencies();
  const refused = loaded.config.statusPage === undefined ? undefined : new RefusedQueries();
  if (latencies !== undefined) helper.latency = latencies.helper;
  const shield = openShield(launch, loaded.config, log);
  const { store, cluster, follow } = await makeStore(launch, loaded.config, log);
  const server = new Server({
    config: loaded.config,
    backend: openBackend(launch, helper, log, shield),
    store,
    keys: { table: randomBytes(KEY_OCTETS), order: orderKey(loaded.config.cluster) },
    clock: systemClock,
    log,
    interfaces: options.interfaces,
    addresses: options.addresses,
    wildcard: options.wildcard,
    ...(cluster !== undefined && { cluster }),
    bulk: new BulkListeners(helper),
    ...(loaded.config.firewallSets.length > 0 && { firewall: openFirewall(launch) }),
    ...(latencies !== undefined && { latencies }),
    ...(refused !== undefined && { refused }),
  });
  const pace = systemPace(() => server.messages);
  const { config: started, diagnostics: foundAtStart } = loaded;
  const about = { launch, log, started, foundAtStart, mayConnect, latencies, refused };
  await run({ server, pace, follow, shield, helper, ...about });
}

/** The parts of a daemon. */
interface Parts {
  readonly server: Server;
  /** The pace of the parts that follow its leases. */
  readonly pace: Pace;
  readonly follow: (config: Config) => void;
  /** Where the command line asks for it. */
  readonly shield: KernelShield | undefined;
  readonly helper: Helper;
  readonly launch: Launch;
  readonly log: Logger;
  /** The configuration that it starts with. */
  readonly started: Config;
  /** What the start reported about that. */
  readonly foundAtStart: readonly Diagnostic[];
  readonly mayConnect: boolean;
  /** Where metrics are asked for. */
  readonly latencies: Latencies | undefined;
  /** Where there is a status page. */
  readonly refused: RefusedQueries | undefined;
}

async function run(parts: Parts): Promise<void> {
  const { server, pace, follow, shield, helper, launch, log, started, mayConnect, refused } = parts;
  let control: ControlServer | undefined;
  let isEnding = false;
  const end = (status: number, reason: string): void => {
    if (isEnding) return;
    isEnding = true;
    log[status === 0 ? "info" : "fatal"]({ event: "stop" }, reason);
    notifyManager("STOPPING=1");
    control?.close();
    const finish = (): void => {
      helper.close();
      flushLog();
      process.exit(status);
    };
    server.stop().then(finish, (error: unknown) => {
      log.error({ event: "stop" }, textOf(error));
      finish();
    });
  };
  server.onFatal = (error) => end(1, error.message);
  helper.onGone = (reason) => {
    log.error(
      { event: "helper" },
      `the helper ${reason}: no listener can be opened from now on: the daemon ends in ` +
        `${HELPER_GONE_MS / 1000} seconds with status 1, so that a service manager starts both anew`,
    );
    setTimeout(() => end(1, `the helper ${reason}`), HELPER_GONE_MS).unref();
  };
  await server.start();
  const names = await serveNames(parts);
  const script = await startEventScript({ launch, server, pace, log }, started);
  const useRates = shield && (await joinShield(shield, server, started, log));
  const daemon = new RunningDaemon({
    server,
    configFile: launch.options.configFile,
    leaseFile: launch.options.leaseFile,
    started,
    foundAtStart: parts.foundAtStart,
    refused,
    mayConnect,
    version: packageVersion(),
    ...{ pace, log, names, script },
    shield: conditionOf(launch, shield),
    onConfig: (config) => {
      follow(config);
      names?.useConfig(config);
      useRates?.(config);
      if (config.eventScript !== undefined) script?.configure(config.eventScript);
    },
  });
  if (launch.control !== undefined) control = new ControlServer(launch.control, daemon, log);
  await serveHttp(parts, daemon);
  daemon.announce();
  log.info({ event: "ready", pid: process.pid }, "ready");
  let isTold = false;
  handleSignals((signal) => {
    if (signal === "SIGHUP") void daemon.reload();
    else if (signal === "SIGUSR1") log.info({ event: "counters", ...daemon.serverStatus() }, "counters");
    else if (isTold) end(0, `stopped by a second ${signal}`);
    else {
      isTold = true;
      notifyManager("STOPPING=1");
      server.readiness.drainToStop(() => end(0, `stopped by ${signal}`));
    }
  });
}

/** Starts the clients' names if the configuration asks for them; else loads nothing of them. */
async function serveNames({ server, log, started, pace }: Parts): Promise<Names | undefined> {
  if (started.hostsFile === undefined && started.zones === undefined) return undefined;
  const { keepNames } = await import("../names/names.ts");
  return keepNames({ config: started, feed: new ServerNameFeed(server), pace, now: () => systemClock.wall(), log });
}

/** Text for people and in the journal, JSON elsewhere, unless the command line says otherwise. */
function logOptions({ verbose, log }: Options): LogOptions {
  const journal = isJournal(1);
  const terminal = process.stdout.isTTY === true;
  const readable = log === undefined ? terminal || journal : log === "text";
  return { verbose, readable, fd: 1, journal, colour: terminal && process.env["NO_COLOR"] === undefined };
}

function openHelper({ helper, frames }: Launch): Helper {
  return helper === undefined ? absentHelper("started without privilege") : connectHelper(helper, frames);
}

function openFirewall({ firewall }: Launch): FirewallClient {
  return firewall === undefined ? absentFirewall() : connectFirewall(firewall);
}

function openBackend(
  { options, portHolders }: Launch,
  helper: Helper,
  log: Logger,
  shield: KernelShield | undefined,
): Backend {
  const parts: SocketBackendOptions = {
    helper,
    portHolders: portHolders.join(";"),
    notice: (level, message) => log[level]({ event: "backend" }, message),
    ...(shield !== undefined && { shield }),
  };
  if (options.backend === "bpf") return bpfBackend(parts);
  return udpBackend(options.observe ? { ...parts, onlooker: (serving) => new Observation(parts, serving) } : parts);
}

/** This process parses hostile packets: it must have nothing to lose. */
function refusePrivilege(): void {
  let status: string;
  try {
    status = readFileSync("/proc/self/status", "latin1");
  } catch {
    return; // no /proc here: the launcher's private root
  }
  const held = /^Cap(?:Prm|Eff):\s*0*[1-9a-f]/m.test(status);
  if (held) throw new DaemonError("usage", "this process still has capabilities: start bin/anydhcpd, not Node");
}

/** What the user reads: the sentence of an error that the user can mend, the whole stack of a fault of ours. */
function failureText(error: unknown): string {
  if (error instanceof DaemonError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function fail(configFile: string, isIncomplete: boolean): void {
  const why = isIncomplete ? "a file that it names cannot be read or is not there" : "errors in the configuration";
  report(`anydhcpd: ${configFile}: not started: ${why}\n`);
  process.exitCode = isIncomplete ? UNREAD_STATUS : CONFIG_STATUS;
}
