// Starts a server inside a lab, waits until it serves, and ends it by its process id.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LabNamespace } from "../network/lab.ts";
import type { LabProgram, ProgramEnd } from "../network/lab-program.ts";
import { familyOf, processorSeconds, residentOctets, userSeconds, writtenOctets } from "../network/processes.ts";
import type { Places, Server } from "./server.ts";
import type { Service } from "./service.ts";

/** A server may load leases first. */
const START_DEADLINE_MS = 60_000;

/** Whether the server's program is on this machine; ours are made where they are not. */
export function isInstalled(server: Server): boolean {
  return server.package === "anydhcpd" || existsSync(server.program);
}

/** The version its program tells; "unknown" where it tells none. */
export function versionOf(server: Server): string {
  const [command = "", ...rest] = server.versionArgv;
  const { stdout, stderr } = spawnSync(command, rest, { encoding: "utf8" });
  return server.versionPattern.exec(`${stdout}${stderr}`)?.[1] ?? "unknown";
}

/** The control socket of one of ours. */
export function controlSocketOf({ directory }: RunningServer): string {
  return join(directory, "control.sock");
}

/** A server that serves. */
export class RunningServer {
  readonly server: Server;
  /** The folder with its configuration and its leases. */
  readonly directory: string;
  /** The folder in memory, as the lab sees it. */
  readonly memoryDirectory: string;
  readonly program: LabProgram;

  private constructor(server: Server, { directory, memoryDirectory }: Places, program: LabProgram) {
    this.server = server;
    this.directory = directory;
    this.memoryDirectory = memoryDirectory;
    this.program = program;
  }

  /**
   * Writes the server's files below the lab's directory, starts it in the namespace and waits until it
   * serves. Rejects with its output if it does not, with the reason if it refuses the service.
   * A server started again with the same `name` finds the leases it has left there.
   */
  static async start(
    server: Server,
    namespace: LabNamespace,
    service: Service,
    { processors, name = `${namespace.name}-${server.id}` }: { processors?: string; name?: string } = {},
  ): Promise<RunningServer> {
    const refusal = server.refusal(service);
    if (refusal !== undefined) throw new Error(`${server.title} cannot do this: ${refusal}`);
    const places = {
      directory: join(namespace.lab.directory, name),
      memoryDirectory: join(namespace.lab.memoryDirectory, name),
    };
    for (const folder of ["", "etc", "db"]) {
      mkdirSync(join(places.directory, folder), { recursive: true });
      chmodSync(join(places.directory, folder), 0o777);
    }
    await namespace.exec(["mkdir", "-p", "-m", "777", places.memoryDirectory]);
    const { files, argv, environment, readyLine } = server.prepare(service, places);
    for (const [path, text] of Object.entries(files)) {
      // What the server has written there itself stays.
      if (text === "" && existsSync(path)) continue;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { mode: 0o644 });
    }
    const pinned = processors === undefined ? {} : { processors };
    const program = await namespace.spawn(argv, { environment, name: server.id, ...pinned });
    try {
      await program.waitFor(readyLine, START_DEADLINE_MS);
    } catch (error) {
      await program.stop("SIGKILL");
      throw error;
    }
    return new RunningServer(server, places, program);
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
