// Reads a configuration from disk: resolves the host names in it, parses and checks it.

import { lookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { isIPv4 } from "node:net";
import { DaemonError } from "../base/daemon-error.ts";
import { type Ipv4, parseIpv4 } from "../base/ipv4.ts";
import { formatDiagnostics, type LoadResult, loadConfig, namesIn } from "../config/load.ts";

const LOOKUP_MS = 5000;

/** A loaded configuration with its diagnostics as text for people (empty if there are none). */
export interface LoadedFile extends LoadResult {
  readonly text: string;
}

/** Loads `path`. Rejects with DaemonError when the file cannot be read; errors in it are diagnostics. */
export async function readConfigFile(path: string): Promise<LoadedFile> {
  let source: string;
  try {
    source = await readFile(path, "latin1");
  } catch (error) {
    throw new DaemonError("config-invalid", unreadable(path, error), { cause: error });
  }
  const names = new Map<string, Ipv4>();
  await Promise.all(namesIn(path, source).map((name) => resolve(name, names)));
  const result = loadConfig(path, source, names);
  return { ...result, text: formatDiagnostics(result.diagnostics, source) };
}

function unreadable(path: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const user = process.getuid?.() ?? 0;
  if (code === "ENOENT")
    return `${path}: there is no such file: write one (etc/dhcpd.conf is an example) or name it with -c`;
  if (code === "EACCES")
    return `${path}: the daemon's user (uid ${user}) may not read it: make the file and its directory readable`;
  return `${path}: cannot be read: ${code}`;
}

async function resolve(name: string, names: Map<string, Ipv4>): Promise<void> {
  const deadline = new Promise<undefined>((done) => setTimeout(done, LOOKUP_MS, undefined).unref());
  const found = await Promise.race([lookup(name, { family: 4 }).catch(() => undefined), deadline]);
  if (found === undefined || !isIPv4(found.address)) return;
  const address = parseIpv4(found.address);
  if (address !== undefined) names.set(name, address);
}
