// Classes: which clients are in them, what holds for these, and which pools they may use.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { classify } from "../../../src/engine/locate/classify.ts";
import { ClientIdentity, readClientIdentity } from "../../../src/wire/client-identity.ts";
import { decodeQuery, Query } from "../../../src/wire/query.ts";
import { EngineWorld, KEYS, type Outcome, testInterface } from "../../support/engine-world.ts";
import { buildMessage, type MessageParts } from "../../support/message-builder.ts";

const CHADDR = "02:00:00:00:00:0a";
const octets = (text: string): number[] => [...text].map((character) => character.charCodeAt(0));

function worldOf(text: string, subnetBody = "range 10.0.0.10 10.0.0.19;"): EngineWorld {
  const config = `${text}
    subnet 10.0.0.0 netmask 255.255.255.0 { ${subnetBody} }
    subnet 10.9.0.0 netmask 255.255.255.0 { range 10.9.0.10 10.9.0.19; pool { allow members of "port 7"; range 10.9.0.7; } }
    class "port 7" { match if option agent.circuit-id = "7"; }`;
  return new EngineWorld(config, [testInterface(2, "lan0", "10.0.0.1"), testInterface(3, "up0", "172.16.0.1")]);
}

/** Whether a client that sends this is in a class with that condition. */
function isMember(condition: string, parts: Partial<MessageParts>): boolean {
  const world = worldOf(`class "it" { match if ${condition}; filename "it"; }`);
  return fileOf(world.send({ type: 1, chaddr: CHADDR, ...parts })) === "it";
}

function fileOf({ bytes }: Outcome): string {
  const field = bytes.subarray(108, 236);
  return String.fromCharCode(...field.subarray(0, field.indexOf(0)));
}

/** The value of an option of a reply, as text. */
function optionOf({ bytes }: Outcome, code: number): string | undefined {
  for (let at = 240; at < bytes.length && bytes[at] !== 255; at += 2 + (bytes[at + 1] ?? 0)) {
    if (bytes[at] === code) return String.fromCharCode(...bytes.subarray(at + 2, at + 2 + (bytes[at + 1] ?? 0)));
  }
  return undefined;
}

const VENDOR = { options: [[60, octets("PXEClient:Arch:00007")]] } as const;
const RELAY = { giaddr: "10.9.0.1" } as const;

