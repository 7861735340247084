// The only importer of pino. JSON lines for machines; one readable line each on a terminal. Text
// from clients is escaped by the JSON encoding, or before it gets here.

import { type Logger, pino, stdTimeFunctions } from "pino";
import { LogSink } from "./log-sink.ts";

export type { Logger } from "pino";

/** What the daemon's log needs to know. */
export interface LogOptions {
  /** Also log debug messages (`-v`). */
  readonly verbose: boolean;
  /** Readable lines instead of JSON. */
  readonly readable: boolean;
  /** Descriptor to write to: 1 or 2. */
  readonly fd: number;
}

const LEVEL_NAMES: Readonly<Record<number, string>> = { 20: "debug", 40: "warning", 50: "error", 60: "fatal" };
const HIDDEN = new Set(["level", "time", "msg", "event"]);

let sink: LogSink | undefined;

/** Makes the daemon's logger. One for each process. */
export function openLog(options: LogOptions): Logger {
  const opened = new LogSink(options.fd);
  sink = opened;
  const write = (line: string): void => {
    const lost = opened.hasRoom ? opened.takeLost() : 0;
    opened.write(options.readable ? readableLine(line) : line);
    if (lost > 0) log.warn({ event: "log", lost }, "log lines were dropped: the reader of the log is slow or gone");
  };
  process.once("exit", flushLog);
  const level = options.verbose ? "debug" : "info";
  const log = pino({ base: null, level, timestamp: stdTimeFunctions.isoTime }, { write });
  return log;
}

/** Writes what has been collected, before the process ends. */
export function flushLog(): void {
  sink?.flush();
}

function readableLine(line: string): string {
  const entry = JSON.parse(line) as Record<string, unknown>;
  const level = LEVEL_NAMES[Number(entry["level"])];
  const time = String(entry["time"]).slice(11, 19);
  let text = `${time} ${level === undefined ? "" : `${level}: `}${String(entry["msg"] ?? "")}`;
  for (const [key, value] of Object.entries(entry)) {
    if (HIDDEN.has(key)) continue;
    text += ` ${key}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`;
  }
  return `${text}\n`;
}
