// Which name a lease gets: by its host declaration, by what its client says, and in which domain.

import { describe, expect, it } from "vitest";
import type { Config } from "../../../src/config/model/model.ts";
import { clientLabelOf } from "../../../src/engine/client-label.ts";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";
import { reservedWishes, wishOfLease } from "../../../src/names/wish.ts";
import { configOf } from "../../support/config-text.ts";
import { ip } from "../../support/message-builder.ts";

const octetsOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

const RECORD: LeaseRecord = {
  address: ip("10.0.0.10"),
  state: BindingState.bound,
  ...{ startsAt: 1, endsAt: 2, lastTransactionAt: 1, htype: 1 },
  hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1),
  clientId: new Uint8Array(0),
  hostName: octetsOf("Laptop"),
  agentInformation: new Uint8Array(0),
  vendorClass: new Uint8Array(0),
};

function subnet(more: string): Config {
  return configOf(`subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.99; ${more} }`);
}

/** The name of the lease of a client that is `host`, or none; undefined: it has none. */
function nameIn(config: Config, hostName = "Laptop", host?: string): string | undefined {
  const declared = config.hosts.find(({ name }) => name === host);
  const [site] = config.subnets;
  if (site === undefined) throw new Error("no subnet");
  const place = { reserved: declared?.isFixed === true, host };
  const record = { ...RECORD, hostName: octetsOf(hostName) };
  return wishOfLease({ record, place, scope: config.scopeOf(site, declared) })?.name;
}

describe("the name of a lease", () => {
  it("is what the client says, in the domain that clients are told or that ddns-domainname names", () => {
    expect(nameIn(subnet(""))).toBe("laptop");
    expect(nameIn(subnet('option domain-name "lan.example";'))).toBe("laptop.lan.example");
    expect(nameIn(subnet('option domain-name "lan.example"; ddns-domainname "DHCP.Example.";'))).toBe(
      "laptop.dhcp.example",
    );
    expect(nameIn(subnet('option domain-name "lan.example"; ddns-domainname "";'))).toBe("laptop");
    expect(nameIn(subnet('option domain-name "a.example b.example";'))).toBe("laptop");
  });

  it("is the first label of a whole name, without what a label may not have", () => {
    expect(nameIn(subnet('ddns-domainname "lan";'), "pc.corp.example")).toBe("pc.lan");
    expect(nameIn(subnet(""), "-Anna's_i Phone-")).toBe("annas-i-phone");
    expect(nameIn(subnet(""), "\xe9\0.x")).toBe(undefined);
    expect(nameIn(subnet(""), "a".repeat(70))).toBe("a".repeat(63));
    expect(nameIn(subnet(`ddns-domainname "${"abcdefghi.".repeat(24)}example";`), "a".repeat(20))).toBe(undefined);
  });

  it.each(["localhost", "WPAD", "isatap.corp", "broadcasthost"])("is not %s because a client says so", (name) => {
    expect(clientLabelOf(octetsOf(name))).toBe("");
  });

  it("is the configuration's where a host says one", () => {
    const host = (more: string): Config => subnet(`host desk { hardware ethernet 02:00:00:00:00:01; ${more} }`);
    expect(nameIn(host(""), "Laptop", "desk")).toBe("laptop");
    expect(nameIn(host(""), "", "desk")).toBe("desk");
    expect(nameIn(host("fixed-address 10.0.0.10;"), "Laptop", "desk")).toBe("desk");
    expect(nameIn(host('option host-name "Table";'), "Laptop", "desk")).toBe("table");
    expect(nameIn(host('ddns-hostname "www";'), "Laptop", "desk")).toBe("www");
    const all = subnet("use-host-decl-names on; host desk { hardware ethernet 02:00:00:00:00:01; }");
    expect(nameIn(all, "Laptop", "desk")).toBe("desk");
  });

  it("is none of a lease that is not bound", () => {
    const [site] = subnet("").subnets;
    if (site === undefined) throw new Error("no subnet");
    const record = { ...RECORD, state: BindingState.released };
    expect(wishOfLease({ record, place: { reserved: false, host: undefined }, scope: site.scope })).toBe(undefined);
  });
});

describe("names of reservations", () => {
  it("are those of all hosts with fixed addresses in a subnet, each at the first one", () => {
    const config = subnet(`ddns-domainname "lan";
      host a { hardware ethernet 02:00:00:00:00:01; fixed-address 10.0.0.5, 10.0.0.6; }
      host b { hardware ethernet 02:00:00:00:00:02; }
      host localhost { hardware ethernet 02:00:00:00:00:03; fixed-address 10.0.0.7; }`);
    expect(reservedWishes(config)).toMatchObject([{ name: "a.lan", address: ip("10.0.0.5"), isReserved: true }]);
  });
});
