// What the daemon's flags mean where the launcher reads them as well (launcher/arguments.c).

import { describe, expect, it } from "vitest";
import { parseArguments } from "../../../src/cli/args.ts";

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
    ["--control", "/tmp/x.sock", { control: "/tmp/x.sock" }],
    ["--control-group", "monitoring", { controlGroup: "monitoring" }],
    ["--log", "text", { log: "text" }],
  ])("%s %s", (name, value, expected) => {
    for (const words of [[name, value], [`${name}=${value}`]])
      expect(parseArguments([...words, "lan0"])).toMatchObject({ options: { ...expected, interfaces: ["lan0"] } });
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
