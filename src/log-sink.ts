// Where log lines go: the first after a rest leaves at the end of its turn of the event loop, later ones together every
// few milliseconds, since a write costs more than its lines. A worker thread writes, one write under way. A reader that
// is slow or gone must not hold up or end the service: beyond a bound lines are dropped, and the log says how many as
// soon as it can. Not pino's own writer: that makes a write of each line or holds the first back too, writes 16 KiB at
// most, and at the end waits for a reader that hangs.

import { write, writeSync } from "node:fs";
import { LOG_OCTETS_MAX, LOG_WRITE_INTERVAL_MS } from "./base/limits/log.ts";

/** A bounded, unblocking writer of lines to a descriptor. */
export class LogSink {
  private readonly fd: number;
  private waiting: string[] = [];
  private waitingOctets = 0;
  private isWriting = false;
  private isPlanned = false;
  private startedAt = Number.NEGATIVE_INFINITY;
  private lost = 0;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** Takes one line, with its line end. */
  write(line: string): void {
    if (this.waitingOctets + line.length > LOG_OCTETS_MAX) {
      this.lost += 1;
      return;
    }
    this.waiting.push(line);
    this.waitingOctets += line.length;
    if (!this.isPlanned && !this.isWriting) this.plan();
  }

  /** Whether the reader keeps up: less than half of the bound waits. */
  get hasRoom(): boolean {
    return this.waitingOctets < LOG_OCTETS_MAX / 2;
  }

  /** Lines dropped since this was last asked. */
  takeLost(): number {
    const { lost } = this;
    this.lost = 0;
    return lost;
  }

  /** Writes waiting lines at once: for the end of the process. Lines that the descriptor does not take are dropped. */
  flush(): void {
    if (this.waiting.length === 0) return;
    try {
      let rest = Buffer.from(this.takeWaiting());
      while (rest.length > 0) rest = rest.subarray(writeSync(this.fd, rest));
    } catch {
      // The log has lost its reader, and no other place is left to report that.
    }
  }

  private plan(): void {
    this.isPlanned = true;
    const pause = this.startedAt + LOG_WRITE_INTERVAL_MS - performance.now();
    if (pause <= 0) setImmediate(() => this.start());
    else setTimeout(() => this.start(), pause);
  }

  private start(): void {
    this.isPlanned = false;
    if (this.waiting.length === 0) return;
    this.isWriting = true;
    this.startedAt = performance.now();
    this.pass(Buffer.from(this.takeWaiting()));
  }

  private pass(octets: Buffer): void {
    write(this.fd, octets, 0, octets.length, null, (error, written) => {
      if (error === null && written < octets.length) return this.pass(octets.subarray(written));
      if (error !== null) this.lost += 1;
      this.isWriting = false;
      if (this.waiting.length > 0) this.plan();
    });
  }

  private takeWaiting(): string {
    const text = this.waiting.join("");
    this.waiting = [];
    this.waitingOctets = 0;
    return text;
  }
}
