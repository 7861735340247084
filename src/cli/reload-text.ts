// What a reload changed, in words: for the user who asked for it, and for the log.

import type { ReloadChanges, ReloadEffects } from "../control/messages.ts";

/** A line for each kind of change. */
export function describeChanges(changes: ReloadChanges): string[] {
  const { addressesNewlyServed: won, addressesNoLongerServed: lost, leasesNoLongerServed: leases } = changes;
  const lines = [
    named("new subnets", changes.newSubnets),
    named("changed subnets", changes.changedSubnets),
    named("subnets no longer served", changes.removedSubnets),
    named("new hosts", changes.newHosts),
    named("changed hosts", changes.changedHosts),
    named("hosts no longer declared", changes.removedHosts),
    named("new classes", changes.newClasses),
    named("changed classes", changes.changedClasses),
    named("classes no longer declared", changes.removedClasses),
    won === 0 ? "" : `addresses newly served: ${won}`,
    lost === 0 ? "" : `addresses no longer served: ${lost}`,
    named("leases of such addresses", leases),
  ].filter((line) => line !== "");
  if (leases.count > 0)
    lines.push("their clients lose them when they ask again and are answered, else when the leases end");
  return lines.length > 0
    ? lines
    : [
        "subnets, addresses, hosts and classes are as they were; values in if blocks of subnets and of the top level are not compared",
      ];
}

/** What a reload does to the present leases: a line for each kind of effect. */
export function describeEffects({
  leases,
  affected,
  otherAddress,
  noAddress,
  relaysChanged,
  firewallSets,
  options,
}: ReloadEffects): string[] {
  if (leases === 0) return ["there are no leases"];
  const lines = [
    named(`${clients(otherAddress.count)} ${verb(otherAddress.count, "get")} another address`, otherAddress),
    named(`${clients(noAddress.count)} ${verb(noAddress.count, "get")} no address any more`, noAddress),
    ...describeSetEffects(firewallSets),
    relaysChanged === 0
      ? ""
      : `relays has changed for ${clients(relaysChanged)} behind relays: see that it names their relays; those that it does not name are heard no more`,
    ...options.flatMap(({ code, name, lost, changed, added }) => [
      lost === 0 ? "" : `${clients(lost)} ${verb(lost, "lose")} option ${name} (${code})`,
      changed === 0 ? "" : `${clients(changed)} ${verb(changed, "get")} another value of option ${name} (${code})`,
      added === 0 ? "" : `${clients(added)} may get option ${name} (${code}) newly`,
    ]),
  ].filter((line) => line !== "");
  return [...lines, `${affected} of ${clients(leases)} with a lease ${affected === 1 ? "is" : "are"} affected`];
}

/** Which clients leave and enter firewall sets: a line for each set and direction. */
export function describeSetEffects(sets: ReloadEffects["firewallSets"]): string[] {
  return sets
    .flatMap(({ name, left, entered }) => [
      named(`${clients(left.count)} ${verb(left.count, "leave")} the firewall set ${name}`, left),
      named(`${clients(entered.count)} ${verb(entered.count, "enter")} the firewall set ${name}`, entered),
    ])
    .filter((line) => line !== "");
}

function clients(count: number): string {
  return `${count} client${count === 1 ? "" : "s"}`;
}

function verb(count: number, word: string): string {
  return count === 1 ? `${word}s` : word;
}

function named(what: string, { count, first }: ReloadChanges["newHosts"]): string {
  if (count === 0) return "";
  const more = count > first.length ? ` and ${count - first.length} more` : "";
  return `${what}: ${first.join(", ")}${more}`;
}
