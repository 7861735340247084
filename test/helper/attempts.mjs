// What a daemon that was taken over would try, for the stand-in behind the launcher: from its main thread, from
// libuv's pool, and from a worker thread, which runs this file too. Each attempt ends as "done" or as an errno's name.

import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { connect as connectTo, createServer } from "node:net";
import { constants } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));
const nameOf = (result) => (result >= 0 ? "done" : (names.get(-result) ?? `errno ${-result}`));

const ended = (emitter, event) =>
  new Promise((resolve) => {
    emitter.once("error", (error) => resolve(error.code));
    emitter.once(event, () => resolve("done"));
  });

function program(path) {
  const { error } = spawnSync(path, [], { stdio: "ignore" });
  if (error !== undefined) throw error;
}

/** By what is tried; `raw` is raw-calls.c. */
const attempts = {
  read: (_raw, path) => void readFileSync(path),
  write: (_raw, path) => writeFileSync(path, ""),
  link: (_raw, from, to) => symlinkSync(from, to),
  spawn: (_raw, path) => program(path),
  listen: (_raw, port) => ended(createServer().listen(port, "127.0.0.1"), "listening"),
  connect: (_raw, port) => ended(connectTo(port, "127.0.0.1"), "connect"),
  call: (raw, ...call) => nameOf(raw.call(...call)),
};

const attemptsInPool = {
  read: (_raw, path) => readFile(path),
  write: (_raw, path) => writeFile(path, ""),
  call: async (raw, ...call) => nameOf(await raw.callInPool(...call)),
};

async function outcomeOf(table, raw, [what, ...rest]) {
  try {
    const outcome = await table[what](raw, ...rest);
    return typeof outcome === "string" ? outcome : "done";
  } catch (error) {
    return error.code ?? String(error);
  }
}

/** Prepares for attempts from everywhere, before the sandbox is entered: threads cannot be made later. */
export async function prepare(rawPath) {
  const raw = createRequire(import.meta.url)(rawPath);
  const worker = new Worker(new URL(import.meta.url), { workerData: rawPath });
  await new Promise((resolve) => worker.once("message", resolve));
  worker.unref();
  await readFile("/dev/null");
  return {
    main: (attempt) => outcomeOf(attempts, raw, attempt),
    pool: (attempt) => outcomeOf(attemptsInPool, raw, attempt),
    worker: (attempt) => {
      const outcome = new Promise((resolve) => worker.once("message", resolve));
      worker.postMessage(attempt);
      return outcome;
    },
  };
}

if (!isMainThread) {
  const raw = createRequire(import.meta.url)(workerData);
  parentPort.on("message", async (attempt) => parentPort.postMessage(await outcomeOf(attempts, raw, attempt)));
  parentPort.postMessage("ready");
}
