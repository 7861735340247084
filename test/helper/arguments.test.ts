// The command line is read twice, by the launcher (launcher/arguments.c) and by the daemon (src/cli/args.ts):
// what one takes for a value the other must not take for a flag or an interface.

import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseArguments } from "../../src/cli/args.ts";
import { LAUNCHER } from "./stand-in.ts";

function asLauncher(argv: readonly string[]): Record<string, string> {
  const env = { ...process.env, ANYDHCPD_CONTROL: undefined };
  const text = execFileSync(LAUNCHER, ["arguments", ...argv], { encoding: "utf8", env });
  return Object.fromEntries([...text.matchAll(/^(\w+) (.*)$/gm)].map(([, name = "", value = ""]) => [name, value]));
}

function asDaemon(argv: readonly string[]): Record<string, string> {
  const parsed = parseArguments(argv);
  if ("error" in parsed || parsed.options.help || parsed.options.version || parsed.options.checkOnly)
    return { serve: "0" };
  const { configFile, leaseFile, control = "", controlGroup = "", backend, observe } = parsed.options;
  const flags = { packets: backend === "bpf" ? "1" : "0", observe: observe ? "1" : "0" };
  return { serve: "1", configFile, leaseFile, control, controlGroup, ...flags };
}

const WORDS = [
  ...["--backend", "--observe", "--log", "--control", "--control-group", "--strict", "--help", "--version", "--"],
  ...["--backend=bpf", "--backend=udp", "--backend=", "--observe=bpf", "--observe=udp", "--log=text", "--log=xml"],
  ...["--control=/run/x", "--control=", "--control-group=adm", "--strict=yes", "--help=", "--contro=x", "--x"],
  ...["bpf", "udp", "text", "json", "/run/y", "lan0", "192.0.2.53", "192.0.2", "01.2.3.4", "", "-"],
  ...["-u", "-u192.0.2.53", "-u0.0.0.0", "-u192.0.2", "-du", "-n", "-h", "-v", "-dfv", "-z", "-A"],
  ...["-c", "-l", "-c/etc/x", "-vl/var/x", "-vc"],
];

it("reads every command line as the daemon does [U16]", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...WORDS), { maxLength: 5 }), (argv) => {
      const daemon = asDaemon(argv);
      const launcher = asLauncher(argv);
      expect(launcher).toMatchObject(daemon);
      expect(Object.keys(launcher)).toHaveLength(7);
    }),
    { numRuns: 600 },
  );
});

it.each([
  [["--backend", "bpf", "lan0"], { packets: "1" }],
  [["--observe", "bpf", "lan0"], { observe: "1" }],
  [["--control", "/run/x", "lan0"], { control: "/run/x" }],
  [["--control-group=adm"], { controlGroup: "adm" }],
  [["-u", "192.0.2.53"], { serve: "0" }],
  [["--version"], { serve: "0" }],
])("%j", (argv, expected) => {
  expect(asLauncher(argv)).toMatchObject({ serve: "1", ...expected });
});
