// Host declarations that let a device keep an address, in a file that the configuration includes: for `anydhcpctl
// reserve` and for the status page.

import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { DaemonError } from "../base/daemon-error.ts";
import { textOf } from "../base/errors.ts";
import { formatIpv4, parseIpv4 } from "../base/ipv4.ts";
import type { FileReader } from "../config/language/include.ts";
import { formatDiagnostics, type LoadResult, loadConfig } from "../config/load.ts";
import type { Host } from "../config/model/model.ts";
import { clientLabelOf } from "../engine/client-label.ts";
import { readIncludedFile, readSourceText, realOf } from "./config-file.ts";

/** Name of the file. */
export const RESERVATIONS_FILE = "dhcpd.reservations";
/** The message for a reservation that is not made. */
export const UNCHANGED = "nothing is changed";
/** Links that one path may lead through, as for the kernel (path_resolution(7)). */
const LINKS_MAX = 40;
/** RFC 1700's hardware type. */
const ETHERNET = 1;

/** A host declaration to be written. */
export interface Reservation {
  readonly address: string;
  readonly hardware: string;
  readonly name: string;
}

/** What stays of a text in a name that dhcpd.conf takes without quotes. */
export function wordOf(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z]+|[-.]+$/g, "");
}

/**
 * The name of a declaration if the user gives none: the DNS label made from the device's own host name, so that the
 * device keeps it; else its address.
 */
export function nameOfHost(hostName: string, address: string): string {
  return clientLabelOf(new TextEncoder().encode(hostName)) || `host-${address.replaceAll(".", "-")}`;
}

/** As dhcpd.conf has it. */
export function declaration({ address, hardware, name }: Reservation): string {
  return `host ${name} { hardware ethernet ${hardware}; fixed-address ${address}; }`;
}

/** Whether a declaration may be added, and what there is to say of it, for people. */
interface Verdict {
  readonly isGood: boolean;
  readonly text: string;
}

/**
 * Checks the configuration with the declaration added to the old text of the file (undefined: there is no such file).
 * The present configuration is checked first: with two hosts for one device it would not load, and its errors say less.
 */
export async function checkReservation(
  path: string,
  file: string,
  old: string | undefined,
  wanted: Reservation,
): Promise<Verdict> {
  const refused = (text: string): Verdict => ({ isGood: false, text });
  const included = new Set<string>();
  const reading = { readIncluded: readIncludedFile, hasNames: () => true };
  const { text: main, file: name, ...context } = await readSourceText(path, reading);
  const load = (text: string): LoadResult => {
    const readFile: FileReader = (octets) => {
      const path = resolve(Buffer.from(octets, "latin1").toString());
      included.add(path);
      return path === file ? { text } : context.readFile(octets);
    };
    return loadConfig(name, main, { ...context, readFile });
  };
  const before = load(old ?? "");
  if (!included.has(file)) return refused(notIncludedText(path, file, old !== undefined, [...included]));
  const rival = rivalOf(before.config?.hosts ?? [], wanted);
  if (rival !== undefined) return refused(rivalText(rival, wanted));
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

/** What to do about a file that the configuration does not include; `others`: those that it does. */
function notIncludedText(config: string, file: string, isThere: boolean, others: readonly string[]): string {
  const directory = dirname(file);
  const makeDirectory = existsSync(directory) ? "" : `mkdir -p ${directory} && `;
  const add = isThere ? "Add" : `Make the file (${makeDirectory}touch ${file}), add`;
  const choice =
    others.length === 0 ? "" : `Name a file that it includes with --file (${others.join(", ")}), or do this. `;
  return `${config} does not include ${file}: ${UNCHANGED}. ${choice}${add} this line to ${config}, and ask again:\n  include "${file}";\n`;
}

/** The host that keeps a declaration from being made: one of the device or the address counts before one of the name. */
function rivalOf(hosts: readonly Host[], wanted: Reservation): Host | undefined {
  const { address, hardware, name } = wanted;
  const same = hosts.find((host) => hasDevice(host, hardware) || hasAddress(host, address));
  return same ?? hosts.find((host) => host.name === name);
}

function rivalText(rival: Host, { address, hardware }: Reservation): string {
  const has = rival.fixedAddresses.map(formatIpv4).join(", ");
  const which = has === "" ? "" : `, with ${has}`;
  if (hasDevice(rival, hardware) || hasAddress(rival, address))
    return `host ${rival.name} is there already${which}: ${UNCHANGED}. Edit its declaration instead.\n`;
  return `the name ${rival.name} is taken by another device${which}: ${UNCHANGED}. Give this one a name of its own:\n  anydhcpctl reserve ${hardware} ${address} NAME\n`;
}

/** The text of the file with the declaration at its end. */
function extended(old = "", wanted: Reservation): string {
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

/** The text of a file, one octet a character; undefined where there is none. Throws DaemonError where it cannot be read. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new DaemonError("control", `${file} cannot be read (${textOf(error)}): ${UNCHANGED}`, { cause: error });
  }
}

/** Writes the declaration after the old text of the file. Throws DaemonError where it cannot be written; then the file is as it was. */
export function addReservation(file: string, old: string | undefined, wanted: Reservation): void {
  try {
    replaceFile(file, extended(old, wanted));
  } catch (error) {
    throw new DaemonError("control", `${file} cannot be written (${textOf(error)}): ${UNCHANGED}`, { cause: error });
  }
}

/** Restores the file from before `addReservation`: removes it if there was none. Throws DaemonError if that fails. */
export function takeBack(file: string, old: string | undefined, wanted: Reservation): void {
  try {
    if (old === undefined) rmSync(targetOf(file), { force: true });
    else replaceFile(file, old);
  } catch (error) {
    const text = `${file} cannot be written (${textOf(error)}): take this line out of it\n  ${declaration(wanted)}`;
    throw new DaemonError("control", text, { cause: error });
  }
}

/** The file that a path names through all its links, the last of which may lead to no file yet. */
export function targetOf(path: string): string {
  let target = path;
  for (let links = 0; links < LINKS_MAX; links++) {
    try {
      target = resolve(dirname(target), readlinkSync(target));
    } catch {
      break;
    }
  }
  return realOf(target);
}

/** Writes a file anew: the old text or the new one is there whenever the machine stops. A link stays one. */
function replaceFile(named: string, text: string): void {
  const file = targetOf(named);
  const next = `${file}.new`;
  // Made anew: what is there may be a link that another user has put into the directory.
  if (lstatSync(next, { throwIfNoEntry: false }) !== undefined) unlinkSync(next);
  const fd = openSync(next, "wx", 0o644);
  try {
    try {
      writeFileSync(fd, text, "latin1");
      // The daemon's user reads it.
      fchmodSync(fd, 0o644);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}
