// The only importer of pino. JSON lines for machines; one readable line each on a terminal.
//
// Lines are collected and written once a turn of the event loop (`flushLog`), so that a batch of
// messages costs one write. Text from clients reaches this file escaped (wire/describe.ts) or is
// escaped by the JSON encoding.

import { destination, type Logger, pino, stdTimeFunctions } from "pino";

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

const COLLECT_OCTETS = 16_000;
const LEVEL_NAMES: Readonly<Record<number, string>> = { 20: "debug", 40: "warning", 50: "error", 60: "fatal" };
const HIDDEN = new Set(["level", "time", "msg", "event"]);

let flush: () => void = () => undefined;
let isFlushPlanned = false;

/** Makes the daemon's logger. One for each process. */
export function openLog(options: LogOptions): Logger {
  const sink = destination({ fd: options.fd, sync: true, minLength: COLLECT_OCTETS });
  flush = () => sink.flushSync();
  const write = (line: string): void => {
    sink.write(options.readable ? readableLine(line) : line);
    planFlush();
  };
  process.once("exit", flushLog);
  const level = options.verbose ? "debug" : "info";
  return pino({ base: null, level, timestamp: stdTimeFunctions.isoTime }, { write });
}

/** Writes what has been collected. */
export function flushLog(): void {
  isFlushPlanned = false;
  try {
    flush();
  } catch {
    // A log that nobody reads any more (EPIPE, EAGAIN) must not end the service.
  }
}

function planFlush(): void {
  if (isFlushPlanned) return;
  isFlushPlanned = true;
  setImmediate(flushLog);
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
