// Another process, in namespaces of its own if wanted, that a test drives by Python statements and
// that passes it descriptors: sockets, files, pipes. A descriptor keeps the namespace it was made
// in, so the addon is tested inside the test process while its sockets live in the namespace.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { SeqpacketSocket } from "../../src/native/seqpacket-socket.ts";
import { withDeadline } from "./deadline.ts";

const SCRIPT = fileURLToPath(new URL("peer.py", import.meta.url));

/** Whether this user may make user, network and mount namespaces; else tests that need them are skipped by name. */
export const mayUnshare = spawnSync("unshare", ["-Urnm", "true"]).status === 0;

/** See the head of this file. */
export class Peer {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #channel: SeqpacketSocket;
  readonly #folder: string;
  readonly #descriptors: number[] = [];
  #wake: () => void = () => undefined;

  private constructor(child: ChildProcess, answers: AsyncIterator<string>, channelFd: number, folder: string) {
    this.#child = child;
    this.#answers = answers;
    this.#folder = folder;
    this.#channel = new SeqpacketSocket(
      channelFd,
      (_bytes, fd) => {
        this.#descriptors.push(fd);
        this.#wake();
      },
      () => undefined,
    );
  }

  /** Starts one; with `namespaces`, root in new user, network (loopback up) and mount namespaces. */
  static async start(options: { namespaces: boolean }): Promise<Peer> {
    const folder = mkdtempSync(join(tmpdir(), "anydhcpd-peer-"));
    const path = join(folder, "descriptors");
    // Paused for good: the addon reads this connection, never Node.
    const server = createServer({ pauseOnConnect: true });
    server.listen(path);
    await once(server, "listening");
    const command = [...(options.namespaces ? ["unshare", "-Urnm"] : []), "python3", SCRIPT, path];
    const child = spawn(command[0] ?? "", command.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
    const fd = await acceptDescriptor(server);
    if (child.stdout === null) throw new Error("peer: no standard output");
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const peer = new Peer(child, answers, fd, folder);
    if (options.namespaces) await peer.run("sh('ip link set lo up')");
    return peer;
  }

  /** Runs Python statements (helpers: peer.py); resolves with what they assign to `result`. */
  async run(code: string): Promise<unknown> {
    this.#child.stdin?.write(`${JSON.stringify(code)}\n`);
    const line = await withDeadline(this.#answers.next(), `the peer's answer to: ${code}`);
    if (line.done === true) throw new Error(`peer: ended during: ${code}`);
    const answer = JSON.parse(line.value) as { result?: unknown; error?: string };
    if (answer.error !== undefined) throw new Error(`peer: ${answer.error}`);
    return answer.result;
  }

  /** Runs statements that call give(); resolves with the descriptor, which is the caller's. */
  async take(code: string): Promise<number> {
    await this.run(code);
    const arrived = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (this.#descriptors.length === 0) await withDeadline(arrived, `a descriptor from: ${code}`);
    const fd = this.#descriptors.shift();
    if (fd === undefined || fd < 0) throw new Error(`peer: no descriptor from: ${code}`);
    return fd;
  }

  /** Ends the process, and its namespaces with it. */
  async close(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#channel.close();
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await withDeadline(ended, "the end of the peer");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

// Connections whose descriptor belongs to the addon now. Never destroyed: that would close it twice.
const borrowed: Socket[] = [];

async function acceptDescriptor(server: Server): Promise<number> {
  const [socket] = (await withDeadline(once(server, "connection"), "the peer's connection")) as [
    Socket & { _handle: { fd: number } },
  ];
  socket.unref();
  borrowed.push(socket);
  server.close();
  return socket._handle.fd;
}