describe("a condition", () => {
  it.each<[string, Partial<MessageParts>, boolean]>([
    ['option vendor-class-identifier = "PXEClient:Arch:00007"', VENDOR, true],
    ['option vendor-class-identifier = "PXEClient"', VENDOR, false],
    ['option vendor-class-identifier = "PXEClient:Arch:000070"', VENDOR, false],
    ['"PXEClient:Arch:00007" = option dhcp-class-identifier', VENDOR, true],
    ['substring(option vendor-class-identifier, 0, 9) = "PXEClient"', VENDOR, true],
    ['substring(option vendor-class-identifier, 1, 9) = "PXEClient"', VENDOR, false],
    ['substring(option vendor-class-identifier, 10, 4) = "Arch"', VENDOR, true],
    ['substring(option vendor-class-identifier, 15, 99) = "00007"', VENDOR, true],
    ['substring(option vendor-class-identifier, 99, 4) = ""', VENDOR, true],
    ['substring(substring(option vendor-class-identifier, 10, 6), 1, 3) = "rch"', VENDOR, true],
    ['substring(substring(option vendor-class-identifier, 10, 3), 1, 3) = "rc"', VENDOR, true],
    ['suffix(option vendor-class-identifier, 2) = "07"', VENDOR, true],
    ['suffix(option vendor-class-identifier, 99) = "PXEClient:Arch:00007"', VENDOR, true],
    ['suffix(option vendor-class-identifier, 3) = "07"', VENDOR, false],
    ['option vendor-class-identifier = "x"', {}, false],
    ['option vendor-class-identifier != "x"', {}, true],
    ['substring(option vendor-class-identifier, 0, 0) = ""', {}, false],
    ['option vendor-class-identifier ~= "^PXEClient"', VENDOR, true],
    ['option vendor-class-identifier ~= "^PXEServer"', VENDOR, false],
    ['option vendor-class-identifier ~= "^PXEClient$"', VENDOR, false],
    ['option vendor-class-identifier ~= "^PXEClient:Arch:00007$"', VENDOR, true],
    ['option vendor-class-identifier ~= ":00007$"', VENDOR, true],
    ['option vendor-class-identifier ~= ":00009$"', VENDOR, false],
    ['option vendor-class-identifier ~~ ":00007$"', VENDOR, true],
    ['substring(option vendor-class-identifier, 10, 9) ~= "^Arch:"', VENDOR, true],
    ['option vendor-class-identifier ~= "^PXEClient"', {}, false],
    ["exists option vendor-class-identifier", VENDOR, true],
    ["exists option vendor-class-identifier", {}, false],
    ["not exists option vendor-class-identifier", {}, true],
    ['option user-class = "iPXE"', { options: [[77, octets("iPXE")]] }, true],
    ["option dhcp-client-identifier = 01:02:03", { clientId: [1, 2, 3] }, true],
    ["option dhcp-client-identifier = 01:02:03", { clientId: [1, 2, 4] }, false],
    ["option dhcp-client-identifier = 01", { options: [[61, [1]]] }, true],
    ["option architecture = 7", { options: [[93, [0, 7]]] }, true],
    ["option architecture = 0x10", { options: [[93, [0, 16]]] }, true],
    ["option pxe-system-type = 00:07", { options: [[93, [0, 7]]] }, true],
    ["option architecture = 7", { options: [[93, [0, 7, 0, 9]]] }, false],
    ["substring(option architecture, 0, 2) = 00:07", { options: [[93, [0, 7, 0, 9]]] }, true],
    ["option dhcp-max-message-size = 1500", { options: [[57, [5, 220]]] }, true],
    ["option dhcp-message-type = 1", {}, true],
    ["substring(hardware, 1, 3) = 02:00:00", {}, true],
    ["hardware = 1:02:00:00:00:00:0a", {}, true],
    ["hardware = 6:02:00:00:00:00:0a", {}, false],
    ["exists option user-class", { options: [[77, []]] }, true],
  ])("%s, asked of %j, is %s", (condition, parts, expected) => {
    expect(isMember(condition, parts)).toBe(expected);
  });

  const NAMED = { options: [[12, octets("Printer-7")]] } as const;
  const LABELS = {
    options: [[81, [4, 0, 0, 4, ...octets("host"), 7, ...octets("example"), 3, ...octets("org"), 0]]],
  } as const;
  const TEXT = { options: [[81, [1, 0, 0, ...octets("host.example.org")]]] } as const;
  const ONE_LABEL = { options: [[81, [0, 0, 0, ...octets("host")]]] } as const;

  it.each<[string, Partial<MessageParts>, boolean]>([
    ['lcase(option host-name) = "printer-7"', NAMED, true],
    ['lcase(option host-name) = "printer"', NAMED, false],
    ['lcase(option host-name) = "Printer-7"', NAMED, false],
    ['lcase(option host-name) != "Printer-7"', NAMED, true],
    ['lcase(option host-name) = "p\\262inter-7"', NAMED, false],
    ['"PRINTER-7" = ucase(option host-name)', NAMED, true],
    ['ucase(substring(option host-name, 0, 3)) = "PRI"', NAMED, true],
    ['substring(lcase(option host-name), 0, 3) = "pri"', NAMED, true],
    ['lcase(pick-first-value(option host-name, "")) = ""', {}, true],
    ['lcase(option host-name) = lcase("PRINTER-7")', NAMED, true],
    ['lcase(option host-name) = "x"', {}, false],
    ['lcase(binary-to-ascii(16, 8, ":", substring(hardware, 5, 2))) = "0:a"', {}, true],
    ['option host-name ~= "inter"', NAMED, true],
    ['option host-name ~= "INTER"', NAMED, false],
    ['option host-name ~~ "^pRINTER"', NAMED, true],
    ['option host-name ~~ "^rinter"', NAMED, false],
    ['option host-name ~~ "ER-7$"', NAMED, true],
    ['option host-name ~= "er$"', NAMED, false],
    ['option host-name ~= "^Print.*$"', NAMED, true],
    ['option host-name ~= ".*-7"', NAMED, true],
    ['option host-name ~= "^(Scanner|Printer)"', NAMED, true],
    ['option host-name ~= "^(Scanner|rinter)"', NAMED, false],
    ['option host-name ~= "scan|-7$"', NAMED, true],
    ['option host-name ~= "^.*$"', NAMED, true],
    ['option host-name ~= "^.*$"', {}, false],
    ['option host-name ~= "^$"', NAMED, false],
    ['option host-name ~= "a\\\\.b"', { options: [[12, octets("a.b")]] }, true],
    ['option host-name ~= "a\\\\.b"', { options: [[12, octets("axb")]] }, false],
    ['suffix(option host-name, 2) ~= "^-7$"', NAMED, true],
    ["extract-int(option architecture, 16) = 7", { options: [[93, [0, 7, 0, 9]]] }, true],
    ["extract-int(option architecture, 16) = 9", { options: [[93, [0, 7, 0, 9]]] }, false],
    ["extract-int(option architecture, 32) = 7", { options: [[93, [0, 7]]] }, false],
    ["extract-int(substring(hardware, 6, 1), 8) = 10", {}, true],
    ["packet(24, 4) = 00:00:00:00", {}, true],
    ["packet(24, 4) != 00:00:00:00", RELAY, true],
    ['binary-to-ascii(10, 8, ".", packet(24, 4)) = "10.9.0.1"', RELAY, true],
    ["packet(28, 6) = 02:00:00:00:00:0a", {}, true],
    ["packet(0, 2) = 01:01", {}, true],
    ['option fqdn.hostname = "host"', LABELS, true],
    ['option fqdn.domainname = "example.org"', LABELS, true],
    ['option fqdn.fqdn = "host.example.org"', LABELS, true],
    ['option fqdn.hostname = "host"', TEXT, true],
    ['option fqdn.domainname = "example.org"', TEXT, true],
    ['option fqdn.fqdn = "host.example.org"', TEXT, true],
    ['option fqdn.hostname = "host"', ONE_LABEL, true],
    ["exists fqdn.domainname", ONE_LABEL, false],
    ["exists fqdn.hostname", {}, false],
    ["exists fqdn.fqdn", { options: [[81, [0, 0, 0]]] }, false],
    ['suffix(option fqdn.domainname, 3) = "org"', LABELS, true],
  ])("%s, asked of %j, is %s [C3] [C15]", (condition, parts, expected) => {
    expect(isMember(condition, parts)).toBe(expected);
  });

  it.each<[string, string]>([
    ["a b", "$a or $b"],
    ["", "$a and $b"],
    ["", "$a and $b or $b and $a"],
    ["a b", "$a or $b and $b"],
    ["b", "($a or $b) and $b"],
    ["b", "not $a and $b"],
    ["b", "not ($a or not $b)"],
    ["a b", "NOT ($a AND $b) AND ($a OR $b)"],
    ["b", "(($b))"],
  ])("holds for %j if it is %s", (members, logic) => {
    const condition = logic.replace(/\$(.)/g, 'option user-class = "$1"');
    const found = ["a", "b"].filter((name) => isMember(condition, { options: [[77, octets(name)]] }));
    expect(found.join(" ")).toBe(members);
  });

  it("looks at what the relay says, and at nothing that a client says in its place", () => {
    const condition = "option agent.remote-id = 0a:0b";
    const agentInformation = [1, 1, 0x37, 2, 2, 10, 11];
    const relayed = worldOf(`class "it" { match if ${condition}; filename "it"; }`);
    const arrival = { ifindex: 3, to: "172.16.0.1", from: "10.9.0.1", port: 67 };
    expect(fileOf(relayed.send({ type: 1, ...RELAY, agentInformation }, arrival))).toBe("it");
    expect(fileOf(relayed.send({ type: 1, ...RELAY, agentInformation: [1, 1, 0x37] }, arrival))).toBe("");
    expect(isMember(condition, { agentInformation })).toBe(false);
  });

  it("may join values that were sent in pieces", () => {
    const condition = 'option vendor-class-identifier = "PXEClient"';
    expect(
      isMember(condition, {
        options: [
          [60, octets("PXE")],
          [60, octets("Client")],
        ],
      }),
    ).toBe(true);
  });
});

