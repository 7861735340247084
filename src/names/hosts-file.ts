// The file that resolvers read names from, in the form of hosts(5). It is always whole: a new file is written and
// synced beside it and renamed over it. The first change is written at once, those that come soon after it together. A
// large file is made piece by piece, at the pace of the parts that follow leases, while names change: a name that moves
// from one address to another meanwhile may be at both or at neither in it. The next file, which the change asks for,
// puts that right.

import { constants } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { textOf } from "../base/errors.ts";
import { formatIpv4 } from "../base/ipv4.ts";
import {
  HOSTS_PIECE_OCTETS,
  HOSTS_RETRY_MOST_MS,
  HOSTS_RETRY_MS,
  HOSTS_WHOLE_NAMES,
  HOSTS_WRITE_MOST_MS,
  HOSTS_WRITE_MS,
  HOSTS_WRITE_TIMES,
} from "../base/limits/names.ts";
import type { Pace } from "../base/pace.ts";
import type { Milliseconds } from "../base/time.ts";
import type { Logger } from "../log.ts";
import type { NameTable } from "./name-table.ts";
import type { Wish } from "./wish.ts";

const BEGINNING = "# Written by anydhcpd: names of its clients. What you write here is lost.\n";
/** Tells a program that follows the file that it has read all of it. */
const END = "# end of names\n";
/** Resolvers with users of their own read it. */
const MODE = 0o644;
const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;

/**
 * The file's text for a table: one line an address, in the order of the addresses. In parts of some 32 lines, which go
 * by the table as it is then.
 */
export function* hostsText(table: NameTable): Generator<string> {
  yield BEGINNING;
  for (const wishes of table.given32()) yield wishes.map((wish) => lineOf(wish, table)).join("");
  yield END;
}

function lineOf(wish: Wish, table: NameTable): string {
  const label = wish.label !== wish.name && table.hasLabel(wish) ? ` ${wish.label}` : "";
  return `${formatIpv4(wish.address)} ${wish.name}${label}\n`;
}

/** Text that is written at once, while it is made. */
interface Piece {
  readonly parts: Iterator<string>;
  /** Whether it is all of the file, made in one step. */
  readonly isWhole: boolean;
  readonly resolve: (text: string) => void;
  text: string;
}

/** Writes one file, for as long as the process runs. */
export class HostsFile {
  /** How often it was written, and how often that failed. */
  writes = 0;
  failures = 0;
  private readonly path: string;
  private readonly table: NameTable;
  private readonly log: Logger;
  private readonly pace: Pace;
  /** A write is under way, or waits for its time. */
  private isBusy = false;
  /** Milliseconds of the monotonic clock. */
  private writableAt = 0;
  private retryMs: Milliseconds = 0;
  /** The version of the table that the file tells, or a later one. */
  private written = -1;
  /** The piece in the making; undefined: none. */
  private piece: Piece | undefined;

  constructor(path: string, table: NameTable, log: Logger, pace: Pace) {
    this.path = path;
    this.table = table;
    this.log = log;
    this.pace = pace;
  }

  /** The table may have changed. */
  note(): void {
    if (this.isBusy || this.written === this.table.version) return;
    this.isBusy = true;
    const pause = Math.max(0, this.writableAt - performance.now());
    if (pause === 0) void this.write();
    else setTimeout(() => void this.write(), pause);
  }

  private async write(): Promise<void> {
    const startedAt = performance.now();
    const { version } = this.table;
    try {
      await replaceFile(this.path, (file) => this.writeTo(file));
      this.writes++;
      this.written = version;
      if (this.retryMs > 0) this.log.info({ event: "names" }, `hosts-file ${this.path} is written again`);
      this.retryMs = 0;
    } catch (error) {
      this.failures++;
      this.sayFailure(error);
    }
    const took = performance.now() - startedAt;
    this.writableAt = startedAt + Math.max(pauseAfter(took), this.retryMs);
    this.isBusy = false;
    this.note();
  }

  private async writeTo(file: FileHandle): Promise<void> {
    const parts = hostsText(this.table);
    const isWhole = this.table.size <= HOSTS_WHOLE_NAMES;
    for (;;) {
      const text = await this.nextText(parts, isWhole);
      if (text === "") return;
      // Goes on behind the pieces written before.
      await file.writeFile(text);
      await file.sync();
    }
  }

  /** The next text that is written at once; empty behind the last one. */
  private nextText(parts: Iterator<string>, isWhole: boolean): Promise<string> {
    return new Promise((resolve) => {
      this.piece = { parts, isWhole, resolve, text: "" };
      this.pace.start(this.step);
    });
  }

  /** Adds to the piece. One function for all pieces: the pace remembers each that it was given. */
  private readonly step = (): boolean => {
    const { piece } = this;
    if (piece === undefined) return false;
    do {
      const { done, value } = piece.parts.next();
      if (done !== true) piece.text += value;
      if (done !== true && (piece.isWhole || piece.text.length < HOSTS_PIECE_OCTETS)) continue;
      this.piece = undefined;
      piece.resolve(piece.text);
      return false;
    } while (piece.isWhole);
    return true;
  };

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
async function replaceFile(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const newPath = join(dirname(path), `.${basename(path)}.new`);
  const file = await open(newPath, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, MODE);
  try {
    // The umask must not change the mode.
    await file.chmod(MODE);
    await write(file);
  } finally {
    await file.close();
  }
  await rename(newPath, path);
}
