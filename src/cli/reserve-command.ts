// `anydhcpctl reserve`: has a device keep an address, by a host declaration in a file that the configuration includes.
// The new text is checked with the whole configuration before anything is written.

import { closeSync, fchmodSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, normalize, resolve } from "node:path";
import { DaemonError } from "../base/daemon-error.ts";
import { formatIpv4, parseIpv4 } from "../base/ipv4.ts";
import type { FileReader } from "../config/language/include.ts";
import { formatDiagnostics, type LoadResult, loadConfig } from "../config/load.ts";
import type { Host } from "../config/model/model.ts";
import { AddressExplanation } from "../control/explain-messages.ts";
import { ReloadResult, Status } from "../control/messages.ts";
import { type Command, readArguments } from "./command.ts";
import { readIncludedFile, readSourceText, realOf } from "./config-file.ts";
import { ask, askForLeases, CONTROL_OPTION, CONTROL_PATH } from "./control-client.ts";
import { readEthernetAddress } from "./hardware-address.ts";

const FILE_NAME = "dhcpd.reservations";
const OTHER_TEXT = "the daemon reads another file than the one that was written";
/** RFC 1700's hardware type. */
const ETHERNET = 1;
const ETHERNET_TEXT_LENGTH = "00:00:00:00:00:00".length;
const BROADCAST = "ff:ff:ff:ff:ff:ff";
const UNCHANGED = "nothing is changed";
const USAGE = `usage: anydhcpctl reserve [-c config] [--file file] [--control socket]
                          address | hardware-address [address] [name]

  address        what the device keeps: by itself, whoever has it now
  hardware-address
                 the device: by itself, it keeps the address that it has now
  name           of the host declaration; default: what the device calls itself
  -c, --config file
                 the configuration; it has to be the running daemon's own
                 (default: that one)
  --file file    where the declaration goes; the configuration has to include it
                 (default ${FILE_NAME} beside the configuration)
  --control path the daemon's control socket
                 (default ${CONTROL_PATH})

Checks the configuration with the new declaration, writes it, and has the running
daemon reload. Exit status 1, and nothing is changed, if something is in the way.
`;

/** What is to be reserved, as far as it was said. */
interface Wish {
  readonly address: string | undefined;
  readonly hardware: string | undefined;
  readonly name: string | undefined;
}

/** A host declaration to be written. */
interface Reservation {
  readonly address: string;
  readonly hardware: string;
  readonly name: string;
}

/** Reserves. */
export const RESERVE: Command = {
  usage: USAGE,
  async run(args) {
    const { values, positionals } = readArguments({
      args,
      allowPositionals: true,
      options: {
        ...CONTROL_OPTION,
        config: { type: "string", short: "c" },
        file: { type: "string" },
      },
    });
    const wish = wishOf(positionals);
    const status = await ask(values.control, "status", Status);
    const config = daemonsFile(status, values.config);
    const file = resolve(values.file ?? join(dirname(config), FILE_NAME));
    const wanted = await completed(wish, values.control);
    const old = readIfThere(file);
    const { isGood, text } = status.listeners.some(({ address }) => address === wanted.address)
      ? { isGood: false, text: `${wanted.address} is the server's own address: ${UNCHANGED}\n` }
      : await check(config, file, old, wanted);
    process.stderr.write(text);
    if (!isGood) return 1;
    replaceFile(file, extended(old, wanted));
    let isInForce = false;
    try {
      const { ok, message, diagnostics } = await ask(values.control, "reload", ReloadResult);
      isInForce = ok && (await knowsHost(values.control, wanted));
      const lacking = ok ? `, and it has no host ${wanted.name} now: ${OTHER_TEXT}` : "";
      if (isInForce) {
        const held = await holderText(values.control, wanted);
        process.stdout.write(`${file}: ${declaration(wanted)}\n${message}\n${held}`);
      } else process.stderr.write(`${diagnostics}${message}${lacking}\n${file}: taken back\n`);
    } finally {
      // Also where the daemon cannot be reached any more: then the error says so.
      if (!isInForce) replaceFile(file, old);
    }
    return isInForce ? 0 : 1;
  },
};

