// What the daemon's flags mean where the launcher reads them as well (helper/arguments.c).

import { describe, expect, it } from "vitest";
import { parseArguments } from "../../../src/cli/args.ts";

describe("--observe", () => {
  it.each([[["--observe", "bpf"]], [["--observe=bpf"]]])("takes its value in either form: %s", (flags) => {
    const parsed = parseArguments([...flags, "lan0"]);
    expect(parsed).toMatchObject({ options: { observe: true, backend: "udp", interfaces: ["lan0"] } });
  });

  it.each([
    [["--observe"], "--observe takes bpf: packet sockets that look on"],
    [["--observe", "lan0"], "--observe takes bpf: packet sockets that look on"],
    [["--observe="], "--observe takes bpf: packet sockets that look on"],
    [["--observe=bpf", "--backend=bpf"], "--observe looks on while the udp backend serves: leave out --backend=bpf"],
  ])("refuses %j", (flags, error) => {
    expect(parseArguments(flags)).toEqual({ error });
  });

  it("is off by default", () => {
    expect(parseArguments([])).toMatchObject({ options: { observe: false } });
  });
});
