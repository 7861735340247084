// Reads a configuration from disk, with the files that it includes: resolves the host names in it,
// parses and checks it. Every file is read once a load, so that all of a load sees one text.

import { lookup } from "node:dns/promises";
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { DaemonError } from "../base/daemon-error.ts";
import { type Ipv4, parseIpv4 } from "../base/ipv4.ts";
import type { FileContent, FileReader } from "../config/include.ts";
import { formatDiagnostics, type LoadResult, loadConfig, namesIn } from "../config/load.ts";

const LOOKUP_MS = 5000;

/** A loaded configuration with its diagnostics as text for people (empty if there are none). */
export interface LoadedFile extends LoadResult {
  readonly text: string;
}

/** A file as octets, one a character, with what else its reader may ask for. */
export interface SourceText {
  /** Its path, in octets too: so are the names of files in a configuration. */
  readonly file: string;
  readonly text: string;
  readonly hostNames: ReadonlyMap<string, readonly Ipv4[]>;
  readonly readFile: FileReader;
}

/** Reads `path` and resolves the host names in it; `advice` is for somebody who has no such file. Rejects with DaemonError when it cannot be read. */
export async function readSourceText(path: string, advice = ""): Promise<SourceText> {
  let text: string;
  try {
    text = await readFile(path, "latin1");
  } catch (error) {
    throw new DaemonError("config-invalid", unreadable(path, error, advice), { cause: error });
  }
  const hostNames = new Map<string, readonly Ipv4[]>();
  const file = Buffer.from(path).toString("latin1");
  const readIncluded = keepingReader();
  await Promise.all(namesIn(file, text, readIncluded).map((name) => resolve(name, hostNames)));
  return { file, text, hostNames, readFile: readIncluded };
}

/** Loads `path`. Rejects with DaemonError when the file cannot be read; errors in it are diagnostics. */
export async function readConfigFile(path: string): Promise<LoadedFile> {
  const { file, text, ...context } = await readSourceText(path, ADVICE);
  const result = loadConfig(file, text, context);
  return { ...result, text: formatDiagnostics(result.diagnostics, result.source) };
}

/** Reads each file when it is first asked for. */
function keepingReader(): FileReader {
  const contents = new Map<string, FileContent>();
  return (path) => {
    const content = contents.get(path) ?? readIncludedFile(path);
    contents.set(path, content);
    return content;
  };
}

function readIncludedFile(path: string): FileContent {
  let fd = -1;
  try {
    // A pipe must not hold up the daemon.
    fd = openSync(Buffer.from(path, "latin1"), constants.O_RDONLY | constants.O_NONBLOCK);
    return fstatSync(fd).isFile() ? { text: readFileSync(fd, "latin1") } : { problem: "it is no regular file" };
  } catch (error) {
    return { problem: whyUnreadable(error) };
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  if (code === "ENOENT")
    return "there is no such file (the daemon sees only files below the directory of the main one)";
  if (code === "EACCES") return `the daemon's user (uid ${process.getuid?.() ?? 0}) may not read it`;
  return `it cannot be read: ${code}`;
}

const ADVICE = ": write one (etc/dhcpd.conf is an example) or name it with -c";

function unreadable(path: string, error: unknown, advice: string): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const user = process.getuid?.() ?? 0;
  if (code === "ENOENT") return `${path}: there is no such file${advice}`;
  if (code === "EACCES")
    return `${path}: the daemon's user (uid ${user}) may not read it: make the file and its directory readable`;
  return `${path}: cannot be read: ${code}`;
}

/** Adds the addresses of a name; a name that cannot be resolved in time is left out. */
async function resolve(name: string, names: Map<string, readonly Ipv4[]>): Promise<void> {
  const deadline = new Promise<readonly []>((done) => setTimeout(done, LOOKUP_MS, []).unref());
  const found = await Promise.race([lookup(name, { family: 4, all: true }).catch(() => []), deadline]);
  names.set(
    name,
    found.flatMap(({ address }) => parseIpv4(address) ?? []),
  );
}