describe("a subclass", () => {
  const text = `class "known cards" { match hardware; filename "class"; default-lease-time 100; }
    subclass "known cards" 1:02:00:00:00:00:0a;
    subclass "known cards" 1:02:00:00:00:00:0b { filename "subclass"; }
    class "by port" { match pick-first-value(option agent.circuit-id, option dhcp-client-identifier); server-name "p"; }
    subclass "by port" "id" { filename "port"; }`;

  it("is what a client with its data is in, and in its class with that", () => {
    const world = worldOf(text);
    expect(world.send({ type: 1, chaddr: "02:00:00:00:00:0a" }).leaseSeconds).toBe(100);
    const second = world.send({ type: 1, chaddr: "02:00:00:00:00:0b" });
    expect([fileOf(second), second.leaseSeconds]).toEqual(["subclass", 100]);
    const other = world.send({ type: 1, chaddr: "02:00:00:00:00:0c" });
    expect([fileOf(other), other.leaseSeconds]).toEqual(["", 43_200]);
  });

  it("is found by the first of several data that the client sends", () => {
    const world = worldOf(text);
    expect(fileOf(world.send({ type: 1, chaddr: "02:00:00:00:00:0d", clientId: octets("id") }))).toBe("port");
    expect(fileOf(world.send({ type: 1, chaddr: "02:00:00:00:00:0d", clientId: octets("ID") }))).toBe("");
  });

  it("wants the class's own condition as well", () => {
    const world = worldOf(`class "c" { match if exists option user-class; match hardware; }
      subclass "c" 1:02:00:00:00:00:0a { filename "c"; }`);
    expect(fileOf(world.send({ type: 1, chaddr: CHADDR }))).toBe("");
    expect(fileOf(world.send({ type: 1, chaddr: CHADDR, options: [[77, [1]]] }))).toBe("c");
  });
});

