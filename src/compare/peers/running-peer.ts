// Starts a peer inside a lab, waits until it serves, and ends it by its process id.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LabNamespace } from "../lab.ts";
import type { LabProgram, ProgramEnd } from "../lab-program.ts";
import { familyOf, processorSeconds, residentOctets, userSeconds, writtenOctets } from "../processes.ts";
import type { Peer, Places } from "./peer.ts";
import type { Service } from "./service.ts";

/** A server may load leases first. */
const START_DEADLINE_MS = 60_000;

/** Whether the peer's program is on this machine. */
export function isInstalled(peer: Peer): boolean {
  return existsSync(peer.program);
}

/** The version its program tells; "unknown" where it tells none. */
export function versionOf(peer: Peer): string {
  const [command = "", ...rest] = peer.versionArgv;
  const { stdout, stderr } = spawnSync(command, rest, { encoding: "utf8" });
  return peer.versionPattern.exec(`${stdout}${stderr}`)?.[1] ?? "unknown";
}

/** A peer that serves. */
export class RunningPeer {
  readonly peer: Peer;
  /** The folder with its configuration and its leases. */
  readonly directory: string;
  /** The folder in memory, as the lab sees it. */
  readonly memoryDirectory: string;
  readonly program: LabProgram;

  private constructor(peer: Peer, { directory, memoryDirectory }: Places, program: LabProgram) {
    this.peer = peer;
    this.directory = directory;
    this.memoryDirectory = memoryDirectory;
    this.program = program;
  }

  /**
   * Writes the peer's files below the lab's directory, starts it in the namespace and waits until it
   * serves. Rejects with its output if it does not, with the reason if it refuses the service.
   * A peer started again with the same `name` finds the leases it has left there.
   */
  static async start(
    peer: Peer,
    namespace: LabNamespace,
    service: Service,
    { processors, name = `${namespace.name}-${peer.id}` }: { processors?: string; name?: string } = {},
  ): Promise<RunningPeer> {
    const refusal = peer.refusal(service);
    if (refusal !== undefined) throw new Error(`${peer.title} cannot do this: ${refusal}`);
    const places = {
      directory: join(namespace.lab.directory, name),
      memoryDirectory: join(namespace.lab.memoryDirectory, name),
    };
    for (const folder of ["", "etc", "db"]) {
      mkdirSync(join(places.directory, folder), { recursive: true });
      chmodSync(join(places.directory, folder), 0o777);
    }
    await namespace.exec(["mkdir", "-p", "-m", "777", places.memoryDirectory]);
    const { files, argv, environment, readyLine } = peer.prepare(service, places);
    for (const [path, text] of Object.entries(files)) {
      // What the server has written there itself stays.
      if (text === "" && existsSync(path)) continue;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { mode: 0o644 });
    }
    const pinned = processors === undefined ? {} : { processors };
    const program = await namespace.spawn(argv, { environment, name: peer.id, ...pinned });
    try {
      await program.waitFor(readyLine, START_DEADLINE_MS);
    } catch (error) {
      await program.stop("SIGKILL");
      throw error;
    }
    return new RunningPeer(peer, places, program);
  }

  /** Its processes, the main one first. */
  get pids(): readonly number[] {
    return familyOf(this.program.pid);
  }

  /** Processor seconds that all its processes have used so far. */
  get processorSeconds(): number {
    return this.pids.reduce((sum, pid) => sum + processorSeconds(pid), 0);
  }

  /** The part of them that is not the kernel's, to 10 ms. */
  get userSeconds(): number {
    return this.pids.reduce((sum, pid) => sum + userSeconds(pid), 0);
  }

  /** Octets that all its processes have written to files, its log among them. */
  get writtenOctets(): number {
    return this.pids.reduce((sum, pid) => sum + writtenOctets(pid), 0);
  }

  /** Octets of resident memory of all its processes. */
  get residentOctets(): number {
    return this.pids.reduce((sum, pid) => sum + residentOctets(pid), 0);
  }

  /** Ends it, and resolves when it has ended. */
  stop(signal: NodeJS.Signals = "SIGTERM"): Promise<ProgramEnd> {
    return this.program.stop(signal);
  }
}
