// A program inside a lab: its process id, its output, its end. The output is a file, so that a slow reader does not
// hold the program up.

import type { ChildProcess } from "node:child_process";
import { closeSync, readFileSync } from "node:fs";
import { childrenOf } from "./processes.ts";

const POLL_MS = 5;

/** How a program ended: one of the two is not null. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running program of a lab. */
export class LabProgram {
  readonly name: string;
  /** Its process id, as seen from outside the lab. */
  readonly pid: number;
  /** Where its standard output and standard error go. */
  readonly logFile: string;
  /** Resolves at its end. */
  readonly ended: Promise<ProgramEnd>;
  /** How it ended; undefined while it runs. */
  end: ProgramEnd | undefined;

  private constructor(name: string, pid: number, logFile: string, ended: Promise<ProgramEnd>) {
    this.name = name;
    this.pid = pid;
    this.logFile = logFile;
    this.ended = ended.then((end) => {
      this.end = end;
      return end;
    });
  }

  /** Waits until `child`, an nsenter that writes to `fd`, has started its program; rejects where it cannot be started. */
  static async follow(name: string, child: ChildProcess, fd: number, logFile: string): Promise<LabProgram> {
    let end: ProgramEnd | undefined;
    const ended = new Promise<ProgramEnd>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        end = { code, signal };
        resolve(end);
      });
    });
    ended.catch(() => undefined);
    closeSync(fd);
    if (child.pid === undefined) await ended;
    // A process enters a process namespace by its child, which is the program.
    let pid: number | undefined;
    while (pid === undefined && end === undefined) {
      pid = childrenOf(child.pid ?? 0)[0];
      if (pid === undefined) await wait(POLL_MS);
    }
    return new LabProgram(name, pid ?? 0, logFile, ended);
  }

  /** All it has written so far. */
  get output(): string {
    return readFileSync(this.logFile, "utf8");
  }

  /** Resolves with the first match in its output; rejects with all of it at the deadline or at the program's end. */
  async waitFor(pattern: RegExp, timeoutMs = 20_000): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      // Asked first, so that output from before the end is read after it.
      const isOver = this.end !== undefined;
      const found = pattern.exec(this.output);
      if (found !== null) return found;
      if (isOver) throw new Error(`${this.name} ended (${this.end?.code ?? this.end?.signal}):\n${this.output}`);
      if (Date.now() >= deadline)
        throw new Error(`${this.name}: no ${pattern} within ${timeoutMs} ms:\n${this.output}`);
      await wait(POLL_MS);
    }
  }

  /** Sends a signal and resolves at the program's end; SIGKILL follows after `timeoutMs`. */
  async stop(signal: NodeJS.Signals = "SIGTERM", timeoutMs = 10_000): Promise<ProgramEnd> {
    this.signal(signal);
    const late = setTimeout(() => this.signal("SIGKILL"), timeoutMs);
    const end = await this.ended;
    clearTimeout(late);
    return end;
  }

  /** Sends a signal; none where it has ended. Not for SIGSTOP: nsenter(1), which waits for the program, stops itself as well. */
  signal(signal: NodeJS.Signals): void {
    if (this.end !== undefined || this.pid === 0) return;
    try {
      process.kill(this.pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
