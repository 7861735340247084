// The process that runs the event script, as the daemon uses it: one call at a time, answered in any case.

import { SCRIPT_REQUEST_OCTETS_MAX } from "../base/limits/script.ts";
import type { Seconds } from "../base/time.ts";
import { SeqpacketSocket } from "../native/seqpacket-socket.ts";
import { readScriptAnswer, type ScriptCall, ScriptWriter } from "./protocol.ts";

/** The part of its socket that is needed; SeqpacketSocket in the daemon. */
export interface ScriptSocket {
  send(bytes: Uint8Array, length: number): number;
  close(): void;
}

/** Opens the socket with the two callbacks of SeqpacketSocket. */
export type OpenScriptSocket = (
  onMessage: (bytes: Uint8Array, fd: number) => void,
  onEnd: (errno: number) => void,
) => ScriptSocket;

/** Learns the results. */
export interface ScriptReader {
  /** A line of the script's output; valid during the call. */
  onLine(octets: Uint8Array): void;
  /** The run is over: a ScriptOutcome and its value. */
  onDone(outcome: number, value: number): void;
  /** It has ended and was started again; a run that was under way begins anew. */
  onRestarted(): void;
  /** Nothing is run any more. */
  onGone(reason: string): void;
}

/** See the head of this file. */
export class ScriptProcess {
  private readonly writer = new ScriptWriter();
  private readonly socket: ScriptSocket;
  private readonly reader: ScriptReader;
  private sequence = 0;
  /** The running call; undefined: none. */
  private running: { readonly call: ScriptCall; readonly seconds: Seconds } | undefined;
  private isClosed = false;

  constructor(open: OpenScriptSocket, reader: ScriptReader) {
    this.reader = reader;
    this.socket = open(
      (bytes, fd) => this.receive(bytes, fd),
      (errno) => this.end(errno === 0 ? "has ended" : `is out of reach (error ${errno})`),
    );
  }

  /** Runs the script; only when none runs. */
  run(call: ScriptCall, seconds: Seconds): void {
    this.sequence = (this.sequence + 1) >>> 0;
    this.running = { call, seconds };
    const length = this.writer.run(this.sequence, seconds, call);
    const errno = this.socket.send(this.writer.octets, length);
    if (errno !== 0) this.end(`takes no requests (error ${errno})`);
  }

  /** Lets it go; a script that runs is not waited for. */
  close(): void {
    this.isClosed = true;
    this.socket.close();
  }

  private receive(bytes: Uint8Array, fd: number): void {
    const answer = fd >= 0 || bytes.length > SCRIPT_REQUEST_OCTETS_MAX ? undefined : readScriptAnswer(bytes);
    if (answer?.verb === "ready") return this.startAgain(answer.sequence);
    if (answer === undefined || this.running === undefined || answer.sequence !== this.sequence)
      return this.end("has sent an unexpected message");
    if (answer.verb === "line") return this.reader.onLine(answer.octets);
    this.running = undefined;
    this.reader.onDone(answer.outcome, answer.value);
  }

  /** `taken`: the last request that the worker before has taken; one behind it still waits to be read. */
  private startAgain(taken: number): void {
    const { running } = this;
    this.reader.onRestarted();
    if (running !== undefined && taken === this.sequence) this.run(running.call, running.seconds);
  }

  private end(reason: string): void {
    if (this.isClosed) return;
    this.close();
    this.reader.onGone(reason);
  }
}

/** Opens the socket that the launcher has left behind descriptor `fd`, which is taken over. */
export function openScriptSocket(fd: number): OpenScriptSocket {
  return (onMessage, onEnd) => new SeqpacketSocket(fd, onMessage, onEnd);
}