describe("vendor-class and user-class", () => {
  const text = `vendor-class "PXEClient" { filename "pxe"; next-server 10.0.0.5; }
    user-class "iPXE" { filename "chain"; }
    class "ISC style" { match if option vendor-class-identifier = "PXEClient"; filename "class"; server-name "class"; }`;

  it("match the whole value and echo it", () => {
    const world = worldOf(text);
    const offer = world.send({ type: 1, chaddr: CHADDR, options: [[60, octets("PXEClient")]] });
    expect([fileOf(offer), optionOf(offer, 60), optionOf(offer, 77)]).toEqual(["pxe", "PXEClient", undefined]);
    const longer = world.send({ type: 1, chaddr: CHADDR, options: [[60, octets("PXEClient:1")]] });
    expect([fileOf(longer), optionOf(longer, 60)]).toEqual(["", undefined]);
  });

  it("count in the order user-class, vendor-class, class", () => {
    const world = worldOf(text);
    const both = [
      [60, octets("PXEClient")],
      [77, octets("iPXE")],
    ] as const;
    const offer = world.send({ type: 1, chaddr: CHADDR, options: both });
    expect([fileOf(offer), optionOf(offer, 60), optionOf(offer, 77)]).toEqual(["chain", "PXEClient", "iPXE"]);
    expect([...offer.bytes.subarray(20, 24)].join(".")).toBe("10.0.0.5");
    expect(String.fromCharCode(...offer.bytes.subarray(44, 49))).toBe("class");
  });
});

