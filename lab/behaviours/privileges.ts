// What a process may do, as the kernel tells it: user, capabilities, system-call filter, root directory.
// proc(5), capabilities(7).

import { readdirSync, readFileSync, statSync } from "node:fs";

/** Names by bit, linux/capability.h. */
const CAPABILITIES = [
  ..."CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE".split(" "),
  ..."NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO".split(" "),
  ..."SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME".split(" "),
  ..."SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG".split(" "),
  ..."WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE".split(" "),
];
/** More than these are called by their number. */
const NAMED_MAX = 6;

/** What one process may do. */
export interface Privileges {
  /** Effective user. */
  readonly uid: number;
  /** Effective or permitted capabilities of any of its threads, without the CAP_. */
  readonly capabilities: readonly string[];
  readonly hasNoNewPrivileges: boolean;
  /** Whether all its threads are behind a seccomp filter. */
  readonly hasSystemCallFilter: boolean;
  /** Whether it sees another file system root than we do. */
  readonly hasOwnRoot: boolean;
}

/** Reads them from the `status` texts of all threads of a process. Pure. */
export function privilegesOf(statuses: readonly string[], hasOwnRoot: boolean): Privileges {
  const field = (text: string, name: string): string => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(text)?.[1] ?? "";
  let capabilities = 0n;
  for (const text of statuses) {
    for (const name of ["CapEff", "CapPrm"]) capabilities |= BigInt(`0x${field(text, name) || "0"}`);
  }
  return {
    uid: Number(field(statuses[0] ?? "", "Uid").split(/\s+/)[1] ?? Number.NaN),
    capabilities: CAPABILITIES.filter((_, bit) => (capabilities >> BigInt(bit)) & 1n),
    hasNoNewPrivileges: statuses.every((text) => field(text, "NoNewPrivs") === "1"),
    hasSystemCallFilter: statuses.every((text) => field(text, "Seccomp") === "2"),
    hasOwnRoot,
  };
}

/** Reads them of a process that runs. */
export function readPrivileges(pid: number): Privileges {
  const statuses = readdirSync(`/proc/${pid}/task`).map((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/status`, "latin1"),
  );
  return privilegesOf(statuses, hasOwnRoot(pid));
}

function hasOwnRoot(pid: number): boolean {
  try {
    const [theirs, ours] = [statSync(`/proc/${pid}/root/`), statSync("/")];
    return theirs.ino !== ours.ino || theirs.dev !== ours.dev;
  } catch {
    // Only a process with privileges of its own keeps us from looking.
    return false;
  }
}

/** "none", a few names, or how many. */
export function describeCapabilities({ capabilities }: Privileges): string {
  if (capabilities.length === 0) return "no capability";
  if (capabilities.length > NAMED_MAX) return `${capabilities.length} capabilities`;
  return capabilities.join(", ");
}
