// What the kernel tells about processes: their children and the processor time they have used.

import { readFileSync, readlinkSync } from "node:fs";

/** Ticks of the times in /proc/PID/stat in a second: the same on every Linux that people run (proc(5)). */
const TICKS_PER_SECOND = 100;

/** The inode of our process namespace: process ids mean something only in their own. */
export const PROCESS_NAMESPACE = /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";

/** Process ids of the children of a process; none when it has ended. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1");
    return text.split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** A process and everything that it and its main thread have started, itself first. */
export function familyOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(familyOf)];
}

/** Processor seconds (user and system, all threads, to 10 ms) that a process has used; 0 when it has ended. */
export function processorSeconds(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name, field 2, may hold blanks and parentheses: count from behind it.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

/** Octets of resident memory of a process; 0 when it has ended. */
export function residentOctets(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? "0";
    return Number(kilobytes) * 1024;
  } catch {
    return 0;
  }
}
