// What the daemon's flags mean, from the words to the options (launcher/arguments.c, src/cli/launch.ts).

import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type CommandLine, CommandLineReader } from "../../support/command-line.ts";

const reader = new CommandLineReader();
afterAll(() => reader.dispose());

const parseArguments = (args: readonly string[]): CommandLine => reader.read(args);

describe("--observe", () => {
  it.each([[["--observe", "bpf"]], [["--observe=bpf"]]])("takes its value in either form: %s", (flags) => {
    const parsed = parseArguments([...flags, "lan0"]);
    expect(parsed).toMatchObject({ options: { observe: true, backend: "udp", interfaces: ["lan0"] } });
  });

  it.each([
    [["--observe"], "--observe takes bpf: packet sockets that watch the wire"],
    [["--observe", "lan0"], "--observe takes bpf: packet sockets that watch the wire"],
    [["--observe="], "--observe takes bpf: packet sockets that watch the wire"],
    [
      ["--observe=bpf", "--backend=bpf"],
      "--observe watches the wire while the udp backend serves: leave out --backend=bpf",
    ],
  ])("refuses %j", (flags, error) => {
    expect(parseArguments(flags)).toEqual({ error });
  });

  it("is off by default", () => {
    expect(parseArguments([])).toMatchObject({ options: { observe: false } });
  });
});

describe("options with a value [U16]", () => {
  it.each([
    ["--backend", "bpf", { backend: "bpf" }],
    ["--log", "text", { log: "text" }],
  ])("%s %s", (name, value, expected) => {
    for (const words of [[name, value], [`${name}=${value}`]])
      expect(parseArguments([...words, "lan0"])).toMatchObject({ options: { ...expected, interfaces: ["lan0"] } });
  });

  it.each([
    ["--control", "/tmp/x.sock", { control: "/tmp/x.sock" }],
    ["--control-group", "monitoring", { controlGroup: "monitoring" }],
    ["--backend", "bpf", { sockets: "packets" }],
    ["--observe", "bpf", { sockets: "observe" }],
    ["--log", "json", { sockets: "sockets" }],
  ])("%s %s, for the launcher", (name, value, expected) => {
    for (const words of [[name, value], [`${name}=${value}`]])
      expect(parseArguments([...words, "lan0"])).toMatchObject({ launcher: { ...expected, serves: true } });
  });

  it.each([
    [["--backend"], '--backend takes udp or bpf, not ""'],
    [["--backend=raw"], '--backend takes udp or bpf, not "raw"'],
    [["--log", "xml"], '--log takes text or json, not "xml"'],
    [["--control"], "--control needs the name of a socket"],
    [["--control-group="], "--control-group needs the name of a group"],
    [["--strict=yes"], "--strict takes no value"],
  ])("refuses %j", (flags, error) => {
    expect(parseArguments(flags)).toEqual({ error });
  });
});

describe("an address where an interface is expected [U16]", () => {
  it.each([[["-u", "192.0.2.53"]], [["192.0.2.53"]], [["lan0", "--", "192.0.2.53"]]])("%j", (argv) => {
    expect(parseArguments(argv)).toEqual({
      error: "192.0.2.53 is an address where an interface is expected: to listen on it write -u192.0.2.53",
    });
  });
});

it("asks for nothing else after --help and --version [U16]", () => {
  expect(parseArguments(["--help", "--nonsense"])).toMatchObject({ options: { help: true } });
  expect(parseArguments(["--version", "-Z"])).toMatchObject({ options: { version: true } });
});

describe("flags of one letter", () => {
  it.each<[readonly string[], object]>([
    [["-vl/var/x", "lan0"], { verbose: true, leaseFile: "/var/x", interfaces: ["lan0"] }],
    [["-vc", "/n"], { verbose: true, configFile: "/n" }],
    [["-c-n"], { configFile: "-n", checkOnly: false }],
    [["-dfnv"], { checkOnly: true, verbose: true }],
    [["-u"], { wildcard: true, addresses: [] }],
    [["-u0.0.0.0"], { wildcard: true, addresses: [] }],
    [["-u192.0.2.1", "-u192.0.2.1"], { wildcard: false, addresses: [0xc0000201] }],
    [["--", "-n", "two words", "a\\nb\nc", ""], { checkOnly: false, interfaces: ["-n", "two words", "a\\nb\nc", ""] }],
    [["-"], { interfaces: ["-"] }],
    [
      [],
      { configFile: "/etc/dhcpd.conf", leaseFile: "/var/lib/anydhcpd/dhcpd.leases", backend: "udp", log: undefined },
    ],
  ])("%j", (argv, expected) => {
    expect(parseArguments(argv)).toMatchObject({ options: expected });
  });

  it.each([
    [["-c"], "-c needs a file name"],
    [
      ["-A", "table"],
      "-A is for tables of pf, which Linux does not have: leave it out, and write into the configuration: firewall-set nft FAMILY TABLE SET { addresses abandoned; }",
    ],
    [["-dy"], "dhcpd's synchronisation is not supported: leave out -y"],
    [["-z"], "unknown option -z"],
    [["--x=1"], "unknown option --x"],
    [["-un"], '-u takes an IPv4 address, glued to it: cannot read "n"'],
    [["-u", "-u192.0.2.1"], "-u without an address listens on every address: leave out the others"],
  ])("refuses %j", (argv, error) => {
    expect(parseArguments(argv)).toEqual({ error });
  });
});

it("makes something of every command line, or says in a sentence why not", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "--backend",
      "--observe=bpf",
      "--log=",
      "--",
      "-c",
      "-u",
      "-dfv",
      "-n",
      "--help",
      "192.0.2.1",
      "bpf",
    ),
    fc.string({ unit: "grapheme", maxLength: 8 }).filter((text) => !text.includes("\0")),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 5 }), (argv) => {
      const read = parseArguments(argv);
      if ("error" in read) expect(read.error).toMatch(/./);
      else expect(read.launcher.serves).toBe(!(read.options.checkOnly || read.options.help || read.options.version));
    }),
    { numRuns: 200 },
  );
});
