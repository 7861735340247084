// Kea's configuration (the map `Dhcp4` of its JSON) to ours.
//
// Options of a client class count behind those of a subnet in Kea: they become an `if` at the top level.
// Its boot file and lease times count in front of the subnet's: they stand in a class, which pools may
// name too. Without limits, Kea gives only that lease time: the limits are written out.

import { type FileReader, NO_FILES } from "../config/language/include.ts";
import type { LoadContext } from "../config/load.ts";
import { Draft } from "./draft.ts";
import { checkKeaFile, type FindKeaIssues } from "./kea-check.ts";
import { KeaClasses } from "./kea-classes.ts";
import { type GivenOptions, givenOptionsIn, KeaDefinitions } from "./kea-definitions.ts";
import { readHooks } from "./kea-hooks.ts";
import { reserveClasses } from "./kea-hosts.ts";
import { KeaMap, type Tell } from "./kea-map.ts";
import { KeaNetworks, plainValuesOf } from "./kea-networks.ts";
import { NOTHING_UNSENT, neverSentIn, writeOptionData } from "./kea-options.ts";
import { finishMap, NO_DDNS } from "./kea-reasons.ts";
import { OUTER_TIMERS, timersIn } from "./kea-timers.ts";
import type { Statement } from "./kea-values.ts";
import { excerpt, type Imported, sortNotices, type Unreadable } from "./notice.ts";
import { readRelaxedJson } from "./relaxed-json.ts";
import { repair } from "./repair.ts";

/** What else an import needs. */
export interface KeaContext extends LoadContext {
  /** Gives the files that this one includes. */
  readonly readFile?: FileReader;
  readonly findKeaIssues: FindKeaIssues;
}

/** Kea sends the options that clients ask for, and three options to all clients. */
const SENDING = "requested-options-only true;\nalways-send routers, domain-name-servers, domain-name;";

/** Imports the text of `file`, which has one octet a character; or says why it is no configuration of Kea's. */
export function importKeaConfig(file: string, text: string, context: KeaContext): Imported | Unreadable {
  const node = readRelaxedJson(file, text, context.readFile ?? NO_FILES);
  if ("message" in node) return { place: node.place, problem: node.message };
  if (node.kind !== "map") return { place: node.place, problem: 'a map with "Dhcp4" in it was expected' };
  const dhcp4Node = node.members.find(({ name }) => name === "Dhcp4")?.value;
  if (dhcp4Node?.kind !== "map") return { place: node.place, problem: 'there is no map "Dhcp4" in it' };
  const draft = new Draft();
  const tell: Tell = (place, kind, path, reason) => draft.tell(place, kind, path, reason);
  const right = checkKeaFile(node, context.findKeaIssues, (place, path, reason) => tell(place, "lost", path, reason));
  if (right !== undefined) {
    const outer = new KeaMap(right, "", tell);
    const dhcp4 = outer.map("Dhcp4");
    outer.finish({ Logging: "the log goes to standard output" });
    if (dhcp4 !== undefined) writeAll(dhcp4, givenOptionsIn(dhcp4Node), draft);
  }
  // Kea has no host names.
  repair(draft, { ...context, hostNames: "refused" }, "commented out");
  const head = [
    `# Imported from ${excerpt(file)}, a configuration of Kea's.`,
    "# Addresses that are new to a client are pinged before they are offered, which Kea does not do by itself:",
    "# ping-check off; at the top level ends that.",
  ];
  return { text: `${head.join("\n")}\n\n${draft.text.trimEnd()}\n`, notices: sortNotices(draft.notices) };
}

function writeAll(map: KeaMap, given: GivenOptions, draft: Draft): void {
  const definitions = new KeaDefinitions(given);
  const classes = new KeaClasses(definitions);
  const hasDdns = map.map("dhcp-ddns")?.flag("enable-updates") === true;
  const hooks = readHooks(map);
  const subnets = map.maps("shared-networks").flatMap((network) => [network, ...network.maps("subnet4")]);
  const all = [map, ...subnets, ...map.maps("subnet4")];
  reserveClasses(
    all.flatMap((each) => each.maps("reservations")),
    classes,
  );
  definitions.define(map);
  const neverSent = neverSentIn(map, definitions, NOTHING_UNSENT);
  const timers = timersIn(map, OUTER_TIMERS);
  classes.takeAll(map.maps("client-classes"), neverSent, timers);
  const word = map.flag("authoritative") === true ? "authoritative;" : "not authoritative;";
  const values: Statement[] = [
    { text: word, place: map.placeOf("authoritative") },
    { text: SENDING, place: map.place },
    ...plainValuesOf(map, OUTER_TIMERS, true),
    ...hooks.statements,
    ...writeOptionData(map, definitions, classes.conditionOf, NOTHING_UNSENT),
  ];
  const { servesBootp } = hooks;
  const networks = new KeaNetworks({ definitions, classes, hasDdns, servesBootp, hasNetworks: all.length > 2 });
  networks.writeAll(map, neverSent, timers);
  // Pools have said by now which classes they need, and options which declarations.
  const statements = [...definitions.statements, ...values, ...classes.write(), ...networks.statements];
  for (const { text, place } of statements) draft.add(text, place);
  finishInterfaces(map);
  // This server has a fixed order: client identifier, hardware address, relay's sub-options.
  map.pass("host-reservation-identifiers");
  if (hasDdns) map.lose("dhcp-ddns", NO_DDNS);
  finishMap(map, hasDdns);
}

function finishInterfaces(map: KeaMap): void {
  const interfaces = map.map("interfaces-config");
  if (interfaces === undefined) return;
  const names = interfaces.texts("interfaces").filter((name) => name !== "*");
  if (names.length > 0) {
    const words = names.map((name) => name.split("/")[0]).join(" ");
    interfaces.change("interfaces", `they go on the command line: anydhcpd ${excerpt(words)}`);
  }
  if (interfaces.text("dhcp-socket-type") === "udp") interfaces.pass("dhcp-socket-type");
  else interfaces.lose("dhcp-socket-type", "raw sockets are chosen by the flag --backend=bpf");
  interfaces.pass("re-detect");
  interfaces.finish({});
}
