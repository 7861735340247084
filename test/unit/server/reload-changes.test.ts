// What a reload tells whoever asked for it.

import { expect, it } from "vitest";
import { poolsOf } from "../../../src/lease/pools.ts";
import { LeaseTable } from "../../../src/lease/table/table.ts";
import { reloadChanges, type Served } from "../../../src/server/reload-changes.ts";
import { ClientIdentity } from "../../../src/wire/client-identity.ts";
import { configOf } from "../../support/config-text.ts";
import { ip } from "../../support/message-builder.ts";

const KEYS = { table: new Uint8Array(16), order: new Uint8Array(16) };

function served(text: string, leased: readonly string[] = []): Served {
  const config = configOf(text);
  const table = new LeaseTable(poolsOf(config), KEYS);
  for (const address of leased) {
    const slot = table.slotOf(ip(address));
    table.begin(slot);
    table.bind(slot, new ClientIdentity(), 1000, 5000);
    table.confirm(slot);
  }
  return { config, table };
}

function reloaded(before: Served, text: string): Served {
  const config = configOf(text);
  return { config, table: before.table.rebuild(poolsOf(config)) };
}

const NO_CLASSES = {
  newClasses: { count: 0, first: [] },
  removedClasses: { count: 0, first: [] },
  changedClasses: { count: 0, first: [] },
};

const LAN = "subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }";

it("names what has come and gone, and the leases that nobody serves any more [U17]", () => {
  const before = served(
    `${LAN} subnet 10.1.0.0 netmask 255.255.255.0 { range 10.1.0.10 10.1.0.12; }
     host tv { hardware ethernet 02:00:00:00:00:01; fixed-address 10.0.0.5; }`,
    ["10.0.0.18", "10.0.0.11", "10.1.0.11"],
  );
  const after = `subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.15; }
     subnet 10.2.0.0 netmask 255.255.255.0 { range 10.2.0.1 10.2.0.9; }
     host phone { hardware ethernet 02:00:00:00:00:02; fixed-address 10.0.0.18; }`;
  expect(reloadChanges(before, reloaded(before, after))).toEqual({
    newSubnets: { count: 1, first: ["10.2.0.0/24"] },
    removedSubnets: { count: 1, first: ["10.1.0.0/24"] },
    newHosts: { count: 1, first: ["phone"] },
    removedHosts: { count: 1, first: ["tv"] },
    changedSubnets: { count: 1, first: ["10.0.0.0/24"] },
    changedHosts: { count: 0, first: [] },
    ...NO_CLASSES,
    addressesNewlyServed: 9,
    // 10.0.0.16, .17, .19, three of 10.1.0.0/24, and the television's.
    addressesNoLongerServed: 7,
    leasesNoLongerServed: { count: 1, first: ["10.1.0.11"] },
  });
});

it("says nothing of what is as it was, and does not repeat what was lost before [U17]", () => {
  const none = { count: 0, first: [] };
  const before = served(LAN, ["10.0.0.19"]);
  const smaller = LAN.replace("10.0.0.19", "10.0.0.15");
  const first = reloaded(before, smaller);
  expect(reloadChanges(before, first)).toMatchObject({ leasesNoLongerServed: { count: 1 } });
  expect(reloadChanges(first, reloaded(first, smaller))).toEqual({
    ...{ newSubnets: none, removedSubnets: none, newHosts: none, removedHosts: none },
    ...{ changedSubnets: none, changedHosts: none, ...NO_CLASSES, addressesNewlyServed: 0 },
    ...{ addressesNoLongerServed: 0, leasesNoLongerServed: none },
  });
});

it("names the first ten only", () => {
  const before = served(LAN);
  const hosts = Array.from({ length: 30 }, (_, i) => `host h${i} { hardware ethernet 02:00:00:00:01:${10 + i}; }`);
  const { newHosts } = reloadChanges(before, reloaded(before, `${LAN} ${hosts.join(" ")}`));
  expect(newHosts).toEqual({ count: 30, first: Array.from({ length: 10 }, (_, i) => `h${i}`) });
});

it("counts new addresses, and names subnets and hosts whose parameters have changed, wherever they stand [U17]", () => {
  const host = "host tv { hardware ethernet 02:00:00:00:00:01; }";
  const before = served(`${LAN} ${host}`);
  const changesTo = (text: string): unknown => reloadChanges(before, reloaded(before, text));
  const none = { count: 0, first: [] };
  const lan = { count: 1, first: ["10.0.0.0/24"] };
  expect(changesTo(`\n\n${LAN}\n ${host}`)).toMatchObject({ changedSubnets: none, changedHosts: none });
  expect(changesTo(`default-lease-time 77; ${LAN} ${host}`)).toMatchObject({ changedSubnets: lan, changedHosts: none });
  expect(changesTo(`option domain-name "x"; ${LAN} ${host}`)).toMatchObject({ changedSubnets: lan });
  expect(changesTo(`${LAN} ${host.replace("00:01", "00:02")}`)).toMatchObject({
    changedSubnets: none,
    changedHosts: { count: 1, first: ["tv"] },
  });
  expect(changesTo(`${LAN.replace("0.19", "0.29")} ${host}`)).toMatchObject({
    changedSubnets: lan,
    addressesNewlyServed: 10,
    addressesNoLongerServed: 0,
  });
});

it("names hosts and classes whose values have changed, their own or those of groups around them [U17]", () => {
  const text = `${LAN}
    option space V; option V.a code 1 = text; option V-enc code 224 = encapsulate V;
    group { filename "one";
      host a { hardware ethernet 02:00:00:00:00:01; option host-name "a"; } host b { hardware ethernet 02:00:00:00:00:02; } }
    host c { hardware ethernet 02:00:00:00:00:03; if known { max-lease-time 60; } }
    class "phones" { match hardware; option V.a "x"; }
    subclass "phones" 1:02:00:00:00:00:05 { default-lease-time 60; }
    class "other" { match if known; max-lease-time infinite; }`;
  const before = served(text);
  const changesTo = (...swaps: readonly (readonly [string, string])[]): object => {
    const { changedHosts, newClasses, removedClasses, changedClasses, changedSubnets } = reloadChanges(
      before,
      reloaded(
        before,
        swaps.reduce((all, [from, to]) => all.replace(from, to), text),
      ),
    );
    expect(changedSubnets.count).toBe(0);
    return [changedHosts, changedClasses, newClasses, removedClasses].map(({ first }) => first.join(" "));
  };
  expect(changesTo(["group {", "\n\n# moved\ngroup {"])).toEqual(["", "", "", ""]);
  expect(changesTo(['option host-name "a"', 'option host-name "z"'])).toEqual(["a", "", "", ""]);
  expect(changesTo(['filename "one"', 'filename "two"'])).toEqual(["a b", "", "", ""]);
  expect(changesTo(["max-lease-time 60", "max-lease-time 61"])).toEqual(["c", "", "", ""]);
  expect(changesTo(['option V.a "x"', 'option V.a "y"'])).toEqual(["", "phones", "", ""]);
  expect(changesTo(["default-lease-time 60", "default-lease-time 61"])).toEqual(["", "phones", "", ""]);
  expect(changesTo(["00:05", "00:06"])).toEqual(["", "phones", "", ""]);
  expect(changesTo(["max-lease-time infinite", "max-lease-time 5"])).toEqual(["", "other", "", ""]);
  expect(changesTo(['class "other"', 'class "new"'])).toEqual(["", "", "new", "other"]);
});
