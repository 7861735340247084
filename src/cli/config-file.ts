// Reads a configuration from disk, with the files that it includes: resolves the host names in it,
// parses and checks it. Every file is read once a load, so that all of a load sees one text.

import { lookup } from "node:dns/promises";
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, realpathSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { DaemonError } from "../base/daemon-error.ts";
import { fileFailure } from "../base/errors.ts";
import { type Ipv4, parseIpv4 } from "../base/ipv4.ts";
import type { FileContent, FileReader } from "../config/language/include.ts";
import { formatBriefly, type LoadResult, loadConfig, namesIn } from "../config/load.ts";
import { refuseEndless } from "./endless-file.ts";

const LOOKUP_MS = 5000;
/** Where lease files are unless said otherwise: the status page writes reservations there. */
const STATE_DIRECTORY = "/var/lib/anydhcpd";

/** A loaded configuration with its diagnostics as text for people (empty if there are none). */
export interface LoadedFile extends LoadResult {
  readonly text: string;
  /** Whether it has host names. */
  readonly hasNames: boolean;
  /** Whether a file that it names could not be read, and another attempt may find it. */
  readonly isIncomplete: boolean;
  /** Its path, and those of the files that it includes. */
  readonly files: readonly string[];
}

/** A file as octets, one a character, with what else its reader may ask for. */
export interface SourceText {
  /** Its path, in octets too: so are the names of files in a configuration. */
  readonly file: string;
  readonly text: string;
  readonly hostNames: ReadonlyMap<string, readonly Ipv4[]>;
  readonly readFile: FileReader;
}

/** How a file is read. */
export interface Reading {
  /** For a user who has no such file. */
  readonly advice?: string;
  /** Reads the files that it includes. */
  readonly readIncluded: FileReader;
  /** Whether a text has host names to be resolved. */
  readonly hasNames: (text: string) => boolean;
}

/** Reads `path` and resolves the host names in it. Rejects with DaemonError ("config-unread") when it cannot be read. */
export async function readSourceText(path: string, reading: Reading): Promise<SourceText> {
  const { advice = "", hasNames } = reading;
  let text: string;
  try {
    text = await readText(path);
  } catch (error) {
    const code = codeOf(error) === "EISDIR" ? "config-invalid" : "config-unread";
    throw new DaemonError(code, unreadable(path, error, advice), { cause: error });
  }
  const hostNames = new Map<string, readonly Ipv4[]>();
  const file = Buffer.from(path).toString("latin1");
  const readIncluded = keepingReader(reading.readIncluded);
  const names = hasNames(text) ? namesIn(file, text, readIncluded) : [];
  await Promise.all(names.map((name) => resolveName(name, hostNames)));
  return { file, text, hostNames, readFile: readIncluded };
}

async function readText(path: string): Promise<string> {
  const handle = await open(path);
  try {
    refuseEndless(handle.fd);
    return await handle.readFile("latin1");
  } finally {
    await handle.close();
  }
}

/**
 * Loads `path`. Rejects with DaemonError when the file cannot be read; errors in it are diagnostics. `asDaemon`: as a
 * daemon would that is shown the directory of the file and nothing else of the configuration.
 */
export async function readConfigFile(path: string, asDaemon = false): Promise<LoadedFile> {
  const isShown = (included: string): boolean => !asDaemon || isBelow(path, included);
  let isIncomplete = false;
  const files = [path];
  const readIncluded: FileReader = (included) => {
    files.push(Buffer.from(included, "latin1").toString());
    const content = readShownFile(path, included, isShown);
    if ("problem" in content && content.mayCome === true) isIncomplete = true;
    return content;
  };
  const { file, text, ...context } = await readSourceText(path, { advice: ADVICE, readIncluded, hasNames: () => true });
  const result = loadConfig(file, text, context);
  const hasNames = context.hostNames.size > 0;
  return { ...result, text: formatBriefly(result.diagnostics, result.source), hasNames, isIncomplete, files };
}

