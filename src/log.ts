// The only importer of pino, which filters by level, and writes JSON lines for machines. The code here makes lines for
// people from the same calls: the sentence, then the fields that it does not have. In the journal both have the
// priority in front. How many lines messages get is decided in server/log/message-log.ts. Text from clients is escaped
// by the JSON encoding, or before it gets here.

import { type Logger, pino, stdTimeFunctions } from "pino";
import { Priority } from "./journal-stream.ts";
import { LogSink } from "./log-sink.ts";

export type { Logger } from "pino";

/** The options of the daemon's log. */
export interface LogOptions {
  /** Also log debug messages (`-v`). */
  readonly verbose: boolean;
  /** Readable lines instead of JSON. */
  readonly readable: boolean;
  /** Descriptor to write to: 1 or 2. */
  readonly fd: number;
  /** The reader is the journal: a priority in front of each line, and no time in readable ones. */
  readonly journal?: boolean;
  /** Names of levels stand out on a terminal. */
  readonly colour?: boolean;
}

interface Level {
  readonly name: string;
  readonly priority: Priority;
  /** How a terminal is to show the name (SGR parameters). */
  readonly colour: string;
}

/** By pino's number. Information, the usual, has no name. */
const LEVELS: Readonly<Record<number, Level>> = {
  20: { name: "debug", priority: Priority.debug, colour: "2" },
  30: { name: "", priority: Priority.info, colour: "" },
  40: { name: "warning", priority: Priority.warning, colour: "33" },
  50: { name: "error", priority: Priority.error, colour: "31" },
  60: { name: "fatal", priority: Priority.critical, colour: "1;31" },
};
const INFO = 30;

let sink: LogSink | undefined;

/** Makes the daemon's logger. One for each process. */
export function openLog(options: LogOptions): Logger {
  const opened = new LogSink(options.fd);
  sink = opened;
  process.once("exit", flushLog);
  const write = (line: string): void => {
    const lost = opened.hasRoom ? opened.takeLost() : 0;
    opened.write(line);
    if (lost > 0) log.warn({ event: "log", lost }, "log lines were dropped: the reader of the log is slow or gone");
  };
  const prefixes = new Map(Object.entries(LEVELS).map(([number, level]) => [Number(number), prefixOf(level, options)]));
  const settings = { base: null, level: options.verbose ? "debug" : "info" };
  const log = options.readable
    ? pino({
        ...settings,
        hooks: { logMethod: (call, _method, level) => write(readableLine(call, prefixes.get(level))) },
      })
    : pino({ ...settings, timestamp: stdTimeFunctions.isoTime }, jsonStream(write, options, prefixes));
  return log;

  function readableLine(call: readonly unknown[], prefix = ""): string {
    const time = options.journal === true ? "" : `${new Date().toISOString().slice(11, 19)} `;
    return `${time}${prefix}${sentence(call)}\n`;
  }
}

/** Writes the collected lines, before the process ends. */
export function flushLog(): void {
  sink?.flush();
}

/** The text in front of a line of this level. */
function prefixOf({ name, priority, colour }: Level, options: LogOptions): string {
  const told = options.journal === true ? `<${priority}>` : "";
  if (!options.readable || name === "") return told;
  return options.colour === true ? `${told}\u001b[${colour}m${name}:\u001b[0m ` : `${told}${name}: `;
}

/** pino tells the level of a line to a stream that asks for it. */
function jsonStream(write: (line: string) => void, options: LogOptions, prefixes: ReadonlyMap<number, string>) {
  if (options.journal !== true) return { write };
  return {
    [Symbol.for("pino.metadata")]: true,
    lastLevel: INFO,
    write(line: string): void {
      write(`${prefixes.get(this.lastLevel) ?? ""}${line}`);
    },
  };
}

/** The message, then the fields that it does not name, as name=value; counts of nothing are left out. */
function sentence(call: readonly unknown[]): string {
  const [fields, message] = call;
  if (typeof fields === "string") return safe(fields);
  const text = typeof message === "string" ? message : "";
  let line = text;
  for (const [name, value] of Object.entries(fields as Readonly<Record<string, unknown>>)) {
    if (name === "event" || value === undefined || value === 0) continue;
    // A structured value is for machines; the sentence says it in words.
    if (typeof value === "object" && !Array.isArray(value)) continue;
    const told = typeof value === "object" ? JSON.stringify(value) : String(value);
    if (told === "" || says(text, told)) continue;
    line += ` ${name}=${typeof value === "string" && /[\s"=]/.test(told) ? JSON.stringify(told) : told}`;
  }
  return safe(line);
}

/** Whether a text has a word, and not only as part of a longer one: an address, a name. */
function says(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const end = at + word.length;
    // A stop or a colon is part of a longer word only if that goes on behind it.
    const isJoint = text[end] === "." || text[end] === ":";
    const goesOn = isWordPart(text.charCodeAt(isJoint ? end + 1 : end));
    const before = text[at - 1];
    if (!goesOn && !isWordPart(text.charCodeAt(at - 1)) && before !== "." && before !== ":") return true;
  }
  return false;
}

/** Letters and digits. NaN: no character. */
function isWordPart(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

/** One line stays one, and no terminal obeys it. */
function safe(line: string): string {
  return UNSAFE.test(line) ? line.replace(EACH_UNSAFE, "?") : line;
}

const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const EACH_UNSAFE = new RegExp(UNSAFE.source, "gu");
