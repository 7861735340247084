// Warnings: statements that are valid and yet hardly meant. Errors are found where the values are read or joined.

import { formatHex, getUint32 } from "../../base/bytes.ts";
import { formatIpv4, isInNetwork, isUnicastHost } from "../../base/ipv4.ts";
import type { Seconds } from "../../base/time.ts";
import { OptionCode } from "../../wire/options/option-code.ts";
import { OptionSpace } from "../language/option-names.ts";
import type { Report } from "../language/source.ts";
import type { OptionParameter, Parameter } from "../language/syntax.ts";
import { SETTINGS } from "../model/settings.ts";
import {
  findOption,
  findPlace,
  findValue,
  isClientIdentifier,
  type LeaseTimeField,
  type Level,
  lexicalChain,
} from "./levels.ts";
import type { DeclaredSubnet } from "./ranges.ts";
import { optionKey } from "./sent-options.ts";

/** More than the name of any statement has, written with ordinary white space. */
const NAME_OCTETS_MAX = 200;

/** Warns of mistakes inside single blocks. */
export function checkLevels(levels: readonly Level[], report: Report): void {
  for (const level of levels) {
    checkRepeated(level, report);
    checkBranchOrder(level, report);
    checkLeaseTimes(level, report);
    checkClientIdentifier(level, report);
  }
}

/** Warns of spaces whose options are set although no option carries them, and of values made from options that are set nowhere. */
export function checkOptionUse(levels: readonly Level[], report: Report): void {
  const parameters = levels.flatMap(({ block }) => block.parameters);
  const options = parameters.filter((parameter) => parameter.kind === "option");
  const named = new Set(
    parameters.flatMap((p) => (p.kind === "vendor-space" || p.kind === "site-space" ? p.space : [])),
  );
  const checked = new Set<OptionSpace>();
  for (const { space, name, at } of options) {
    if (space === undefined || checked.has(space)) continue;
    checked.add(space);
    if ([...space.withOuter()].some((outer) => outer.carriers.size > 0 || named.has(outer))) continue;
    report.warning(at, `option ${name} is not sent: no option carries the space ${space.name}`, {
      expected: `option NAME code N = encapsulate ${space.name}; or vendor-option-space ${space.name};`,
    });
  }
  const set = new Set(options.map((option) => optionKey(option)));
  for (const parameter of parameters) {
    const parts = parameter.kind === "option" || parameter.kind === "computed" ? parameter.parts : undefined;
    for (const part of parts ?? []) {
      if (part instanceof Uint8Array || set.has(optionKey(part))) continue;
      const name = part.space === undefined ? part.name : `${part.space.name}.${part.name}`;
      report.warning(part.at, `no block sets the option ${name}: the value that is made from it is not sent`, {
        expected: `option ${name} VALUE;`,
      });
    }
  }
}

/** The thing that a statement sets, to find repetitions; undefined if several statements add up. */
function subjectOf(parameter: Parameter): string | undefined {
  if (parameter.kind === "setting" || parameter.kind === "computed") return parameter.field;
  if (parameter.kind === "vendor-space" || parameter.kind === "site-space") return parameter.kind;
  return parameter.kind === "option" ? `option ${optionKey(parameter)}` : undefined;
}

function checkRepeated(level: Level, report: Report): void {
  const first = new Map<string, { readonly parameter: Parameter; readonly declaration: number }>();
  const { parameters, reopened } = level.block;
  for (const [i, parameter] of parameters.entries()) {
    const subject = subjectOf(parameter);
    if (subject === undefined) continue;
    const declaration = reopened.filter((more) => more.first <= i).length;
    const other = first.get(subject);
    first.set(subject, { parameter, declaration });
    if (other === undefined) continue;
    const name = statementName(parameter.at, report);
    const related = { at: other.parameter.at, message: "set before here" };
    if (declaration === other.declaration)
      report.warning(parameter.at, `${name} is set twice in this block: the last one counts`, { related });
    else if (valueText(parameter) !== valueText(other.parameter))
      report.error(parameter.at, `${name} is set otherwise in another declaration of this ${level.block.header.kind}`, {
        expected: "the same value in both, or in one of them only",
        related,
      });
  }
}

/**
 * ISC's server goes through a block in its order: there a value behind an `if` counts for all clients; here the value
 * in the `if` counts for its clients.
 */
function checkBranchOrder(level: Level, report: Report): void {
  const branches = new Map<string, Parameter>();
  const collect = ({ block, branches: inner }: Level): void => {
    // A boot block is none of ISC's.
    if (block.header.kind !== "if" || block.header.startsOverHttp !== undefined) return;
    for (const parameter of block.parameters) {
      const subject = subjectOf(parameter);
      if (subject !== undefined && !branches.has(subject)) branches.set(subject, parameter);
    }
    for (const branch of inner) collect(branch);
  };
  for (const branch of level.branches) collect(branch);
  if (branches.size === 0) return;
  for (const parameter of level.block.parameters) {
    const subject = subjectOf(parameter);
    const other = subject === undefined ? undefined : branches.get(subject);
    if (other === undefined || other.at > parameter.at) continue;
    const name = statementName(parameter.at, report);
    report.warning(
      parameter.at,
      `${name} stands behind an if that sets it too: for its clients the if counts (in ISC's dhcpd the last value would)`,
      {
        expected: `${name} in front of the if, or in an else`,
        related: { at: other.at, message: "set for some clients here" },
        differsFromIsc: true,
      },
    );
  }
}

