// Files that a command reads to their end have one: pipes are read, devices are not.

import { closeSync, fstatSync, openSync, readFileSync, type Stats, statSync } from "node:fs";
import { isatty } from "node:tty";

/** Throws an Error if a descriptor is of a device whose content may never end, as /dev/zero. /dev/null and terminals end. */
export function refuseEndless(fd: number): void {
  const file = fstatSync(fd);
  if (!file.isCharacterDevice() && !file.isBlockDevice()) return;
  if (isatty(fd) || file.rdev === statSync("/dev/null").rdev) return;
  throw new Error("it is a device, whose content need not end: name a file");
}

/** Reads a file whole that has an end; `check` may throw of what it is. Throws an Error. */
export function readToEnd(path: string, check: (file: Stats) => void = () => undefined): Buffer {
  const fd = openSync(path, "r");
  try {
    refuseEndless(fd);
    check(fstatSync(fd));
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}
