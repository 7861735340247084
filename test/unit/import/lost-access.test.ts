// What the import makes of pools whose classes cannot be carried over: it must let nobody in who was kept out.

import { describe, expect, it } from "vitest";
import { importIscConfig } from "../../../src/import/isc-config.ts";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";
import { octets } from "../../support/kea-import.ts";

const UNREADABLE = 'match if reverse(1, option host-name) = "abc";';
const CLASSES = `class "X" { ${UNREADABLE} }\nclass "Y" { match if option host-name = "y"; }\n`;

function imported(text: string): { text: string; said: string[] } {
  const { text: made, notices } = importIscConfig("dhcpd.conf", text, { readFile: () => ({ problem: "no" }) });
  return { text: made, said: notices.map(({ line, subject, reason }) => `${line}: ${subject}: ${reason}`) };
}

/** A pool of one address behind classes, both imported. */
function pool(permits: string, classes = CLASSES): { said: string[]; gives: (hostName: string) => string } {
  const { text, said } = imported(
    `${classes}subnet 192.0.2.0 netmask 255.255.255.0 {\n pool { ${permits} range 192.0.2.10 192.0.2.19; } }\n`,
  );
  const gives = (hostName: string): string => {
    const world = new EngineWorld(`ping-check off;\n${text}`, [testInterface(2, "lan0", "192.0.2.1")]);
    const { hasReply, yiaddr } = world.send({
      type: 1,
      chaddr: "02:00:00:00:00:0a",
      options: [[12, octets(hostName)]],
    });
    return hasReply ? yiaddr : "nothing";
  };
  return { said: said.filter((line) => !/^\d+: match/.test(line)), gives };
}

describe("a pool whose class has lost its condition", () => {
  it.each(["deny", "allow"])("is closed and named where it says %s members of it [C27]", (verb) => {
    const { said, gives } = pool(`${verb} members of "X";`);
    expect(said).toEqual([
      `4: ${verb} members of "X";: the class X has lost its match; nobody gets an address of the pool 192.0.2.10 to 192.0.2.19`,
    ]);
    expect(gives("ABC")).toBe("nothing");
  });

  it("stays open for the other classes that it allows [C27]", () => {
    const { said, gives } = pool('allow members of "X"; allow members of "Y";');
    expect(said).toEqual([
      '4: allow members of "X";: the class X has lost its match; addresses of the pool 192.0.2.10 to 192.0.2.19 are for the other clients that it allows',
    ]);
    expect([gives("ABC"), gives("y")]).toEqual(["nothing", expect.stringMatching(/^192\.0\.2\.1\d$/)]);
  });

  it("is closed where all the classes that it allows are lost, in one round or in several [C27]", () => {
    const { said, gives } = pool('allow members of "X"; allow members of "none"; allow members of "neither";');
    expect(said).toHaveLength(3);
    expect(said.filter((line) => line.includes("nobody gets an address"))).not.toEqual([]);
    expect(gives("other")).toBe("nothing");
  });

  it("is closed where spawn or another match would make more members than there were [C27]", () => {
    const classes = `class "X" { ${UNREADABLE} spawn with option host-name; }\n\n`;
    expect(pool('allow members of "X";', classes).gives("other")).toBe("nothing");
  });

  it("is left alone where the match is kept and only spawn is lost", () => {
    const classes = 'class "X" { match if option host-name = "y"; spawn with reverse(1, option host-name); }\n\n';
    const { said, gives } = pool('allow members of "X";', classes);
    expect(said).toEqual([
      expect.stringMatching(/^1: spawn .*; who meets the match of the class X is in it; expected: /),
    ]);
    expect([gives("y"), gives("other")]).toEqual([expect.stringMatching(/^192\./), "nothing"]);
  });
});

describe("a pool that denies a class", () => {
  const subclasses = (lost: string): string => `class "S" { match option host-name; } subclass "S" "y"; ${lost}\n\n`;

  it("is closed where a subclass is lost, whose client it would let in [C27]", () => {
    const { said, gives } = pool('deny members of "S";', subclasses('subclass "S" reverse(1, "ABC");'));
    expect(said.at(-1)).toBe(
      '4: deny members of "S";: the class S has lost a subclass; nobody gets an address of the pool 192.0.2.10 to 192.0.2.19',
    );
    expect(gives("abc")).toBe("nothing");
  });

  it("stays open where the subclass is still there, declared once", () => {
    const { gives } = pool('deny members of "S";', subclasses('subclass "S" "y";'));
    expect([gives("y"), gives("other")]).toEqual(["nothing", expect.stringMatching(/^192\./)]);
  });
});

describe("a refusal that is lost", () => {
  it.each([
    [
      `class "X" { ${UNREADABLE} ignore booting; }`,
      "nobody is in the class X, and the clients that it refuses are served",
    ],
    ['if reverse(1, option host-name) = "abc" { deny booting; }', "the clients that it refuses are served"],
    ['if reverse(1, option host-name) = "abc" { } else { deny booting; }', "the clients that it refuses are served"],
  ])("is told with its statement: %s", (statement, words) => {
    const { said } = imported(`${statement}\nsubnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10; }`);
    expect(said[0]).toContain(words);
  });

  it("says nothing of that where nothing is refused", () => {
    const { said } = imported('if reverse(1, option host-name) = "abc" { option domain-name "x"; }');
    expect(said).toEqual([expect.not.stringContaining("refuses")]);
  });
});

describe("a host that is lost", () => {
  const POOLS = `subnet 192.0.2.0 netmask 255.255.255.0 {
  pool { deny known-clients; range 192.0.2.100 192.0.2.150; }
  pool { allow known-clients; range 192.0.2.10 192.0.2.20; }
}`;

  it.each(["host a { hardware ethernet 1:2; }", "host a { hardware ethernet 1:2; fixed-address 192.0.2.9; }"])(
    "is told with the pools that deny known clients: %s",
    (host) => {
      const { said } = imported(`${POOLS}\n${host}`);
      expect(said[0]).toContain(
        "its client may have addresses of the pool 192.0.2.100 to 192.0.2.150: known clients are denied there",
      );
    },
  );

  it("is told without pools where none denies known clients", () => {
    const { said } = imported(`${POOLS.replace("deny known", "allow known")}\nhost a { hardware ethernet 1:2; }`);
    expect(said[0]).not.toContain("may have addresses");
  });
});
