// Whatever a crash leaves of the files of a journal: each prefix of what it has written (kill -9), and what a power
// failure may make of what came since the last sync (missing, in part, in another order). The next start loads, and
// every lease that was confirmed is there, as it was confirmed or as it was to become next.

import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { JournalStore } from "../../src/store/journal/journal.ts";
import { CompiledChild } from "../support/compiled-child.ts";
import { CrashDisk, type CrashState, readTrace } from "../support/crash-states.ts";
import { compileFailingCalls } from "../support/failing-calls.ts";
import { contentOf, makeTable, openAsLauncher } from "../support/journal.ts";
import { Program } from "../support/program.ts";

/** Nothing here asks whether a disk is one. */
const IN_MEMORY = "/dev/shm";
/** Changes of leases. More with ANYDHCPD_CRASH_OPERATIONS. */
const OPERATIONS = Number(process.env["ANYDHCPD_CRASH_OPERATIONS"] ?? 500);
const TIMEOUT_MS = 60_000 + OPERATIONS * 500;

let child: CompiledChild;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(IN_MEMORY, "crash-states-"));
  compileFailingCalls(join(folder, "failing-calls.so"));
  child = await CompiledChild.compile(new URL("../support/traced-child.ts", import.meta.url));
}, 60_000);
afterAll(() => {
  child[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

/** What the program has noted so far: texts of each address by number of the try, and the last number that was confirmed. */
class Expected {
  readonly tries = new Map<number, Map<number, string>>();
  readonly confirmed = new Map<number, number>();
  readonly #addresses = new Map<number, readonly number[]>();

  take(line: string): void {
    const [, word, digits, leases] = /^(try|ack) (\d+) ?(.*)$/.exec(line) ?? [];
    const number = Number(digits);
    if (word === "ack") {
      for (const address of this.#addresses.get(number) ?? []) this.confirmed.set(address, number);
      return;
    }
    const texts = JSON.parse(leases ?? "") as readonly (readonly [number, string])[];
    this.#addresses.set(
      number,
      texts.map(([address]) => address),
    );
    for (const [address, text] of texts) {
      const known = this.tries.get(address) ?? new Map<number, string>();
      this.tries.set(address, known.set(number, text));
    }
  }

  /** What is wrong with these leases; undefined if nothing is. */
  judge(leases: ReadonlyMap<number, string>): string | undefined {
    for (const [address, number] of this.confirmed) {
      const text = leases.get(address);
      const allowed = [...(this.tries.get(address) ?? [])].filter(([later]) => later >= number);
      if (!allowed.some(([, wanted]) => wanted === text)) {
        return `address ${address} was confirmed in try ${number}, and is ${text ?? "missing"}`;
      }
    }
    for (const [address, text] of leases) {
      if (![...(this.tries.get(address)?.values() ?? [])].includes(text)) return `nobody was to get ${text}`;
    }
    return undefined;
  }
}

/** What a start makes of a state. */
interface Loaded {
  readonly leases: ReadonlyMap<number, string>;
  readonly damaged: boolean;
}

async function load(state: CrashState, kind: string): Promise<Loaded> {
  const place = mkdtempSync(join(folder, "state-"));
  for (const [path, content] of state) writeFileSync(join(place, basename(path)), content);
  const path = join(place, "dhcpd.leases");
  const descriptors =
    kind === "descriptors" ? { leaseFd: openAsLauncher(path), leaseNewFd: openAsLauncher(`${path}.new`) } : {};
  const store = new JournalStore({ path, strict: false, ...descriptors });
  const table = makeTable(false, "10.0.0.254");
  const { damaged } = await store.open(table);
  await store.close();
  rmSync(place, { recursive: true });
  return { leases: contentOf(table), damaged };
}

function digestOf(state: CrashState): string {
  const hash = createHash("sha256");
  for (const [path, content] of [...state].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${basename(path)} ${content.length}\n`).update(content);
  }
  return hash.digest("base64");
}

it.each(["directory", "descriptors"])(
  `a journal (%s) loses no confirmed lease in any crash during ${OPERATIONS} changes with compactions`,
  async (kind) => {
    const place = mkdtempSync(join(folder, `${kind}-`));
    const trace = join(folder, `${kind}.trace`);
    writeFileSync(trace, "");
    const environment = [
      "env",
      `LD_PRELOAD=${join(folder, "failing-calls.so")}`,
      `FAILING_CALLS_NAME=${place}`,
      `FAILING_CALLS_TRACE=${trace}`,
    ];
    const program = new Program("traced-child", child.start([place, kind, String(OPERATIONS), "7"], environment));
    expect(await program.ended, program.output).toMatchObject({ code: 0 });

    const disk = new CrashDisk();
    const expected = new Expected();
    const loads = new Map<string, Loaded>();
    let [notesInode, compactions] = ["", 0];
    for (const call of readTrace(readFileSync(trace))) {
      const [name, first = "", second = ""] = call.words;
      if (name === "create" && basename(second) === "notes") {
        notesInode = first;
        continue;
      }
      if (name === "write" && first === notesInode) {
        // What the calls before it have left is judged by what they have confirmed.
        expected.take(Buffer.from(call.octets).toString("latin1").trimEnd());
      } else {
        disk.take(call);
        if (name === "rename" || (name === "truncate" && second === "0")) compactions += 1;
      }
      const killed = disk.present;
      for (const state of [killed, ...disk.afterPowerFailure()]) {
        const digest = digestOf(state);
        const loaded = loads.get(digest) ?? (await load(state, kind));
        loads.set(digest, loaded);
        expect(expected.judge(loaded.leases), `after ${call.words.join(" ")}`).toBeUndefined();
        if (state === killed) expect(loaded.damaged, `after ${call.words.join(" ")}`).toBe(false);
      }
    }
    expect(expected.confirmed.size).toBeGreaterThan(30);
    expect(compactions).toBeGreaterThan(OPERATIONS / 100);
    expect(loads.size).toBeGreaterThan(OPERATIONS);
  },
  TIMEOUT_MS,
);
