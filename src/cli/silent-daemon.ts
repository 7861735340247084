// Why a daemon whose socket takes connections does not answer, as far as its process shows. Only root sees which
// process has the socket.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Seconds } from "../base/time.ts";

/** The daemon's name once its configuration is read (setProcessName). */
const SERVING_NAME = "anydhcpd";
/** A daemon that has run for longer is not starting any more, unless its leases take longest to read. */
const STARTING_SECONDS = 60;
const TICKS_PER_SECOND = 100;

/** What the kernel shows of a process. */
export interface SeenProcess {
  readonly pid: number;
  readonly name: string;
  /** The letter of proc_pid_stat(5). */
  readonly state: string;
  readonly runsFor: Seconds;
}

/** Why the daemon at the socket `path` says nothing. */
export function whySilent(path: string): string {
  return silenceText(processAt(path));
}

/** `seen`: undefined if this user may not see which process has the socket. */
export function silenceText(seen: SeenProcess | undefined): string {
  if (seen === undefined) return "the daemon is still starting, hangs or is stopped: root sees which of these";
  const { pid, name, state, runsFor } = seen;
  const who = `the daemon (process ${pid})`;
  if (state === "T" || state === "t")
    return `${who} is stopped by a signal or a debugger: kill -CONT ${pid} has it go on`;
  if (state === "D") return `${who} waits for a disk or another device`;
  if (name !== SERVING_NAME) return `${who} is still starting: it reads its configuration`;
  if (runsFor < STARTING_SECONDS) return `${who} is still starting: it was started ${Math.floor(runsFor)} seconds ago`;
  return `${who} hangs: kill -QUIT ${pid} ends it, and a service manager starts it anew`;
}

function processAt(path: string): SeenProcess | undefined {
  try {
    const inode = inodeOf(path);
    const pid = inode === undefined ? undefined : holderOf(`socket:[${inode}]`);
    return pid === undefined ? undefined : seen(pid);
  } catch {
    return undefined;
  }
}

/** The inode of the listening socket that was bound there. */
function inodeOf(path: string): string | undefined {
  const LISTENS = "00010000";
  for (const line of readFileSync("/proc/net/unix", "utf8").split("\n")) {
    const [, , , flags, , , inode, ...name] = line.trim().split(/\s+/);
    if (flags === LISTENS && name.join(" ") === path) return inode;
  }
  return undefined;
}

function holderOf(socket: string): number | undefined {
  for (const pid of readdirSync("/proc")) if (/^\d+$/.test(pid) && hasOpen(pid, socket)) return Number(pid);
  return undefined;
}

function hasOpen(pid: string, socket: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === socket);
  } catch {
    return false;
  }
}

function seen(pid: number): SeenProcess {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const [, name = ""] = /\((.*)\)/s.exec(stat) ?? [];
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const STATE = 0;
  const STARTED = 19;
  const uptime = Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]);
  return { pid, name, state: fields[STATE] ?? "", runsFor: uptime - Number(fields[STARTED]) / TICKS_PER_SECOND };
}