describe("the parameters of a class", () => {
  it("stand between host and pool, with those of the groups around it", () => {
    const world = worldOf(
      `filename "global"; ping-timeout 3; default-lease-time 50; max-lease-time 50000;
       group { server-name "group"; default-lease-time 51;
         class "c" { match if exists option user-class; filename "class"; } }
       host h { hardware ethernet 02:00:00:00:00:99; filename "host"; }`,
      'pool { range 10.0.0.10 10.0.0.11; filename "pool"; server-name "pool"; max-lease-time 52; } default-lease-time 53;',
    );
    const member = { options: [[77, [1]]] } as const;
    const pool = world.send({ type: 1, chaddr: CHADDR });
    expect([fileOf(pool), pool.leaseSeconds]).toEqual(["pool", 52]);
    const classed = world.send({ type: 1, chaddr: CHADDR, ...member });
    expect([fileOf(classed), classed.leaseSeconds]).toEqual(["class", 51]);
    expect(String.fromCharCode(...classed.bytes.subarray(44, 49))).toBe("group");
    const host = world.send({ type: 1, chaddr: "02:00:00:00:00:99", ...member });
    expect([fileOf(host), host.leaseSeconds]).toEqual(["host", 51]);
  });

  it("of the class that stands first count, where a client is in several", () => {
    const world = worldOf(`class "b" { match if exists option user-class; filename "b"; }
      class "a" { match if exists option user-class; filename "a"; server-name "a"; }`);
    const offer = world.send({ type: 1, chaddr: CHADDR, options: [[77, [1]]] });
    expect(fileOf(offer)).toBe("b");
    expect(String.fromCharCode(offer.bytes[44] ?? 0)).toBe("a");
  });

  it("may deny booting", () => {
    const world = worldOf('class "no" { match if exists option user-class; deny booting; }');
    const parts = { chaddr: CHADDR, options: [[77, [1]]] } as const;
    expect(world.send({ type: 1, ...parts }).reason).toBe("drop-booting-denied");
    expect(world.send({ type: 3, requested: "10.0.0.10", ...parts }).reason).toBe("drop-booting-denied");
  });

  it("hold for a DHCPINFORM and a BOOTP client too", () => {
    const world = worldOf(`class "c" { match if substring(hardware, 1, 6) = 02:00:00:00:00:99; filename "c"; }
      host h { hardware ethernet 02:00:00:00:00:99; fixed-address 10.0.0.99; }`);
    const chaddr = "02:00:00:00:00:99";
    const inform = world.send({ type: 8, chaddr, ciaddr: "10.0.0.50" }, { from: "10.0.0.50", to: "10.0.0.1" });
    expect(fileOf(inform)).toBe("c");
    expect(fileOf(world.send({ type: 0, chaddr }))).toBe("c");
  });
});

describe("a pool for the members of a class", () => {
  const arrival = { ifindex: 3, to: "172.16.0.1", from: "10.9.0.1", port: 67 };
  const port = (name: string) => ({ chaddr: CHADDR, ...RELAY, agentInformation: [1, name.length, ...octets(name)] });

  it("is for nobody else", () => {
    const world = worldOf("");
    expect(world.send({ type: 1, requested: "10.9.0.7", ...port("7") }, arrival).yiaddr).toBe("10.9.0.7");
    expect(world.send({ type: 1, requested: "10.9.0.7", ...port("8") }, arrival).yiaddr).not.toBe("10.9.0.7");
    const taken = { type: 3, requested: "10.9.0.7", serverId: "172.16.0.1", ...port("8") };
    expect(world.send(taken, arrival).reason).toBe("nak-not-permitted");
  });

  it("stays its member's when it renews past the relay, renewal after renewal", () => {
    const world = worldOf("");
    expect(world.lease(CHADDR, { ...port("7"), requested: "10.9.0.7" }, arrival)).toBe("10.9.0.7");
    for (let renewal = 1; renewal <= 3; renewal++) {
      world.now += 20_000;
      const ack = world.send(
        { type: 3, chaddr: CHADDR, ciaddr: "10.9.0.7" },
        { ifindex: 3, to: "172.16.0.1", from: "10.9.0.7" },
      );
      expect([renewal, ack.reason]).toEqual([renewal, "ack-renew"]);
    }
    const moved = world.send({ type: 3, ...port("8"), ciaddr: "10.9.0.7" }, arrival);
    expect(moved.reason).toBe("nak-not-permitted");
  });

  it("may be for all but those of another class, and classes in it by deny and allow", () => {
    const world = worldOf(
      'class "a" { match if exists option user-class; } vendor-class "v" { }',
      `pool { deny members of "a"; range 10.0.0.10; }
       pool { allow members of "a"; deny members of "v"; range 10.0.0.20; }
       pool { allow members of "v"; range 10.0.0.30; }`,
    );
    const offered = (...options: [number, number[]][]): string =>
      world.send({ type: 1, chaddr: CHADDR, options }).yiaddr;
    expect(offered()).toBe("10.0.0.10");
    expect(offered([77, [1]])).toBe("10.0.0.20");
    expect(offered([77, [1]], [60, octets("v")])).toBe("10.0.0.30");
  });

  it("opens to unknown clients of a class that allows them", () => {
    const world = worldOf(
      'class "guest" { match if exists option user-class; allow unknown-clients; }',
      "deny unknown-clients; range 10.0.0.10;",
    );
    expect(world.send({ type: 1, chaddr: CHADDR }).reason).toBe("drop-unknown-client-denied");
    expect(world.lease(CHADDR, { options: [[77, [1]]] })).toBe("10.0.0.10");
  });
});

