// Errors of system calls on lease files, as numbers or in Node's form.

import { getSystemErrorMap } from "node:util";

/** Whether an error, by name, means that the disk takes no more octets. */
export function isNoRoom(name: string): boolean {
  return name === "ENOSPC" || name === "EDQUOT";
}

/** Name of a positive errno: "ENOSPC". */
export function nameOfErrno(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[0] ?? `error ${errno}`;
}

/** Name and meaning of a positive errno. */
export function textOfErrno(errno: number): string {
  return `${nameOfErrno(errno)}: ${getSystemErrorMap().get(-errno)?.[1] ?? "unknown"}`;
}

/** Name of the errno of a failed system call, or "" for other errors. */
export function errnoName(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** How a file differs from what was written to it; -1 octets: its path does not name it any more. */
export function describeChange(octets: number, expected: number): string {
  return octets < 0
    ? "cannot be found any more: it is gone, or a directory on the way is closed to the server"
    : `has ${octets} octets and not the ${expected} that were written: another program has changed it`;
}
