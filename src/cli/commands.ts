// The commands of anydhcpctl, and its help.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Instruction, listing } from "../backend/filter/assembler.ts";
import { FRAME_FILTER, OBSERVE_FILTER, PREFILTER } from "../backend/filter/filter.ts";
import { DaemonError } from "../base/daemon-error.ts";
import { showOctets } from "../base/text.ts";
import { formatDiagnostics } from "../config/load.ts";
import { ReloadResult } from "../control/messages.ts";
import { type Command, FLAG, readArguments } from "./command.ts";
import { readConfigFile } from "./config-file.ts";
import { ask, CONTROL_OPTION, CONTROL_PATH } from "./control-client.ts";
import { DRAIN, UNDRAIN } from "./drain-command.ts";
import { EVENTS } from "./events-command.ts";
import { EXPLAIN } from "./explain-command.ts";
import { HEALTH } from "./health-command.ts";
import { IMPORT } from "./import-command.ts";
import { FORGIVE, RELEASE } from "./lease-commands.ts";
import { LEASES } from "./leases-command.ts";
import { RELOAD, tellReload } from "./reload-command.ts";
import { RESERVE } from "./reserve-command.ts";
import { STATUS } from "./status-command.ts";
import { EXPORT, FILL } from "./transfer-commands.ts";
import { lookForTroubles, troublesIn } from "./troubles.ts";

/** From the kernel's <linux/capability.h>. */
const CAP_SYS_ADMIN = 21n;

/** What `anydhcpctl --help` writes. */
export const USAGE = `usage: anydhcpctl command [argument ...]
       anydhcpctl command --help
       anydhcpctl --help | --version

  check    read a configuration as the daemon would and say what is wrong with it
  leases   list the leases of the running daemon or of a lease file
  status   show what the running daemon does, its subnets and counters
  events   follow what happens to the leases of the running daemon
  explain  tell what the running daemon would do with a client's message, and why
  health   tell whether clients should be sent to the running daemon, and why not
  drain    let the running daemon fall silent, after its route was withdrawn
  undrain  let it serve again
  reload   make the running daemon read its configuration anew, and wait for it
  release  end the lease of an address
  forgive  let an abandoned address be given again
  reserve  let a device keep its address, or get one
  fill     put the leases of a lease file into the store of a cluster
  export   write the leases in the store of a cluster as a lease file
  import   turn another server's configuration or leases into ours
  filter   list the packet filters of the daemon's sockets

Exit status: 0 on success, 1 on failure, 2 for a command line that makes no sense.
See anydhcpctl(8).
`;

const CHECK: Command = {
  usage: `usage: anydhcpctl check [--json] [-c file | file]
       anydhcpctl check --running file [--json] [--control socket]

  -c, --config file
          the configuration (default /etc/dhcpd.conf)
  --running file
          let the running daemon read this file, which must lie below the directory of
          its configuration, and say what it would do to the present leases
  --verbose
          each notice in full: they are one line otherwise
  --json  a JSON object, with a list of the errors and their places
  --control path
          the daemon's control socket (default ${CONTROL_PATH})

Exit status: 0 if the daemon would start with it, 1 if not.
`,
  async run(args) {
    const { values, positionals } = readArguments({
      args,
      allowPositionals: true,
      options: {
        ...CONTROL_OPTION,
        config: { type: "string", short: "c", default: "/etc/dhcpd.conf" },
        running: { type: "string" },
        verbose: FLAG,
        json: FLAG,
      },
    });
    if (values.running !== undefined) {
      if (values.verbose) throw new DaemonError("usage", "--verbose is for a check without --running");
      if (positionals.length > 0) throw new DaemonError("usage", `one file at a time, not also "${positionals[0]}"`);
      const request = { command: "check", file: resolve(values.running) } as const;
      return tellReload(await ask(values.control, request, ReloadResult), values.json);
    }
    const [path = values.config, ...more] = positionals;
    if (more.length > 0) throw new DaemonError("usage", `one file at a time, not also "${more[0]}"`);
    return checkFile(path, values);
  },
};

/** Checks a configuration by itself, and reports what is wrong; the exit status. */
async function checkFile(
  path: string,
  { json: asJson, verbose }: { readonly json: boolean; readonly verbose: boolean },
): Promise<number> {
  const { config, source, files, ...loaded } = await readConfigFile(path, daemonHasOwnRoot());
  const troubles = config === undefined ? [] : troublesIn(config, lookForTroubles(files), files);
  const diagnostics = [...loaded.diagnostics, ...troubles];
  const read = verbose ? formatDiagnostics(loaded.diagnostics, source) : loaded.text;
  const text = read + formatDiagnostics(troubles, source);
  if (!asJson) process.stderr.write(text);
  const isGood = config !== undefined && troubles.length === 0;
  if (!asJson && !isGood) return 1;
  const amount = `${counted(config?.subnets.length ?? 0, "subnet")}, ${counted(config?.hosts.length ?? 0, "host")}`;
  const message = isGood ? `${path}: good (${amount})` : `${path}: the daemon would not start with it`;
  // Files have octets, and so have the messages about them.
  const shown = (octets: string): string => showOctets(Buffer.from(octets, "latin1"));
  const found = diagnostics.map(({ severity, file, line, column, message: said, expected }) => ({
    ...{ severity, file: shown(file), line, column, message: shown(said) },
    ...(expected !== undefined && { expected: shown(expected) }),
  }));
  const result = { ok: isGood, message, diagnostics: text, found };
  process.stdout.write(asJson ? `${JSON.stringify(result)}\n` : `${message}\n`);
  return isGood ? 0 : 1;
}

/**
 * Whether a daemon started here is shown its own files only: not by a root that may not mount, in most containers. What
 * an ordinary user checks is for a daemon that root starts.
 */
function daemonHasOwnRoot(): boolean {
  const held = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? "0";
  return process.getuid?.() !== 0 || ((BigInt(`0x${held}`) >> CAP_SYS_ADMIN) & 1n) === 1n;
}

/** The sockets' filters, as a kernel with them attached sees packets. */
const FILTER: Command = {
  usage: "usage: anydhcpctl filter\n",
  run(args) {
    readArguments({ args });
    const programs: readonly (readonly [string, readonly Instruction[]])[] = [
      ["udp backend, from the UDP header on", PREFILTER],
      ["bpf backend, from the Ethernet header on", FRAME_FILTER],
      ["--observe, from the Ethernet header on", OBSERVE_FILTER],
    ];
    const texts = programs.map(([title, program]) => `${title} (${program.length} instructions):\n${listing(program)}`);
    process.stdout.write(texts.join("\n"));
    return 0;
  },
};

/** All commands by name. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ["check", CHECK],
  ["leases", LEASES],
  ["status", STATUS],
  ["events", EVENTS],
  ["explain", EXPLAIN],
  ["health", HEALTH],
  ["drain", DRAIN],
  ["undrain", UNDRAIN],
  ["reload", RELOAD],
  ["release", RELEASE],
  ["forgive", FORGIVE],
  ["reserve", RESERVE],
  ["fill", FILL],
  ["export", EXPORT],
  ["import", IMPORT],
  ["filter", FILTER],
]);

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
