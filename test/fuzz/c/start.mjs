// `npm run fuzz:c`: the helper's reader of requests and its checks, that of the event script's process, and what the addon reads of the kernel, under the address
// and the undefined-behaviour sanitizer. By clang's libFuzzer where there is a clang; its runtime is taken from Debian's
// packages where it is not installed. Else by gcc and driver.c, which mutates without a look at the coverage.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";

const USAGE = `usage: npm run fuzz:c -- [--target helper|firewall|addon|script] [--runs COUNT] [--seed SEED] [--engine libfuzzer|gcc]

  --target  all if not given
  --runs    inputs of each, 1000000 if not given
  --seed    another row of inputs, 1 if not given
  --engine  libfuzzer if it can be had, else gcc
The exit status is 0 if nothing was wrong. An input that breaks something is put in .cache/fuzz-c.
`;
const ROOT = resolve(import.meta.dirname, "../../..");
const CACHE = join(ROOT, ".cache/fuzz-c");
const DEBIAN = join(ROOT, ".cache/debian");
const SANITIZERS = ["-g", "-O2", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all"];
/** System calls of the helper's files, played by test/fuzz/c/helper.c. */
const PLAYED = ["recvmsg", "sendmsg", "socket", "bind", "setsockopt", "getsockname", "close", "clock_gettime"];
/** The helper's own files that are fuzzed; main.c is part of test/fuzz/c/helper.c. */
const HELPER_FILES = [
  "check",
  "frames",
  "interface_snapshot",
  "live_entries",
  "neighbours",
  "netlink",
  "rate",
  "sockets",
];
/** The same of the firewall process. */
const FIREWALL_FILES = ["check", "elements", "nftables", "sets"];
const ADDON_FILES = ["cmsg_linux", "echo_message", "netlink_messages"];

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: 64 << 20,
    ...options,
  });
  return { isRight: status === 0, text: `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}` };
}

/** Ends with what a tool said. */
function must(command, args) {
  const { isRight, text } = run(command, args);
  if (isRight) return;
  process.stderr.write(`${command} ${args.join(" ")}\n${text}`);
  process.exit(1);
}

/** Options by which clang finds its libFuzzer; undefined if there is no clang, or no libFuzzer for it. */
function clangOptions() {
  const { isRight, text } = run("clang", ["-print-resource-dir"]);
  if (!isRight) return undefined;
  const resources = text.trim();
  const has = (folder) =>
    existsSync(join(folder, "lib/linux")) &&
    readdirSync(join(folder, "lib/linux")).some((name) => name.startsWith("libclang_rt.fuzzer"));
  if (has(resources)) return [];
  const [, version] = /version (\d+)/.exec(run("clang", ["--version"]).text) ?? [];
  const name = `libclang-rt-${version ?? ""}-dev`;
  run("sh", [join(ROOT, "test/support/debian-unpack.sh"), name, DEBIAN], { timeout: 90_000 });
  const unpacked = join(DEBIAN, name, resources);
  if (!has(unpacked)) return undefined;
  // clang takes its headers and its runtime from one folder.
  const both = join(CACHE, "clang");
  rmSync(both, { recursive: true, force: true });
  mkdirSync(both, { recursive: true });
  symlinkSync(join(resources, "include"), join(both, "include"));
  for (const part of ["lib", "share"])
    if (existsSync(join(unpacked, part))) symlinkSync(join(unpacked, part), join(both, part));
  return ["-resource-dir", both];
}

/** Compilers and options of an engine. */
function engineOf(wanted) {
  const clang = wanted === "gcc" ? undefined : clangOptions();
  if (clang !== undefined) {
    const flags = [...clang, ...SANITIZERS];
    return {
      name: "libFuzzer",
      cc: "clang",
      cxx: "clang++",
      flags: [...flags, "-fsanitize=address,undefined,fuzzer-no-link"],
      link: [...flags, "-fsanitize=address,undefined,fuzzer"],
    };
  }
  if (wanted === "libfuzzer") {
    console.error("fuzz:c: there is no clang with libFuzzer (Debian: apt-get install clang libclang-rt-dev)");
    process.exit(1);
  }
  const flags = [...SANITIZERS, "-fsanitize=address,undefined"];
  return { name: "gcc without coverage", cc: "gcc", cxx: "g++", flags, link: flags };
}

