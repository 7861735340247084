import { describe, expect, it } from "vitest";
import { type FileReader, INCLUDE_DEPTH_MAX, INCLUDES_MAX } from "../../../src/config/language/include.ts";
import { CONFIG_OCTETS_MAX } from "../../../src/config/language/source.ts";
import { formatDiagnostics, loadConfig, namesIn } from "../../../src/config/load.ts";
import { complaintsOf } from "../../support/config-text.ts";

const SUBNET = "subnet 10.0.0.0 netmask 255.255.255.0 { }\n";

function filesOf(files: Readonly<Record<string, string>>): FileReader {
  return (path) => {
    const text = files[path];
    return text === undefined ? { problem: "there is no such file" } : { text };
  };
}

function load(text: string, files: Readonly<Record<string, string>>, file = "/etc/dhcpd.conf") {
  return loadConfig(file, text, { readFile: filesOf(files) });
}

describe("include", () => {
  it("reads the statements of another file as if they stood there", () => {
    const { config, diagnostics } = load(
      `default-lease-time 60;
       subnet 10.0.0.0 netmask 255.255.255.0 { include "pool.conf"; default-lease-time 90; }
       include "hosts.conf";`,
      {
        "/etc/pool.conf": "range 10.0.0.10 10.0.0.20; max-lease-time 70;",
        "/etc/hosts.conf": "host a { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.5; } max-lease-time 1000;",
      },
    );
    expect(diagnostics.map((d) => d.message)).toEqual([
      "the default lease time (90 seconds) is above the maximum (70 seconds), which is what clients get",
    ]);
    expect(config?.pools[0]?.ranges).toHaveLength(1);
    expect(config?.subnets[0]?.scope).toMatchObject({ defaultLeaseSeconds: 90, maxLeaseSeconds: 70 });
    expect(config?.globalScope.maxLeaseSeconds).toBe(1000);
    expect(config?.hosts[0]?.at).toEqual({ file: "/etc/hosts.conf", line: 1, column: 1 });
  });

  it.each([
    ["/etc/dhcpd.conf", "b.conf", "/etc/b.conf"],
    ["/etc/dhcpd.conf", "./b.conf", "/etc/b.conf"],
    ["/etc/dhcpd.conf", ".//./b.conf", "/etc/b.conf"],
    ["/etc/dhcpd.conf", "d/b.conf", "/etc/d/b.conf"],
    ["/etc/dhcpd.conf", "../b.conf", "/etc/../b.conf"],
    ["/etc/dhcpd.conf", "/b.conf", "/b.conf"],
    ["dhcpd.conf", "b.conf", "b.conf"],
    ["/dhcpd.conf", "b.conf", "/b.conf"],
  ])("in %s finds %s at %s", (file, name, path) => {
    expect(load(`include "${name}";`, { [path]: SUBNET }, file).config?.subnets).toHaveLength(1);
  });

  it("takes names relative to the file that they stand in", () => {
    const files = { "/etc/d/a.conf": 'include "b.conf";', "/etc/d/b.conf": SUBNET };
    expect(load('include "d/a.conf";', files).config?.subnets).toHaveLength(1);
  });

  it("lets one file be included in several places", () => {
    const { config, diagnostics } = load(
      `subnet 10.0.0.0 netmask 255.255.255.0 { include "x"; }
       subnet 10.0.1.0 netmask 255.255.255.0 { include "x"; }`,
      { "/etc/x": "default-lease-time 77;" },
    );
    expect(diagnostics).toEqual([]);
    expect(config?.subnets.map((s) => s.scope.defaultLeaseSeconds)).toEqual([77, 77]);
  });

  it("asks for the host names of all files", () => {
    const readFile = filesOf({ a: "next-server boot.example;" });
    expect(namesIn("f", 'include "a"; server-identifier self.example;', readFile)).toEqual([
      "boot.example",
      "self.example",
    ]);
  });

  it("tells errors in the order of reading, each with its file and the way to it", () => {
    const text = `frob 1;
subnet 10.0.0.0 netmask 255.255.255.0 {
  include "a.conf";
}
frob 2;
`;
    const files = { "a.conf": `# first\n  include "b.conf"; frob 3;\n`, "b.conf": "range 10.0.0.1 10.0.1.1;\n" };
    expect(complaintsOf(text, filesOf(files))).toBe(`dhcpd.conf:1:1: error: there is no statement "frob"
frob 1;
^
  expected: a statement of dhcpd.conf(5)
b.conf:1:7: error: 10.0.1.1 is not in the subnet of this range
range 10.0.0.1 10.0.1.1;
      ^
  expected: addresses from 10.0.0.1 to 10.0.0.254
  included at a.conf:2:3
  included at dhcpd.conf:3:3
dhcpd.conf:2:1: note: the subnet is 10.0.0.0/24
subnet 10.0.0.0 netmask 255.255.255.0 {
^
a.conf:2:21: error: there is no statement "frob"
  include "b.conf"; frob 3;
                    ^
  expected: a statement of dhcpd.conf(5)
  included at dhcpd.conf:3:3
dhcpd.conf:5:1: error: there is no statement "frob"
frob 2;
^
  expected: a statement of dhcpd.conf(5)
`);
  });

  it("counts columns and lines of strings and comments in the included file", () => {
    const said = complaintsOf(`include "a";\n${SUBNET}`, filesOf({ a: 'filename "x\n";\n  filename "\\q";// no\n' }));
    expect(said.split("\n").filter((line) => line.startsWith("a:"))).toEqual([
      "a:3:3: warning: filename is set twice in this block: the last one counts",
      "a:1:1: note: set before here",
      "a:3:13: warning: the backslash has no effect in front of q",
      "a:3:17: error: // is not a comment here",
    ]);
  });

  it("wants whole blocks in each file", () => {
    expect(complaintsOf(`include "a";\n${SUBNET}}\n`, filesOf({ a: "}\nshared-network x {\n" }))).toBe(
      `a:1:1: error: this } closes nothing
}
^
  expected: a { for every }, in the same file
  included at dhcpd.conf:1:1
a:2:1: error: the shared network x has no subnets
shared-network x {
^
  expected: at least one subnet in it
  included at dhcpd.conf:1:1
a:2:18: error: the block that opens here is not closed: its } is missing
shared-network x {
                 ^
  expected: } before the file ends
  included at dhcpd.conf:1:1
a:2:18: note: the file ends here
shared-network x {
                 ^
dhcpd.conf:3:1: error: this } closes nothing
}
^
  expected: a { for every }, in the same file
`,
    );
  });

  it("says of a block where it may not stand, whatever file it is in", () => {
    const said = complaintsOf('subnet 10.0.0.0 netmask 255.255.255.0 {\n  include "a";\n}\n', filesOf({ a: SUBNET }));
    expect(said).toContain("a:1:1: error: subnet is not allowed in a subnet");
  });

  it("takes no other file's subnets as missing when one cannot be read", () => {
    const { diagnostics } = load('include "a"; host h { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.5; }', {});
    expect(diagnostics.map((d) => `${d.column} ${d.message}`)).toEqual([
      "9 /etc/a cannot be included: there is no such file",
    ]);
  });

  it("refuses a file that includes itself, directly or by another", () => {
    const said = complaintsOf(`${SUBNET}include "a";\n`, filesOf({ a: 'include "b";\n', b: '\n include "./a";\n' }));
    expect(said).toBe(`b:2:10: error: a includes itself
 include "./a";
         ^
  expected: files that do not include one another
  included at a:1:1
  included at dhcpd.conf:2:1
a:1:1: note: on the way here it is left by this include
include "b";
^
`);
    expect(complaintsOf(`${SUBNET}include "dhcpd.conf";\n`)).toContain("2:9: error: dhcpd.conf includes itself");
  });

  it("bounds how deep and how often files are included", () => {
    const chain: FileReader = (path) => ({
      text: path === `${INCLUDE_DEPTH_MAX}` ? SUBNET : `include "${+path + 1}";`,
    });
    expect(complaintsOf('include "1";', chain)).toBe("");
    expect(complaintsOf('include "0";', chain)).toContain(`error: files are included in one another too deeply`);
    const twice: FileReader = (path) => ({ text: `include "${+path + 1}"; include "${+path + 1}";` });
    const heads = complaintsOf('include "1";', twice);
    expect(heads).toContain(`expected: at most ${INCLUDE_DEPTH_MAX} files in one another`);
    const many = complaintsOf(SUBNET + 'include "a";'.repeat(INCLUDES_MAX + 1), filesOf({ a: "" }));
    expect(many).toContain(`2:${12 * INCLUDES_MAX + 9}: error: too many files are included`);
    expect(many).toContain(`expected: at most ${INCLUDES_MAX} include statements in all`);
  });

  it("bounds the octets of all files together", () => {
    const half = "#".repeat(CONFIG_OCTETS_MAX / 2);
    const result = loadConfig("f", 'include "a"; include "b";', { readFile: filesOf({ a: half, b: half }) });
    expect(result.diagnostics[0]?.message).toBe("with b the configuration is too long");
    expect(formatDiagnostics(result.diagnostics, result.source)).toContain("1:22: error");
  });
});
