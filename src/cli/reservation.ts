// Host declarations that have a device keep an address, in a file that the configuration includes: for `anydhcpctl reserve`
// and for the status page.

import { closeSync, fchmodSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { formatIpv4, parseIpv4 } from "../base/ipv4.ts";
import type { FileReader } from "../config/language/include.ts";
import { formatDiagnostics, type LoadResult, loadConfig } from "../config/load.ts";
import type { Host } from "../config/model/model.ts";
import { clientLabelOf } from "../engine/client-label.ts";
import { readIncludedFile, readSourceText } from "./config-file.ts";

/** Name of the file. */
export const RESERVATIONS_FILE = "dhcpd.reservations";
/** What is said of a reservation that is not made. */
export const UNCHANGED = "nothing is changed";
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
 * The name of a declaration where none is given: the label that the device has in the DNS by what it calls itself, so that it
 * keeps that; else its address.
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
 * Checks the configuration with the declaration added to the old text of the file. The configuration as it is comes first:
 * two hosts for one device would be no configuration, whose errors say less.
 */
export async function checkReservation(path: string, file: string, old: string, wanted: Reservation): Promise<Verdict> {
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
      `${path} does not include ${file}: nothing is reserved. ${madeReady(file)} this line to ${path}, and ask again:\n  include "${file}";\n`,
    );
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

/** Has an empty file there, so that a configuration that includes it can be read before something is reserved. The words say how to go on. */
function madeReady(file: string): string {
  try {
    closeSync(openSync(file, "wx", 0o644));
    return "The file is there now, and empty. Add";
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return "Add";
    return `Create the file (touch ${file}), add`;
  }
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
export function extended(old: string, wanted: Reservation): string {
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

/** The text of a file, one octet a character; "" where there is none. */
export function readIfThere(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

/** Writes a file anew: the old text or the new one is there whenever the machine stops. */
export function replaceFile(file: string, text: string): void {
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