/** A process in C: its own files, what it shares with others, and the harness with its main.c. */
function buildProcess(engine, folder, target, names) {
  const c = [...engine.flags, "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"];
  const played = PLAYED.map((name) => `-D${name}=fuzz_${name}`);
  const files = [
    ...names.map((name) => `${target}/${name}.c`),
    "c/netlink_socket.c",
    "c/requests.c",
    "c/stop_signals.c",
  ];
  const objects = files.map((file) => {
    const object = join(folder, `${basename(file)}.o`);
    must(engine.cc, [...c, ...played, "-c", join(ROOT, file), "-o", object]);
    return object;
  });
  const harness = join(folder, "harness.o");
  must(engine.cc, [
    ...c,
    ...played,
    `-Dmain=${target}_main`,
    "-c",
    join(ROOT, `test/fuzz/c/${target}.c`),
    "-o",
    harness,
  ]);
  return [harness, ...objects];
}

function buildAddon(engine, folder) {
  const cxx = [...engine.flags, "-std=c++20", "-Wall", "-Wextra", "-Werror"];
  return [...ADDON_FILES.map((name) => join(ROOT, `native/${name}.cc`)), join(ROOT, "test/fuzz/c/addon.cc")].map(
    (file) => {
      const object = join(folder, `${basename(file)}.o`);
      must(engine.cxx, [...cxx, "-c", file, "-o", object]);
      return object;
    },
  );
}

function buildScript(engine, folder) {
  const c = [...engine.flags, "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"];
  return ["script/request.c", "test/fuzz/c/script.c"].map((file) => {
    const object = join(folder, `${basename(file)}.${file.length}.o`);
    must(engine.cc, [...c, "-c", join(ROOT, file), "-o", object]);
    return object;
  });
}

const BUILDERS = {
  helper: (engine, folder) => buildProcess(engine, folder, "helper", HELPER_FILES),
  firewall: (engine, folder) => buildProcess(engine, folder, "firewall", FIREWALL_FILES),
  addon: buildAddon,
  script: buildScript,
};

function build(target, engine, folder) {
  const objects = BUILDERS[target](engine, folder);
  if (engine.name !== "libFuzzer") {
    const driver = join(folder, "driver.o");
    must(engine.cc, [
      ...engine.flags,
      "-std=c11",
      "-D_GNU_SOURCE",
      "-c",
      join(ROOT, "test/fuzz/c/driver.c"),
      "-o",
      driver,
    ]);
    objects.push(driver);
  }
  const program = join(folder, target);
  must(engine.cxx, [...engine.link, ...objects, "-o", program]);
  return program;
}

/** Numbers in the machine's own order, as the helper's messages have them. */
function words(...numbers) {
  return Buffer.from(Uint32Array.from(numbers).buffer);
}

function piece(kind, octets) {
  return Buffer.concat([Buffer.of(kind, octets.length & 255, octets.length >>> 8), octets]);
}

const CLIENT = [0x0a00_0007, 0x0200, 0x0000_0007];

function header(verb, count) {
  return Buffer.concat([Buffer.of(3, verb, count & 255, count >>> 8), words(1)]);
}

function frame() {
  const payload = Buffer.alloc(300);
  payload.set([2, 1, 6], 0);
  payload.set([10, 0, 0, 7], 16);
  payload.set([2, 0, 0, 0, 0, 7], 28);
  return Buffer.concat([header(5, payload.length), words(2, 0x0a00_0001, ...CLIENT), payload]);
}

