// Which value is in force where: the nearest block that sets it (dhcpd.conf(5)'s documented rule).

import { describe, expect, it } from "vitest";
import type { Scope } from "../../../src/config/model/scope.ts";
import { configOf, hostNamed, subnetAt } from "../../support/config-text.ts";

/** `option domain-name` of a scope. */
function domainOf(scope: Scope): string {
  return String.fromCharCode(...(scope.options.get(15) ?? []));
}

function scopeFor(text: string, address: string, host?: string): Scope {
  const config = configOf(text);
  return config.scopeOf(subnetAt(config, address), host === undefined ? undefined : hostNamed(config, host));
}

const set = (name: string): string => `option domain-name "${name}";`;

/** A text in which each `@level@` becomes a statement that sets that level's name, if the level is listed. */
function textWith(template: string, levels: readonly string[]): string {
  return template.replace(/@([a-z-]+)@/g, (_, level: string) => (levels.includes(level) ? set(level) : ""));
}

const NESTED = `@global@
  group { @outer-group@
    shared-network wire { @shared@
      group { @inner-group@
        subnet 10.0.0.0 netmask 255.255.255.0 { @subnet@ }
      }
    }
  }
  group { @host-outer-group@
    group { @host-group@
      host h { @host@ hardware ethernet 2:0:0:0:0:1; }
    }
  }`;

const ORDER = [
  "host",
  "host-group",
  "host-outer-group",
  "subnet",
  "inner-group",
  "shared",
  "outer-group",
  "global",
] as const;

describe("the nearest block that sets a value wins", () => {
  it.each(ORDER.map((level, i) => [level, ORDER.slice(i)] as const))("for a host: %s before %j", (level, set) => {
    expect(domainOf(scopeFor(textWith(NESTED, set), "10.0.0.1", "h"))).toBe(level);
  });

  it.each(ORDER.slice(3).map((level, i) => [level, ORDER.slice(i + 3)] as const))(
    "for a client without a host: %s before %j",
    (level, set) => {
      const text = textWith(NESTED, [...set, "host", "host-group", "host-outer-group"]);
      expect(domainOf(scopeFor(text, "10.0.0.1"))).toBe(level);
    },
  );

  it("each value by itself, not blocks as a whole", () => {
    const text = `option routers 10.0.0.9; default-lease-time 1000; max-lease-time 9000;
      subnet 10.0.0.0 netmask 255.255.255.0 { default-lease-time 2000; option boot-size 7; }
      host h { hardware ethernet 2:0:0:0:0:1; option domain-name "h"; }`;
    const scope = scopeFor(text, "10.0.0.1", "h");
    expect([scope.defaultLeaseSeconds, scope.maxLeaseSeconds]).toEqual([2000, 9000]);
    expect([...scope.options.codes]).toEqual([3, 13, 15]);
  });

  it("so a host at the top level does not carry the global options over its subnet's", () => {
    // OpenBSD sends 9.9.9.9 and 600 here, because its host block starts as a copy of the global one.
    const text = `option domain-name-servers 9.9.9.9;
      default-lease-time 600;
      subnet 10.0.0.0 netmask 255.255.255.0 {
        option domain-name-servers 10.0.0.53;
        default-lease-time 300;
      }
      host h { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.5; }`;
    const scope = scopeFor(text, "10.0.0.1", "h");
    expect([...(scope.options.get(6) ?? [])]).toEqual([10, 0, 0, 53]);
    expect(scope.defaultLeaseSeconds).toBe(300);
  });

  it("so a group around both host and subnet yields to the subnet", () => {
    const text = textWith(
      `group { @group@
         subnet 10.0.0.0 netmask 255.255.255.0 { @subnet@ }
         host h { hardware ethernet 2:0:0:0:0:1; }
       }`,
      ["group", "subnet"],
    );
    expect(domainOf(scopeFor(text, "10.0.0.1", "h"))).toBe("subnet");
  });

  it("and the subnet that a host is written in does not follow it to another network", () => {
    const text = textWith(
      `@global@ group { @group@
         subnet 10.0.0.0 netmask 255.255.255.0 { @first@
           group { host h { hardware ethernet 2:0:0:0:0:1; } } }
       }
       subnet 10.0.1.0 netmask 255.255.255.0 { }`,
      ["global", "group", "first"],
    );
    expect(domainOf(scopeFor(text, "10.0.0.1", "h"))).toBe("first");
    expect(domainOf(scopeFor(text, "10.0.1.1", "h"))).toBe("global");
  });
});

describe("scopeOf", () => {
  const TEXT = `
    subnet 10.0.0.0 netmask 255.255.255.0 { use-host-decl-names on; }
    subnet 10.0.1.0 netmask 255.255.255.0 { }
    host plain { hardware ethernet 2:0:0:0:0:1; }
    host special { hardware ethernet 2:0:0:0:0:2; default-lease-time 5; }
    host named.example { hardware ethernet 2:0:0:0:0:3; option host-name "other"; }`;
  const config = configOf(TEXT);

  it("makes a scope once", () => {
    const subnet = subnetAt(config, "10.0.0.1");
    const host = hostNamed(config, "special");
    expect(config.scopeOf(subnet, host)).toBe(config.scopeOf(subnet, host));
  });

  it("is the subnet's own for a client without a host, and for a host that sets nothing", () => {
    const subnet = subnetAt(config, "10.0.1.1");
    expect(config.scopeOf(subnet, undefined)).toBe(subnet.scope);
    expect(config.scopeOf(subnet, hostNamed(config, "plain"))).toBe(subnet.scope);
  });

  it("has the host's name as option 12 where use-host-decl-names is on and nothing else is set", () => {
    const nameOn = (address: string, host: string): string =>
      String.fromCharCode(
        ...(config.scopeOf(subnetAt(config, address), hostNamed(config, host)).options.get(12) ?? []),
      );
    expect(nameOn("10.0.0.1", "plain")).toBe("plain");
    expect(nameOn("10.0.0.1", "named.example")).toBe("other");
    expect(nameOn("10.0.1.1", "plain")).toBe("");
  });

  it("never sends the client identifier that a host is known by", () => {
    const text = `subnet 10.0.0.0 netmask 255.255.255.0 { }
      host h { option dhcp-client-identifier "abc"; option boot-size 1; }`;
    expect([...scopeFor(text, "10.0.0.1", "h").options.codes]).toEqual([13]);
  });

  it("gives a shared network its own values, and a bare subnet's network the subnet's", () => {
    const text = `shared-network wire { not authoritative; subnet 10.0.0.0 netmask 255.255.255.0 { authoritative; } }
      subnet 10.0.1.0 netmask 255.255.255.0 { not authoritative; }`;
    const { sharedNetworks } = configOf(text);
    expect(sharedNetworks.map(({ name, scope }) => [name, scope.authoritative])).toEqual([
      ["wire", false],
      ["10.0.1.0", false],
    ]);
  });
});
