// `anydhcpctl reserve`: lets a device keep an address, by a host declaration in a file that the configuration includes.
// The new text is checked with the whole configuration before anything is written.

import { dirname, isAbsolute, join, normalize, resolve } from "node:path";
import { DaemonError } from "../base/daemon-error.ts";
import { parseIpv4 } from "../base/ipv4.ts";
import { AddressExplanation } from "../control/explain-messages.ts";
import { ReloadResult, Status } from "../control/messages.ts";
import { type Command, FLAG, readArguments } from "./command.ts";
import { realOf } from "./config-file.ts";
import { ask, askForLeases, CONTROL_OPTION, CONTROL_PATH } from "./control-client.ts";
import { readEthernetAddress } from "./hardware-address.ts";
import { describeSetEffects } from "./reload-text.ts";
import {
  addReservation,
  checkReservation,
  declaration,
  nameOfHost,
  RESERVATIONS_FILE,
  type Reservation,
  readIfThere,
  takeBack,
  UNCHANGED,
  wordOf,
} from "./reservation.ts";
import { whileLocked } from "./reservation-lock.ts";

const OTHER_TEXT = "the daemon reads another file than the one that was written";
const ETHERNET_TEXT_LENGTH = "00:00:00:00:00:00".length;
const BROADCAST = "ff:ff:ff:ff:ff:ff";
const USAGE = `usage: anydhcpctl reserve [-c config] [--file file] [--json] [--control socket]
                          address | hardware-address [address] [name]

  address        the address to keep: by itself, for the device that has it now
  hardware-address
                 the device: by itself, it keeps the address that it has now
  name           of the host declaration; default: the device's own name
  -c, --config file
                 the configuration; it has to be the running daemon's own
                 (default: that one)
  --file file    where the declaration goes; the configuration has to include it
                 (default ${RESERVATIONS_FILE} beside the configuration)
  --json         JSON
  --control path the daemon's control socket
                 (default ${CONTROL_PATH})

Checks the configuration with the new declaration, writes it, and has the running
daemon reload. Exit status 1, and nothing is changed, if something is in the way.
`;

/** The wanted reservation, as far as the command line says. */
interface Wish {
  readonly address: string | undefined;
  readonly hardware: string | undefined;
  readonly name: string | undefined;
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
        json: FLAG,
      },
    });
    const wish = wishOf(positionals);
    const status = await ask(values.control, "status", Status);
    const config = daemonsFile(status, values.config);
    const file = resolve(values.file ?? join(dirname(config), RESERVATIONS_FILE));
    const wanted = await completed(wish, values.control);
    return whileLocked(file, () =>
      reserve({ config, file, wanted, status, control: values.control, json: values.json }),
    );
  },
};

/** A reservation, and what it is made with. */
interface Task {
  readonly config: string;
  readonly file: string;
  readonly wanted: Reservation;
  readonly status: Status;
  readonly control: string;
  readonly json: boolean | undefined;
}

/** Checks, writes and reloads; returns the exit status. */
async function reserve({ config, file, wanted, status, control, json }: Task): Promise<number> {
  const old = readIfThere(file);
  const { isGood, text } = status.listeners.some(({ address }) => address === wanted.address)
    ? { isGood: false, text: `${wanted.address} is the server's own address: ${UNCHANGED}\n` }
    : await checkReservation(config, file, old, wanted);
  const tell = (ok: boolean, said: string): void => {
    if (json) process.stdout.write(`${JSON.stringify({ ok, message: said.trimEnd(), ...wanted, file })}\n`);
    else (ok ? process.stdout : process.stderr).write(said);
  };
  if (!isGood) {
    tell(false, text);
    return 1;
  }
  process.stderr.write(text);
  addReservation(file, old, wanted);
  let isInForce = false;
  try {
    const { ok, message, diagnostics, effects } = await ask(control, "reload", ReloadResult);
    isInForce = ok && (await knowsHost(control, wanted));
    const lacking = ok ? `, and it has no host ${wanted.name} now: ${OTHER_TEXT}` : "";
    if (isInForce) {
      const held = await holderText(control, wanted);
      const sets = describeSetEffects(effects?.firewallSets ?? []).map((text) => `${text}\n`);
      tell(true, `${file}: ${declaration(wanted)}\n${message}\n${sets.join("")}${held}`);
    } else tell(false, `${diagnostics}${message}${lacking}\n${file}: taken back\n`);
  } finally {
    // Also where the daemon cannot be reached any more: then the error says so.
    if (!isInForce) takeBack(file, old, wanted);
  }
  return isInForce ? 0 : 1;
}

/**
 * The configuration of the running daemon. Throws DaemonError if the command line names another one, or if its place is
 * unknown.
 */
function daemonsFile({ configFile }: Status, named: string | undefined): string {
  if (isAbsolute(configFile)) {
    if (named === undefined || realOf(named) === realOf(configFile)) return configFile;
  } else {
    // The daemon does not report its own working directory.
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

/** Which other client has the address, and until when; empty: none. */
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

/** Completes the reservation from the running daemon's leases. */
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
  name ??= nameOfHost(called, address);
  return { address, hardware, name };
}