/** The configuration of the running daemon. Throws DaemonError where another one is named, or where its place cannot be told. */
function daemonsFile({ configFile }: Status, named: string | undefined): string {
  if (isAbsolute(configFile)) {
    if (named === undefined || realOf(named) === realOf(configFile)) return configFile;
  } else {
    // The daemon's own working directory is not told.
    if (named === undefined)
      throw new DaemonError("usage", `the daemon was started with -c ${configFile}: name this file with -c here too`);
    if (resolve(named).endsWith(`/${normalize(configFile).replace(/^(?:\.\.\/)+/, "")}`)) return named;
  }
  throw new DaemonError(
    "usage",
    `the daemon reads ${configFile}, not ${named}: ${UNCHANGED}. Leave out -c, or name the other daemon's socket with --control`,
  );
}

/** Whether the daemon has the host now, by its name and address. */
async function knowsHost(control: string, { address, name }: Reservation): Promise<boolean> {
  const { hosts } = await ask(control, { command: "explain-address", address }, AddressExplanation);
  return hosts.some((host) => host.name === name);
}

/** Who else has the address, and until when; empty: nobody. */
async function holderText(control: string, { address, hardware }: Reservation): Promise<string> {
  for await (const lease of askForLeases(control, { command: "leases", subnet: address, states: ["bound"] })) {
    if (lease.hardware === hardware) continue;
    const name = lease.hostName === "" ? "" : ` (${lease.hostName})`;
    const until = lease.ends === "never" ? "without end" : `until ${lease.ends}`;
    return `${lease.hardware}${name} has a lease of ${address} ${until}: ${hardware} gets the address when it is over\n`;
  }
  return "";
}

function wishOf(words: readonly string[]): Wish {
  const wish: { -readonly [field in keyof Wish]: Wish[field] } = {
    address: undefined,
    hardware: undefined,
    name: undefined,
  };
  for (const word of words) {
    const hardware = readHardware(word);
    const field = parseIpv4(word) !== undefined ? "address" : hardware !== undefined ? "hardware" : "name";
    if (wish[field] !== undefined) throw new DaemonError("usage", `"${word}": there is one ${field} already`);
    wish[field] = hardware ?? word;
  }
  if (wish.address === undefined && wish.hardware === undefined)
    throw new DaemonError("usage", "name an address or a hardware address");
  if (wish.name !== undefined && wish.name !== wordOf(wish.name))
    throw new DaemonError("usage", `"${wish.name}" is no name: letters, digits, "-", "_" and "." only`);
  return wish;
}

/** An Ethernet address as dhcpd.conf has it. */
function readHardware(word: string): string | undefined {
  const hardware = readEthernetAddress(word);
  if (hardware?.length !== ETHERNET_TEXT_LENGTH) return undefined;
  // IEEE 802: the lowest bit of the first octet says that a group is meant.
  if (Number.parseInt(hardware.slice(0, 2), 16) & 1)
    throw new DaemonError(
      "usage",
      `${hardware} is a ${hardware === BROADCAST ? "broad" : "multi"}cast address: no device has it`,
    );
  return hardware;
}

/** What stays of a text in a name that dhcpd.conf takes without quotes. */
function wordOf(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z]+|[-.]+$/g, "");
}

/** Finds what was not said among the running daemon's leases. */
async function completed(wish: Wish, control: string): Promise<Reservation> {
  let { address, hardware, name } = wish;
  let called = "";
  if (address === undefined || hardware === undefined || name === undefined) {
    let newest = "";
    for await (const lease of askForLeases(control, "leases")) {
      if (lease.state === "abandoned" || lease.hardware === "") continue;
      if (wish.address !== undefined && lease.address !== wish.address) continue;
      if (wish.hardware !== undefined && lease.hardware !== wish.hardware) continue;
      if (lease.lastTransaction !== "never" && lease.lastTransaction < newest) continue;
      newest = lease.lastTransaction === "never" ? newest : lease.lastTransaction;
      address = lease.address;
      hardware = lease.hardware;
      called = lease.hostName;
    }
  }
  if (hardware === undefined)
    throw new DaemonError("control", `nobody has or had ${address}: name the device's hardware address too`);
  if (address === undefined)
    throw new DaemonError("control", `${hardware} has no address: name the one that it is to have`);
  name ??= wordOf(called) || `host-${address.replaceAll(".", "-")}`;
  return { address, hardware, name };
}

