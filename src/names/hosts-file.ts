// The file that resolvers read names from, in the form of hosts(5). It is always whole: a new file is written and synced
// beside it and renamed over it. The first change is written at once, those that come soon after it together.

import { constants } from "node:fs";
import { open, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { textOf } from "../base/errors.ts";
import { formatIpv4 } from "../base/ipv4.ts";
import {
  HOSTS_RETRY_MOST_MS,
  HOSTS_RETRY_MS,
  HOSTS_WRITE_MOST_MS,
  HOSTS_WRITE_MS,
  HOSTS_WRITE_TIMES,
} from "../base/limits/names.ts";
import type { Milliseconds } from "../base/time.ts";
import type { Logger } from "../log.ts";
import type { NameTable } from "./name-table.ts";

const BEGINNING = "# Written by anydhcpd: names of its clients. What you write here is lost.\n";
/** Tells a program that follows the file that it has read all of it. */
const END = "# end of names\n";
/** Resolvers with users of their own read it. */
const MODE = 0o644;
const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;

/** What the file says of a table: one line an address, in the order of the addresses. */
export function hostsText(table: NameTable): string {
  const given = [...table.all()].sort((a, b) => a.address - b.address);
  let text = BEGINNING;
  for (const wish of given) {
    text += `${formatIpv4(wish.address)} ${wish.name}`;
    text += wish.label !== wish.name && table.hasLabel(wish) ? ` ${wish.label}\n` : "\n";
  }
  return text + END;
}

/** Writes one file, for as long as the process runs. */
export class HostsFile {
  /** How often it was written, and how often that failed. */
  writes = 0;
  failures = 0;
  private readonly path: string;
  private readonly table: NameTable;
  private readonly log: Logger;
  private isDirty = false;
  /** A write is under way, or waits for its time. */
  private isBusy = false;
  /** Milliseconds of the monotonic clock. */
  private writableAt = 0;
  private retryMs: Milliseconds = 0;
  private written: string | undefined;

  constructor(path: string, table: NameTable, log: Logger) {
    this.path = path;
    this.table = table;
    this.log = log;
  }

  /** The table has changed. */
  note(): void {
    this.isDirty = true;
    if (this.isBusy) return;
    this.isBusy = true;
    const pause = Math.max(0, this.writableAt - performance.now());
    if (pause === 0) void this.write();
    else setTimeout(() => void this.write(), pause);
  }

  private async write(): Promise<void> {
    const startedAt = performance.now();
    this.isDirty = false;
    try {
      const text = hostsText(this.table);
      if (text !== this.written) await replaceFile(this.path, text);
      this.writes++;
      this.written = text;
      if (this.retryMs > 0) this.log.info({ event: "names" }, `hosts-file ${this.path} is written again`);
      this.retryMs = 0;
    } catch (error) {
      this.failures++;
      this.sayFailure(error);
      this.isDirty = true;
    }
    const took = performance.now() - startedAt;
    this.writableAt = startedAt + Math.max(pauseAfter(took), this.retryMs);
    this.isBusy = false;
    if (this.isDirty) this.note();
  }

  private sayFailure(error: unknown): void {
    const isFirst = this.retryMs === 0;
    this.retryMs = isFirst ? HOSTS_RETRY_MS : Math.min(HOSTS_RETRY_MOST_MS, this.retryMs * 2);
    if (!isFirst) return;
    // The server sees only the directory that was there at its start.
    const isGone = error instanceof Error && "code" in error && error.code === "ENOENT";
    const advice = isGone ? "; if its directory was removed, make it again and restart the server" : "";
    this.log.error(
      { event: "names" },
      `hosts-file ${this.path} cannot be written: ${textOf(error)}: it stays as it was, and the server tries again${advice}`,
    );
  }
}

/** From the start of a write that took so long to the start of the next one. */
export function pauseAfter(took: Milliseconds): Milliseconds {
  return Math.min(HOSTS_WRITE_MOST_MS, Math.max(HOSTS_WRITE_MS, HOSTS_WRITE_TIMES * took));
}

/** launcher/hosts_file.c knows the name of the new file, too. */
async function replaceFile(path: string, text: string): Promise<void> {
  const newPath = join(dirname(path), `.${basename(path)}.new`);
  const file = await open(newPath, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, MODE);
  try {
    // Whatever the umask.
    await file.chmod(MODE);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(newPath, path);
}
