// What the kernel tells about processes: their children, the processor time they have used and their wake-ups.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";

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

/** Processor seconds, to the nanosecond, that all threads of a process have used; 0 when it has ended. */
export function processorSeconds(pid: number): number {
  let nanoseconds = 0;
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      // "time on the processor, time in the queue, times put on it" (proc(5)); /proc/PID/stat counts in ticks of 10 ms.
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0]);
    }
  } catch {
    // It has ended, or a thread of it has.
  }
  return nanoseconds / 1e9;
}

/** How often all threads of a process have gone to sleep and were woken again; 0 when it has ended. */
export function wakeUps(pid: number): number {
  let times = 0;
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const text = readFileSync(`/proc/${pid}/task/${thread}/status`, "latin1");
      times += Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(text)?.[1] ?? 0);
    }
  } catch {
    // It has ended, or a thread of it has.
  }
  return times;
}

/** Processor seconds outside the kernel that a process has used, to 10 ms and as the kernel estimates them; 0 when it has ended. */
export function userSeconds(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name, field 2, may hold blanks and parentheses: count from behind it.
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[11]) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

/** Octets that a process has given to write(2) and its like, sockets aside; 0 when it has ended or is another user's. */
export function writtenOctets(pid: number): number {
  try {
    return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "latin1"))?.[1] ?? 0);
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