function helperSeeds() {
  const [REQUEST, ANSWER, CHANGE, TIME] = [0, 1, 2, 3];
  const set = Buffer.concat([header(3, 2), words(2, ...CLIENT), words(2, CLIENT[0] + 1, 0x0200, 8)]);
  const listen = (kind, address, ifindex) =>
    Buffer.concat([header(2, 0), Buffer.of(kind, 0, 0, 0), words(address, kind === 4 ? 0 : 65_536, ifindex)]);
  const link = Buffer.concat([
    words(32 + 12),
    Buffer.of(16, 0, 0, 0),
    words(0, 0),
    Buffer.of(0, 0, 1, 0),
    words(2, 1, 0),
    Buffer.of(10, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 0),
  ]);
  const done = Buffer.concat([words(20), Buffer.of(3, 0, 0, 0), words(0, 0, 0)]);
  return [
    [Buffer.of(0), piece(REQUEST, set), piece(REQUEST, Buffer.concat([header(4, 1), words(2, ...CLIENT)]))],
    [Buffer.of(1), ...[1, 2, 4].map((kind) => piece(REQUEST, listen(kind, 0, 0))), piece(REQUEST, listen(3, 0, 2))],
    [
      Buffer.of(2),
      piece(REQUEST, frame()),
      piece(CHANGE, Buffer.of(128)),
      piece(REQUEST, set),
      piece(REQUEST, listen(5, 0, 2)),
    ],
    [
      Buffer.of(0),
      piece(CHANGE, Buffer.of(1)),
      piece(REQUEST, set),
      piece(TIME, Buffer.of(200, 9)),
      piece(REQUEST, set),
    ],
    [Buffer.of(0), piece(ANSWER, Buffer.concat([link, done])), piece(REQUEST, set)],
    // The last message ends without padding.
    [Buffer.of(0), piece(ANSWER, Buffer.concat([words(42), link.subarray(4, 42)])), piece(REQUEST, set)],
  ].map((parts) => Buffer.concat(parts));
}

