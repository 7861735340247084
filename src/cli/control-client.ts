// Asks the running daemon through its control socket. Answers are checked against the schemas before anything is shown
// of them: the process that listens there may be of another version, or another program.

import { readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { z } from "zod";
import { DaemonError } from "../base/daemon-error.ts";
import { textOf } from "../base/errors.ts";
import { CONTROL_ANSWER_MS } from "../base/limits/control.ts";
import { Lease, LeasesEnd, Refusal } from "../control/messages.ts";
import type { LeasesRequest, PlainCommand, Request } from "../control/requests.ts";
import { CONTROL_VERSION } from "../control/version.ts";
import { whySilent } from "./silent-daemon.ts";

/** Where the daemon's control socket is unless said otherwise. */
export const CONTROL_PATH = process.env["ANYDHCPD_CONTROL"] ?? "/run/anydhcpd/control.sock";

/** The flag that names another socket. */
export const CONTROL_OPTION = { control: { type: "string", default: CONTROL_PATH } } as const;

const LEASES_ANSWER = z.union([LeasesEnd, Lease]);

/** Sends one request and resolves with its answer, the only one. Waits so many milliseconds for it, but for the end of a reload. */
export async function ask<T>(
  path: string,
  request: Request | PlainCommand,
  schema: z.ZodType<T>,
  answerMs = CONTROL_ANSWER_MS,
): Promise<T> {
  for await (const line of lines(path, request, answerMs)) return readAnswer(path, line, schema);
  throw new DaemonError("control", `${path}: the daemon closed the connection without an answer: try again`);
}

/** Sends one command and yields its answers until the daemon has no more, or `signal` is aborted. */
export async function* askForAll<T>(
  path: string,
  request: Request | PlainCommand,
  schema: z.ZodType<T>,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  for await (const line of lines(path, request, CONTROL_ANSWER_MS, signal)) yield readAnswer(path, line, schema);
}

/** Yields the leases that are asked for. Rejects with DaemonError where the list does not come to its end. */
export async function* askForLeases(path: string, request: LeasesRequest | "leases"): AsyncGenerator<Lease> {
  let count = 0;
  for await (const answer of askForAll(path, request, LEASES_ANSWER)) {
    if (!("count" in answer)) {
      count += 1;
      yield answer;
    } else if (answer.count === count) return;
  }
  throw new DaemonError(
    "control",
    `${path}: the daemon closed the connection after ${count} leases, and there are more: try again`,
  );
}

function readAnswer<T>(path: string, line: string, schema: z.ZodType<T>): T {
  let answer: unknown;
  try {
    answer = JSON.parse(line);
  } catch {
    throw new DaemonError("control", `${path}: the answer is not JSON: is it anydhcpd that listens there?`);
  }
  const refusal = Refusal.safeParse(answer);
  if (refusal.success) throw new DaemonError("control", `the daemon refuses: ${refusal.data.error}`);
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const what = issue === undefined ? "" : ` (${issue.path.join(".")}: ${issue.message})`;
  throw new DaemonError("control", `${path}: the answer is not understood${what}: is the daemon of another version?`);
}

async function* lines(
  path: string,
  asked: Request | PlainCommand,
  answerMs: number,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const request = { ...(typeof asked === "string" ? { command: asked } : asked), protocol: CONTROL_VERSION };
  const noAnswer = `no answer for ${answerMs / 1000} seconds`;
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", (error) => reject(new DaemonError("control", `${path}: ${whyUnreachable(path, error)}`)));
  });
  let failure: unknown;
  socket.on("error", (error) => {
    failure = error;
  });
  // A configuration may take any time to read, and nothing may happen to leases for as long.
  if (!["reload", "check", "events"].includes(request.command)) {
    socket.setTimeout(answerMs, () => socket.destroy(new Error(noAnswer)));
  }
  socket.write(`${JSON.stringify(request)}\n`);
  try {
    const answers = createInterface({ input: socket });
    signal?.addEventListener("abort", () => answers.close(), { once: true });
    // An empty line says that the daemon is at work.
    for await (const line of answers) if (line !== "") yield line;
  } catch (error) {
    failure = error;
  } finally {
    socket.destroy();
  }
  if (failure === undefined) return;
  const reason = textOf(failure);
  throw new DaemonError(
    "control",
    `${path}: ${reason === noAnswer ? `${noAnswer}: ${whySilent(path)}` : `the connection broke: ${reason}`}`,
  );
}

function whyUnreachable(path: string, error: Error): string {
  switch ("code" in error ? error.code : "") {
    case "ENOENT":
      return "there is no such socket: anydhcpd is not running, or was started with another --control";
    case "ECONNREFUSED":
      if (!isSocket(path)) return "this is no socket: name the daemon's control socket";
      return "nobody listens there: anydhcpd has ended or could not start, and its log says why";
    case "EACCES":
      return `permission denied: ${whoMayAsk(path)}`;
    default:
      return error.message;
  }
}

function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() ?? true;
}

function whoMayAsk(path: string): string {
  let gid: number;
  try {
    gid = statSync(path).gid;
  } catch {
    return "its directory may be searched by others only";
  }
  if (gid === 0) return "only root may ask there: start anydhcpd with --control-group to let a group ask";
  const name = readFileSync("/etc/group", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find(([, , id]) => Number(id) === gid)?.[0];
  return `you are not in group ${name ?? gid}`;
}
