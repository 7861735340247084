// A reservation that the status page asks for: the daemon writes it itself, and only into the file beside its lease file,
// because it may write nothing else. Loaded at the first request.

import { dirname, join, resolve } from "node:path";
import { textOf } from "../base/errors.ts";
import type { Answering } from "../control/answer.ts";
import type { OperationResult } from "../control/messages.ts";
import type { ReserveRequest } from "../control/requests.ts";
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
} from "./reservation.ts";
import { whileLocked } from "./reservation-lock.ts";

/** IEEE 802: the lowest bit of the first octet says that a group is meant. */
const GROUP = 1;

/** The parts of the daemon that it uses. */
type Daemon = Pick<Answering, "status" | "explainAddress" | "reload">;

/** The daemon's files. */
interface Files {
  readonly configFile: string;
  readonly leaseFile: string;
}

/** Ends when no reservation is being made: each reads the file that the one before it has written. */
let reserving: Promise<unknown> = Promise.resolve();

/** Checks the configuration with the declaration in it, writes the declaration, and reloads; all of it or nothing. */
export function reserveInDaemon(daemon: Daemon, files: Files, request: ReserveRequest): Promise<OperationResult> {
  const result = reserving.then(() => reserve(daemon, files, request));
  reserving = result.catch(() => undefined);
  return result;
}

async function reserve(
  daemon: Daemon,
  { configFile, leaseFile }: Files,
  { address, hardware, name }: ReserveRequest,
): Promise<OperationResult> {
  const file = join(dirname(resolve(leaseFile)), RESERVATIONS_FILE);
  if (Number.parseInt(hardware.slice(0, 2), 16) & GROUP)
    return refused(`${hardware} is the address of a group: no device has it`);
  if (daemon.status().listeners.some((listener) => listener.address === address))
    return refused(`${address} is the server's own address: ${UNCHANGED}`);
  const { lease } = daemon.explainAddress(address);
  const called = lease?.hardware === hardware ? lease.hostName : "";
  const wanted = { address, hardware, name: name ?? nameOfHost(called, address) };
  try {
    return await whileLocked(file, () => write(daemon, configFile, file, wanted));
  } catch (error) {
    return refused(textOf(error));
  }
}

/** Checks, writes and reloads. Throws DaemonError where a file cannot be read or written. */
async function write(daemon: Daemon, configFile: string, file: string, wanted: Reservation): Promise<OperationResult> {
  const old = readIfThere(file);
  const { isGood, text } = await checkReservation(configFile, file, old, wanted);
  if (!isGood) return refused(text);
  addReservation(file, old, wanted);
  const { ok, message, effects } = await daemon.reload();
  const isKnown = daemon.explainAddress(wanted.address).hosts.some((host) => host.name === wanted.name);
  const sets = describeSetEffects(effects?.firewallSets ?? []).map((text) => `; ${text}`);
  if (ok && isKnown) return { ok: true, message: `${file}: ${declaration(wanted)}${sets.join("")}` };
  try {
    takeBack(file, old, wanted);
  } catch (error) {
    return refused(`${message}: ${textOf(error)}`);
  }
  return refused(`${message}: ${file} is as it was`);
}

function refused(why: string): OperationResult {
  return { ok: false, message: why.trim() };
}
