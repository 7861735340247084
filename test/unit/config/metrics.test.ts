// Where metrics may be asked for.

import { describe, expect, it } from "vitest";
import type { FileReader } from "../../../src/config/language/include.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { configOf, headsOf } from "../../support/config-text.ts";

const SUBNET = "subnet 192.0.2.0 netmask 255.255.255.0 { }\n";

describe("metrics", () => {
  it("are at a loopback address and a port, or at the path of a socket, and nowhere by default", () => {
    expect(configOf(SUBNET).metrics).toBe(undefined);
    expect(configOf(`metrics 127.0.0.1:9567;\n${SUBNET}`).metrics).toBe("127.0.0.1:9567");
    expect(configOf(`METRICS # where\n "/run/a b.sock" ;\n${SUBNET}`).metrics).toBe("/run/a b.sock");
  });

  it.each([
    ["metrics 192.0.2.1:9567;", "192.0.2.1 can be reached from other hosts"],
    ["metrics off;", 'unexpected "off"'],
    ["metrics 127.0.0.1;", 'something is missing here, before ";"'],
    ["metrics 127.0.0.1:80;", "80 is out of range"],
    ["metrics 127.0.0.1:65536;", "65536 is out of range"],
    ['metrics "metrics.sock";', "this is no path of a socket"],
    [`metrics "/${"a".repeat(107)}";`, "this is no path of a socket"],
    ['metrics "/a\\\\b";', "this is no path of a socket"],
    ["metrics 127.0.0.1:9567; metrics 127.0.0.1:9568;", "there is a second metrics statement"],
  ])("are refused at %s", (statement, message) => {
    expect(headsOf(`${statement}\n${SUBNET}`).join("\n")).toContain(message);
  });

  it("stand in the main file, which is the one that the launcher reads", () => {
    const files: FileReader = () => ({ text: "metrics 127.0.0.1:9567;" });
    const { diagnostics } = loadConfig("dhcpd.conf", `include "more.conf";\n${SUBNET}`, { readFile: files });
    expect(diagnostics.map(({ file, message }) => `${file}: ${message}`)).toEqual([
      "more.conf: metrics stands in an included file",
    ]);
  });
});