function declaration({ address, hardware, name }: Reservation): string {
  return `host ${name} { hardware ethernet ${hardware}; fixed-address ${address}; }`;
}

/** Whether a declaration may be added, and what there is to say of it, for people. */
interface Verdict {
  readonly isGood: boolean;
  readonly text: string;
}

/**
 * Checks the configuration with the declaration added to the old text of the file. The configuration as it is comes first:
 * two hosts for one device would be no configuration, whose errors say less.
 */
async function check(path: string, file: string, old: string, wanted: Reservation): Promise<Verdict> {
  const refused = (text: string): Verdict => ({ isGood: false, text });
  let isIncluded = false;
  const reading = { readIncluded: readIncludedFile, hasNames: () => true };
  const { text: main, file: name, ...context } = await readSourceText(path, reading);
  const load = (text: string): LoadResult => {
    const readFile: FileReader = (included) => {
      if (resolve(Buffer.from(included, "latin1").toString()) !== file) return context.readFile(included);
      isIncluded = true;
      return { text };
    };
    return loadConfig(name, main, { ...context, readFile });
  };
  const before = load(old);
  if (!isIncluded)
    return refused(
      `${path} does not include ${file}: ${UNCHANGED}. Add this line to it, and ask again:\n  include "${file}";\n`,
    );
  const rival = before.config?.hosts.find((host) => isAlike(host, wanted));
  if (rival !== undefined) {
    const has = rival.fixedAddresses.map(formatIpv4).join(", ");
    return refused(
      `host ${rival.name} is there already${has === "" ? "" : `, with ${has}`}: ${UNCHANGED}. Edit its declaration instead.\n`,
    );
  }
  const { config, diagnostics, source } = load(extended(old, wanted));
  if (config === undefined) return refused(`${formatDiagnostics(diagnostics, source)}${UNCHANGED}\n`);
  const { at } = config.hosts.find((host) => isAlike(host, wanted)) ?? {};
  const text = formatDiagnostics(
    diagnostics.filter((one) => one.file === at?.file && one.line === at.line),
    source,
  );
  // Where no client gets the address, a warning says why.
  const address = parseIpv4(wanted.address) ?? 0;
  const isGiven = config.findSubnet(address) !== undefined && config.reserved.includes(address);
  return isGiven ? { isGood: true, text } : refused(`${text}${UNCHANGED}\n`);
}

/** The text of the file with the declaration at its end. */
function extended(old: string, wanted: Reservation): string {
  return `${old}${old === "" || old.endsWith("\n") ? "" : "\n"}${declaration(wanted)}\n`;
}

/** Whether a host has the name, the device or the address. */
function isAlike(host: Host, { address, hardware, name }: Reservation): boolean {
  return host.name === name || hasDevice(host, hardware) || hasAddress(host, address);
}

function hasDevice({ hardware }: Host, wanted: string): boolean {
  return hardware.some(({ htype, address }) => htype === ETHERNET && hexOf(address) === wanted);
}

function hasAddress({ fixedAddresses }: Host, wanted: string): boolean {
  return fixedAddresses.some((fixed) => formatIpv4(fixed) === wanted);
}

function hexOf(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join(":");
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

/** The old text or the new one is there whenever the machine stops. */
function replaceFile(file: string, text: string): void {
  const next = `${file}.new`;
  const fd = openSync(next, "w", 0o644);
  try {
    writeFileSync(fd, text, "latin1");
    // The daemon's user reads it.
    fchmodSync(fd, 0o644);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(next, file);
}
