// From `ddns-update-style`, `zone` and `key` to the zones that are updated.

import { DNS_ZONES_MAX } from "../../base/limits/names.ts";
import type { Report } from "../language/source.ts";
import type { Block, Parameter } from "../language/syntax.ts";
import type { DnsKey, DnsZone } from "../model/dns.ts";

type Of<Kind extends Parameter["kind"]> = Extract<Parameter, { kind: Kind }>;

/** The zones of a configuration, the longest names first; undefined: the DNS is not updated. */
export function resolveDns(root: Block, report: Report): readonly DnsZone[] | undefined {
  const all = <Kind extends Parameter["kind"]>(kind: Kind): Of<Kind>[] =>
    root.parameters.filter((parameter): parameter is Of<Kind> => parameter.kind === kind);
  const keys = new Map<string, DnsKey>();
  for (const { key, at } of all("key")) {
    if (keys.has(key.name)) report.error(at, `there is a second key ${key.name}`, { expected: "each key once" });
    keys.set(key.name, key);
  }
  const zones = new Map<string, DnsZone>();
  for (const { name, server, port, keyName, keyAt, at } of all("zone")) {
    if (zones.has(name)) report.error(at, `there is a second zone ${name}`, { expected: "each zone once" });
    const key = keyName === undefined ? undefined : keys.get(keyName);
    if (keyName !== undefined && key === undefined)
      report.error(keyAt, `there is no key ${keyName}`, { expected: `key ${keyName} { ... } at the top level` });
    if (zones.size === DNS_ZONES_MAX)
      report.error(at, "there are too many zones", { expected: `at most ${DNS_ZONES_MAX}` });
    zones.set(name, { name, server, port, key, at: report.source.place(at) });
  }
  return zonesInUse([...zones.values()], all("zone")[0], all("ddns-update-style").at(-1), report);
}

function zonesInUse(
  zones: readonly DnsZone[],
  first: Of<"zone"> | undefined,
  style: Of<"ddns-update-style"> | undefined,
  report: Report,
): readonly DnsZone[] | undefined {
  if (first === undefined) {
    if (style?.isOn === true)
      report.warning(style.at, "ddns-update-style has no effect: no zone is declared that would be updated", {
        hasNoEffect: true,
        expected: "zone NAME { primary ADDRESS; key NAME; }",
      });
    return undefined;
  }
  if (style?.isOn === true) return zones.toSorted((a, b) => b.name.length - a.name.length);
  if (style === undefined)
    report.warning(first.at, "zones have no effect: nothing says that they are to be updated", {
      hasNoEffect: true,
      expected: "ddns-update-style standard;",
    });
  return undefined;
}