/** A parameter's value as text, to compare. */
function valueText(parameter: Parameter): string {
  const { at: _, ...value } = parameter;
  return JSON.stringify(value, (key, part: unknown) => {
    if (part instanceof Uint8Array) return formatHex(part);
    if (key === "at" || key === "valueAt") return undefined;
    return key === "space" ? optionSpaceName(part) : part;
  });
}

function optionSpaceName(part: unknown): string {
  return part instanceof OptionSpace ? part.name : "";
}

/** The words of a statement that say what it sets, as written. */
function statementName(at: number, report: Report): string {
  const words = /^(?:(?:allow|deny|not|option)\s+)?[\w.-]+/i;
  return words.exec(report.source.textAt(at, NAME_OCTETS_MAX))?.[0] ?? "a value";
}

function checkLeaseTimes(level: Level, report: Report): void {
  warnAboveMost(level, "minLeaseSeconds", report, () => ["minimum lease time", "maximum"]);
  const seconds = (value: Seconds): string => (value === Number.POSITIVE_INFINITY ? "for ever" : `${value} seconds`);
  warnAboveMost(level, "defaultLeaseSeconds", report, (usual, most) => [
    `default lease time (${seconds(usual)})`,
    `maximum (${seconds(most)})`,
  ]);
}

/** Warns of a lease time above the longest one; only a block that sets one of the two can make them disagree. */
function warnAboveMost(
  level: Level,
  field: LeaseTimeField,
  report: Report,
  name: (value: Seconds, most: Seconds) => readonly [string, string],
): void {
  const isOwn = level.places.has(field);
  if (!isOwn && !level.places.has("maxLeaseSeconds")) return;
  const chain = lexicalChain(level);
  const [value, most] = [findValue(chain, field), findValue(chain, "maxLeaseSeconds")];
  if (value <= most) return;
  const [at, otherAt] = [findPlace(chain, field), findPlace(chain, "maxLeaseSeconds")];
  const [here, other] = isOwn ? [at, otherAt] : [otherAt, at];
  const [high, low] = name(value, most);
  report.warning(here ?? level.block.at, `the ${high} is above the ${low}, which is what clients get`, {
    expected: `${SETTINGS[field].name} of at most max-lease-time`,
    ...(other !== undefined && { related: { at: other, message: "the other one is set here" } }),
  });
}

function checkClientIdentifier(level: Level, report: Report): void {
  if (level.block.header.kind === "host") return;
  for (const parameter of level.block.parameters) {
    if (parameter.kind === "option" && isClientIdentifier(parameter))
      report.warning(parameter.at, "option dhcp-client-identifier has no effect outside a host", { hasNoEffect: true });
  }
}

/** The first statement of each key in the text; a warning says of every other one that there is one before. */
export function firstOfEach<Thing extends { readonly at: number }>(
  things: readonly Thing[],
  keyOf: (thing: Thing) => string | number,
  textOf: (thing: Thing) => string,
  report: Report,
): readonly Thing[] {
  const first = new Map<string | number, Thing>();
  for (const thing of things) {
    const other = first.get(keyOf(thing));
    if (other === undefined) first.set(keyOf(thing), thing);
    else report.warning(thing.at, textOf(thing), { related: { at: other.at, message: "first declared here" } });
  }
  return [...first.values()];
}

/** Warns of values in force on a subnet that do not fit it. `chain` is the subnet's, nearest first. */
export function checkSubnet(chain: readonly Level[], subnet: DeclaredSubnet, report: Report): void {
  const { network, prefixLength, at } = subnet;
  const name = `${formatIpv4(network)}/${prefixLength}`;
  if (prefixLength > 0 && !isUnicastHost(network))
    report.warning(at, `no host can have an address in ${name}`, { expected: "a unicast network" });
  warnOfRouters(findOption(chain, OptionCode.routers), subnet, report);
}

/** Warns of routers that a pool itself sets and that are not in its subnet. `chain` is the pool's, `subnet.at` its place. */
export function checkRouters(chain: readonly Level[], subnet: DeclaredSubnet, report: Report): void {
  warnOfRouters(findOption(chain.slice(0, 1), OptionCode.routers), subnet, report);
}

function warnOfRouters(routers: OptionParameter | undefined, subnet: DeclaredSubnet, report: Report): void {
  const { network, mask, prefixLength, at } = subnet;
  const name = `${formatIpv4(network)}/${prefixLength}`;
  const octets = routers?.octets;
  if (octets === undefined || routers === undefined) return;
  for (let i = 0; i < octets.length; i += 4) {
    const router = getUint32(octets, i);
    if (isInNetwork(router, network, mask)) continue;
    report.warning(routers.valueAt, `the router ${formatIpv4(router)} is not in the subnet ${name}`, {
      expected: "a router that its clients can reach directly",
      related: { at, message: "the subnet" },
    });
  }
}
