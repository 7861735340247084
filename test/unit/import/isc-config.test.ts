// ISC's dhcpd.conf: what is rewritten, what becomes a comment, and where that is said to be.

import { describe, expect, it } from "vitest";
import type { FileReader } from "../../../src/config/language/include.ts";
import { importIscConfig } from "../../../src/import/isc-config.ts";
import { formatNotice } from "../../../src/import/notice.ts";

const files: Readonly<Record<string, string>> = {
  "etc/part.conf": 'ping-timeout 2;\nfailover peer "x" { }\n',
  "etc/loop.conf": 'include "loop.conf";\n',
};
const readFile: FileReader = (path) => {
  const text = files[path];
  return text === undefined ? { problem: "there is no such file" } : { text };
};

/** What that server does where a file says nothing. */
const DEFAULTS = `# That server sends the options that clients ask for.
requested-options-only true;
# It gives no shorter leases by default.
min-lease-time 300;
`;

/** What comes of a text, without the head, and what is said. */
function importOf(text: string): { made: string; said: string[] } {
  const { text: made, notices } = importIscConfig("etc/dhcpd.conf", text, { readFile });
  return {
    made: made
      .replace(/^# Imported[^\n]*\n/, "")
      .replace(DEFAULTS, "")
      .replace(/^\n/, ""),
    said: notices.map((notice) => formatNotice(notice).trimEnd()),
  };
}

const SUBNET = "authoritative;\nsubnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10; }\n";

describe("importIscConfig", () => {
  it("leaves a good file as it is, comments and all", () => {
    const text = `# mine\n${SUBNET}\n# end\n`;
    expect(importOf(text)).toEqual({ made: text, said: [] });
  });

  it("says not authoritative for a file that does not say it, because the defaults differ", () => {
    expect(importOf("default-lease-time 600;\n").made).toContain("\nnot authoritative;\n");
    expect(importOf("group { authoritative; }\n").made).toContain("\nnot authoritative;\n");
    expect(importOf("not authoritative;\n").made).toBe("not authoritative;\n");
  });

  it("sends what clients ask for, and gives no lease for less than 300 s unless the file says so [C7] [C20]", () => {
    const made = (text: string): string => importIscConfig("etc/dhcpd.conf", text, { readFile }).text;
    expect(made(SUBNET)).toContain(DEFAULTS);
    const said = made(`min-lease-time 60;\n${SUBNET}`);
    expect(said).toContain("\nrequested-options-only true;\n");
    expect(said).not.toContain("300");
  });

  it("tells of a value behind an if that sets it too, which counts for all clients there [C20]", () => {
    const { made, said } = importOf(`${SUBNET}if option architecture = 7 { filename "uefi"; }\nfilename "bios";\n`);
    expect(made).toContain('filename "bios";');
    expect(said).toEqual([
      'etc/dhcpd.conf:4: changed: filename "bios";: filename stands behind an if that sets it too: for its clients the if counts (in ISC\'s dhcpd the last value would); expected: filename in front of the if, or in an else',
    ]);
  });

  it("rewrites what has another form here, and says so", () => {
    expect(importOf(`${SUBNET}max-lease-time -1;\nlocal-address 192.0.2.1;`)).toEqual({
      made: `${SUBNET}max-lease-time 4294967295;\nlisten on 192.0.2.1;\n`,
      said: [
        "etc/dhcpd.conf:3: changed: max-lease-time -1;: for ever is written so: max-lease-time 4294967295;",
        "etc/dhcpd.conf:4: changed: local-address 192.0.2.1;: the server listens on that address besides those of its interfaces: listen on 192.0.2.1;",
      ],
    });
  });

  it("comments out a statement inside a line and leaves its neighbours", () => {
    const { made } = importOf(`${SUBNET}group { ping-timeout 2; frotz 3; ping-check on; }`);
    expect(made.split("\n").slice(2)).toEqual([
      "group { ping-timeout 2; ",
      '# not carried over: there is no statement "frotz"; expected: a statement of dhcpd.conf(5)',
      "# frotz 3;",
      " ping-check on; }",
      "",
    ]);
  });

  it("comments out a statement of several lines, strings with line ends in them too", () => {
    const { made, said } = importOf(`${SUBNET}frotz\n  2\n;\noption frotz "a\nb; }";\nping-timeout 2;`);
    expect(made).toContain("# frotz\n#   2\n# ;\n");
    expect(made).toContain('# option frotz "a\n# b; }";\nping-timeout 2;\n');
    expect(said.map((line) => line.split(":")[1])).toEqual(["3", "6"]);
  });

  it("leaves what has no effect as it is, and says so [C2]", () => {
    const { made, said } = importOf(`ddns-update-style interim;\n${SUBNET}`);
    expect(made).toBe(`ddns-update-style interim;\n${SUBNET}`);
    expect(said).toEqual([expect.stringMatching(/^etc\/dhcpd.conf:1: without effect: ddns-update-style interim;: /)]);
  });

  it("does not open a pool to everybody whose condition is lost", () => {
    const { made } = importOf(
      `${SUBNET}subnet 10.0.0.0 netmask 255.0.0.0 { pool { allow members of "gone"; range 10.0.0.1; } }`,
    );
    expect(made).toContain('# allow members of "gone";\ndeny all clients;\n range 10.0.0.1;');
  });

  it("puts included files in place, and names their lines", () => {
    const { made, said } = importOf(`${SUBNET}include "part.conf"; ping-check on;\ninclude "none.conf";\nmin-secs 1;`);
    expect(made).toContain("# From here on etc/part.conf:\nping-timeout 2;\n");
    expect(made).toContain("# Up to here etc/part.conf.\n ping-check on;\n");
    expect(made).toContain('# include "none.conf";\n');
    expect(said.map((line) => line.replace(/(.*?:\d+): .*/, "$1"))).toEqual([
      "etc/dhcpd.conf:4",
      "etc/dhcpd.conf:5",
      "etc/part.conf:2",
    ]);
  });

  const BRANCHES = `if reverse(1, option host-name) = "abc" {
  option root-path "one";
} elsif known {
  option root-path "two";
} else {
  option root-path "three";
}
`;

  it("leaves no else behind whose if is lost, to join the if before it [C10]", () => {
    const { made, said } = importOf(`${SUBNET}if exists user-class { filename "first"; }\n${BRANCHES}ping-check on;`);
    expect(made).toContain('if exists user-class { filename "first"; }\n# not carried over: ');
    expect(made).toContain(`${BRANCHES.replace(/^(?=.)/gm, "# ")}ping-check on;\n`);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(
      /:4: not carried over: if reverse.*; the elsif and else behind it are left out with it; expected: /,
    );
  });

  it("keeps the branches in front of the one that is lost [C10]", () => {
    const { made } = importOf(
      `${SUBNET}if known { filename "a"; } elsif reverse(1, option host-name) = "b" { filename "b"; } else { filename "c"; }`,
    );
    expect(made).toContain('if known { filename "a"; } \n# not carried over: ');
    expect(made).toMatch(/^# elsif .* else { filename "c"; }$/m);
  });

  it.each(["#\n", "foo bar;", "// x\n", "/*", "}", "if known { ", "group { "])(
    "bears a long text of %j [B13]",
    (text) => {
      const { made, said } = importOf(text.repeat(20_000));
      expect(said.length > 0).toBe(text !== "#\n");
      // What comes out, all of it comments, is the text and the reasons.
      expect(made.length).toBeGreaterThan(text.trim().length * 20_000);
    },
  );

  it("ends with files that include themselves", () => {
    expect(importOf('include "loop.conf";').said).toEqual([
      'etc/loop.conf:1: not carried over: include "loop.conf": files include one another without an end',
    ]);
  });

  it("names every lost statement, however many there are", () => {
    const { said } = importOf(`authoritative;\n${"min-secs 1;\nlog-facility local7;\n".repeat(150)}`);
    expect(said.map((line) => Number(line.split(":")[1]))).toEqual(Array.from({ length: 300 }, (_, i) => i + 2));
  });

  it.each([
    ["the name that a client may send", "option fqdn.no-client-update on;\noption fqdn.rcode2 255;\n", "C3"],
    [
      "a space of codes of four octets",
      `option space v code width 4 length width 1;
option space acme;
option v.acme code 42623 = encapsulate acme;
option v.iana code 0 = string;
option o125 code 125 = encapsulate v;
`,
      "C8",
    ],
    [
      "code 0 of a space",
      `option space Z;
option Z.image code 0 = text;
option Z-enc code 43 = encapsulate Z;
option Z.image "a.tgz";
`,
      "C9",
    ],
    ["an empty subnet behind one of the same network", "subnet 192.0.2.0 netmask 255.255.255.0 { }\n", "C25"],
  ])("leaves %s as it is [C3, C8, C9, C25]", (_, statements) => {
    const { made, said } = importOf(`authoritative;\n${statements}${SUBNET}`);
    expect(made).toBe(`authoritative;\n${statements}${SUBNET}`);
    expect(said.filter((line) => !line.includes("without effect"))).toEqual([]);
  });

  it("comments out what it cannot read behind a whole statement, and leaves that one", () => {
    const pool = 'pool { allow members of "x"; range 192.0.2.10; }';
    const text = `authoritative;\nclass "x" { match if known; }\nsubnet 192.0.2.0 netmask 255.255.255.0 {\n${pool}\n}\n`;
    const { made, said } = importOf(text.replace('"; range', '";\n\xa1\x86]kW deny unknown-clients;\nrange'));
    expect(made).toContain('allow members of "x";\n#');
    expect(said).toEqual([expect.stringMatching(/^etc\/dhcpd\.conf:5: not carried over: .*something is missing here/)]);
  });

  it.each([
    "}",
    "subnet",
    'option host-name "',
    "// comment\nping-check on;",
    "/* comment\nover lines */ ping-check on;",
    "subnet 10.0.0.0 netmask 255.0.0.0 { range 10.0.0.1;",
    "host a { hardware ethernet 1 }",
    "else { }",
    "if known { } elsif frotz { } else { ping-check on; }",
    "shared-network x { subnet 10.0.0.0 netmask 255.0.0.0 { range 9.9.9.9; } pool { } }",
    `${"group { ".repeat(80)}${"}".repeat(80)}`,
    "min-secs 1;\n".repeat(250),
  ])("makes something that loads of %j", (text) => {
    const { made } = importOf(text);
    expect(importOf(made).said.filter((line) => !line.includes("without effect"))).toEqual([]);
  });
});