function firewallSeeds() {
  const [REQUEST, ANSWER, LISTED] = [0, 1, 2];
  const request = (verb, count, ...rest) =>
    Buffer.concat([Buffer.of(1, verb, count & 255, count >>> 8), words(1), ...rest]);
  const element = (action, set) => Buffer.concat([Buffer.of(action, set, 0, 2), words(7, 0x0a00_0007, 60)]);
  const change = piece(REQUEST, request(3, 3, element(1, 0), element(2, 0), element(1, 1)));
  const attribute = (type, data) =>
    Buffer.concat([Buffer.of(4 + data.length, 0, type, 0), data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
  const number = (value) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
  const message = (type, ...attributes) => {
    const body = Buffer.concat(attributes);
    return Buffer.concat([words(20 + body.length), Buffer.of(type, 10, 0, 0), words(1, 0, 0), body]);
  };
  const error = (sequence, code) =>
    Buffer.concat([words(36), Buffer.of(2, 0, 0, 0), words(sequence, 0, -code, 20), Buffer.alloc(16)]);
  const set = message(9, attribute(4, number(7)), attribute(5, number(4)), attribute(3, number(16)));
  const key = attribute(1, attribute(1, Buffer.of(10, 0, 0, 7)));
  const list = message(12, attribute(3, attribute(1, Buffer.concat([key, attribute(5, Buffer.alloc(8, 1))]))));
  const done = Buffer.concat([words(20), Buffer.of(3, 0, 0, 0), words(1, 0, 0)]);
  return [
    [Buffer.of(1), change],
    [Buffer.of(2), change, piece(ANSWER, error(1, 2)), change, piece(ANSWER, error(2, 23)), change],
    [Buffer.of(3), piece(ANSWER, set), piece(REQUEST, request(2, 0, words(0)))],
    [
      Buffer.of(3),
      piece(ANSWER, set),
      piece(REQUEST, request(4, 0, words(0))),
      piece(LISTED, list),
      piece(LISTED, done),
    ],
  ].map((parts) => Buffer.concat(parts));
}

function addonSeeds() {
  const control = (level, type, data) =>
    Buffer.concat([words(16 + data.length, 0, level, type), data, Buffer.alloc((8 - (data.length % 8)) % 8)]);
  const pktinfo = control(0, 8, words(2, 0, 0x0100_000a));
  const lost = control(1, 40, words(7));
  const auxiliary = control(263, 8, words(1, 60, 60, 0, 0));
  const reply = Buffer.from("00006f5c12340007", "hex").fill(0x90, 2, 3);
  const ip = Buffer.from("4500001c00000000400100000a0000070a000001", "hex");
  const attribute = (type, data) =>
    Buffer.concat([Buffer.of(4 + data.length, 0, type, 0), data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
  const message = (type, body) => Buffer.concat([words(16 + body.length), Buffer.of(type, 0, 0, 0), words(1, 0), body]);
  const link = message(
    16,
    Buffer.concat([
      Buffer.of(0, 0, 1, 0),
      words(2, 1, 0),
      attribute(3, Buffer.from("eth0\0")),
      attribute(4, words(1500)),
      attribute(1, Buffer.alloc(6, 2)),
      attribute(18, attribute(1, Buffer.from("veth\0"))),
    ]),
  );
  const address = message(
    20,
    Buffer.concat([Buffer.of(2, 24, 0, 0), words(2), attribute(2, words(7)), attribute(8, words(1))]),
  );
  const neighbour = message(
    28,
    Buffer.concat([Buffer.of(2, 0, 0, 0), words(2), Buffer.of(2, 0, 0, 0), attribute(1, words(9))]),
  );
  return [
    [Buffer.of(0), pktinfo, lost],
    [Buffer.of(1), auxiliary, lost],
    [Buffer.of(2), ip, reply],
    [Buffer.of(3), reply],
    [Buffer.of(4), link, address, neighbour],
    [Buffer.of(5), words(0x0a00_0001, 2, 0x1234, 7)],
  ].map((parts) => Buffer.concat(parts));
}

function scriptSeeds() {
  const call = ["add", "02:00:00:00:00:0a", "10.0.0.5", "laptop", "DNSMASQ_USER_CLASS12=x", "DNSMASQ_TAGS=lan0 known"];
  const ended = ["del", "06-02:00", "10.0.0.5", "", "ANYDHCPD_EVENT=expired", "DNSMASQ_LEASE_EXPIRES=0"];
  return [call, ended].map((strings) => Buffer.from(`${strings.join("\0")}\0`));
}

const SEEDS = { helper: helperSeeds, firewall: firewallSeeds, addon: addonSeeds, script: scriptSeeds };

function fuzz(target, engine, { runs, seed }) {
  const folder = mkdtempSync(join(CACHE, `${target}-`));
  const inputs = join(folder, "inputs");
  mkdirSync(inputs);
  for (const [i, octets] of SEEDS[target]().entries()) writeFileSync(join(inputs, `seed-${i}`), octets);
  const program = build(target, engine, folder);
  const startedAt = performance.now();
  const args = [
    `-runs=${runs}`,
    `-seed=${seed}`,
    "-max_len=4096",
    "-timeout=10",
    `-artifact_prefix=${CACHE}/`,
    "-print_final_stats=1",
    inputs,
  ];
  const env = { ...process.env, ASAN_OPTIONS: "detect_leaks=1:abort_on_error=1", UBSAN_OPTIONS: "print_stacktrace=1" };
  const { isRight, text } = run(program, args, { env });
  const took = (performance.now() - startedAt) / 1000;
  rmSync(folder, { recursive: true, force: true });
  if (!isRight) process.stderr.write(text.slice(-8000));
  const covered = /cov: (\d+) ft: (\d+)(?![\s\S]*cov:)/.exec(text);
  const reach = covered === null ? "" : `, ${covered[1]} branches`;
  console.log(
    `${target}: ${isRight ? `${runs} inputs` : "FAILED"} by ${engine.name} in ${took.toFixed(1)} s (${Math.round(runs / took)} a second)${reach}`,
  );
  return isRight;
}

const { values } = parseArgs({
  options: {
    target: { type: "string" },
    runs: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    engine: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(USAGE);
} else {
  mkdirSync(CACHE, { recursive: true });
  const engine = engineOf(values.engine);
  const targets = Object.keys(SEEDS).filter((name) => values.target === undefined || values.target === name);
  const results = targets.map((target) =>
    fuzz(target, engine, { runs: Number(values.runs), seed: Number(values.seed) }),
  );
  process.exitCode = results.length > 0 && results.every(Boolean) ? 0 : 1;
}