/** Reads each file when it is first asked for. */
function keepingReader(read: FileReader): FileReader {
  const contents = new Map<string, FileContent>();
  return (path) => {
    const content = contents.get(path) ?? read(path);
    contents.set(path, content);
    return content;
  };
}

/** Reads an included file as the daemon does, which is shown only some. */
function readShownFile(main: string, path: string, isShown: (included: string) => boolean): FileContent {
  const name = Buffer.from(path, "latin1").toString();
  const content = readIncludedFile(path);
  const isHidden = "problem" in content ? content.problem === ABSENT && !isBelow(main, name) : !isShown(name);
  return isHidden ? { problem: outsideText(main) } : content;
}

/** Reads a file that another one includes. */
export function readIncludedFile(path: string): FileContent {
  let fd = -1;
  try {
    // A pipe must not hold up the daemon.
    fd = openSync(Buffer.from(path, "latin1"), constants.O_RDONLY | constants.O_NONBLOCK);
    return fstatSync(fd).isFile() ? { text: readFileSync(fd, "latin1") } : { problem: "it is no regular file" };
  } catch (error) {
    return { problem: whyUnreadable(error), mayCome: true };
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

/** Whether the daemon is shown a file beside the configuration `main`: below its directory, as named and as it is, in /usr, or beside its leases. */
function isBelow(main: string, path: string): boolean {
  const real = realOf(path);
  const shown = [dirname(resolve(main)), realOf(dirname(main)), dirname(realOf(main)), "/usr", STATE_DIRECTORY];
  return shown.some((directory) => directory !== "/" && real.startsWith(`${directory}/`));
}

/** Why a daemon with the configuration `main`, which could not read `path`, does not see it; undefined: it is shown such files. */
export function whyNotShown(main: string, path: string): string | undefined {
  if (isBelow(main, path)) return undefined;
  return `${path} lies outside ${dirname(resolve(main))}, which is all that the daemon sees: copy it there and name the copy`;
}

/** Whether a file could not be read because it is not there, or may not be read: a file that the sandbox hides looks like either. */
export function isUnseen(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "EACCES");
}

/** A path without links; as it is where there is no such file. */
export function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

function outsideText(main: string): string {
  const directory = dirname(resolve(main));
  return (
    `it is outside ${directory}, and the daemon sees only the files of the configuration below that directory: ` +
    "copy it there and name the copy; an include of a file that has only keys and zones can be left out"
  );
}

const ABSENT = "there is no such file";

function whyUnreadable(error: unknown): string {
  const code = codeOf(error);
  if (code === "ENOENT") return ABSENT;
  if (code === "EACCES") return `the daemon's user (uid ${process.getuid?.() ?? 0}) may not read it`;
  return fileFailure(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Where the package has an example: beside its program, or in a distribution's place for documents. */
const EXAMPLE =
  [fileURLToPath(new URL("../../etc/dhcpd.conf", import.meta.url)), "/usr/share/doc/anydhcpd/examples/dhcpd.conf"].find(
    (path) => existsSync(path),
  ) ?? "dhcpd.conf(5)";
const ADVICE = `: write one (${EXAMPLE} has an example) or name it with -c`;

function unreadable(path: string, error: unknown, advice: string): string {
  const code = codeOf(error);
  const user = process.getuid?.() ?? 0;
  if (code === "ENOENT") return `${path}: there is no such file${advice}`;
  if (code === "EACCES")
    return `${path}: the daemon's user (uid ${user}) may not read it: make the file and its directory readable`;
  return `${path}: ${fileFailure(error)}`;
}

/** Adds the addresses of a name; a name that cannot be resolved in time is left out. */
async function resolveName(name: string, names: Map<string, readonly Ipv4[]>): Promise<void> {
  const deadline = new Promise<readonly []>((done) => setTimeout(done, LOOKUP_MS, []).unref());
  const found = await Promise.race([lookup(name, { family: 4, all: true }).catch(() => []), deadline]);
  names.set(
    name,
    found.flatMap(({ address }) => parseIpv4(address) ?? []),
  );
}