describe("classify", () => {
  const query = new Query();
  const client = new ClientIdentity();

  function membershipOf(world: EngineWorld, parts: MessageParts) {
    const bytes = buildMessage(parts);
    decodeQuery(bytes, 0, bytes.length, query);
    const hasClient = readClientIdentity(query, KEYS, client);
    return classify({ query, client, hasClient }, world.serving);
  }

  it("gives one and the same object for the same classes", () => {
    const world = worldOf(
      'class "a" { match if exists option user-class; } class "b" { match if exists option host-name; }',
    );
    const of = (...codes: number[]) =>
      membershipOf(world, { type: 1, options: codes.map((code) => [code, [65]] as const) });
    const { none } = world.serving.config.classes.memberships;
    expect(of()).toBe(none);
    expect(of(77)).toBe(of(77));
    expect(of(77, 12)).toBe(of(12, 77));
    expect(new Set([of(), of(77), of(12), of(77, 12)]).size).toBe(4);
  });

  it("keeps a bounded number of combinations and scopes, and goes on after it", () => {
    const subclasses = Array.from({ length: 300 }, (_, i) => `${i >> 8}:${(i & 255).toString(16)}`);
    const twice = ["user-class", "host-name"].map(
      (option, n) =>
        `class "${n}" { match option ${option}; } ` +
        subclasses.map((data) => `subclass "${n}" ${data} { filename "${n} ${data}"; }`).join("\n"),
    );
    const world = worldOf(twice.join("\n"));
    const subnet = world.serving.config.subnets[0];
    if (subnet === undefined) throw new TypeError("no subnet");
    for (let i = 0; i < 300; i++) {
      for (let j = 0; j < 300; j += 3) {
        const options = [
          [77, [i >> 8, i & 255]],
          [12, [j >> 8, j & 255]],
        ] as const;
        const membership = membershipOf(world, { type: 1, options });
        const { fileName } = world.serving.config.scopeOf(subnet, undefined, membership);
        if (i % 50 === 0) expect(String.fromCharCode(...fileName)).toBe(`0 ${subclasses[i]}`);
      }
    }
    let kept = 0;
    const count = (membership: { next: ReadonlyMap<number, typeof membership> }): void => {
      kept++;
      for (const next of membership.next.values()) count(next);
    };
    count(world.serving.config.classes.memberships.none);
    expect(kept).toBeLessThanOrEqual(16_384 + 5);
  });
});

describe("the manual's example for network boot", () => {
  const page = readFileSync(new URL("../../../docs/man/dhcpd.conf.5", import.meta.url), "utf8");
  const example = /^class "uefi" \{\n[^}]*\}\n/m.exec(page)?.[0] ?? "";
  /** The file that is sent to firmware of this option 60 and architecture (option 93). */
  const fileFor = (vendorClass: string, architecture: number): string =>
    fileOf(
      worldOf(example).send({
        type: 1,
        chaddr: CHADDR,
        options: [
          [60, octets(vendorClass)],
          [93, [0, architecture]],
        ],
      }),
    );

  it("matches what UEFI firmware sends, and neither that of a BIOS nor others [R6]", () => {
    expect(fileFor("PXEClient:Arch:00007:UNDI:003016", 7)).toBe("grubx64.efi");
    expect(fileFor("PXEClient:Arch:00009:UNDI:003016", 9)).toBe("grubx64.efi");
    expect(fileFor("PXEClient:Arch:00000:UNDI:002001", 0)).toBe("");
    expect(fileFor("HTTPClient:Arch:00016:UNDI:003001", 16)).toBe("");
  });

  it("has no vendor-class of a part of what firmware sends [R6]", () => {
    const names = [...page.matchAll(/^vendor-class "([^"]*)"/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(name).not.toMatch(/^(PXE|HTTP)Client$/);
  });
});
