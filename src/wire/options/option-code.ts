// DHCP options by code and by name (the table is option-registry.ts), and the order in which a reply sends options that
// the client did not ask for. A code without a name is `option-nnn` with raw octets; a code that dhcp-options(5) leaves
// without a name keeps that one besides its own, for configurations that use it.

import { FURTHER_OPTIONS, OPENBSD_OPTIONS, OTHER_NAMES } from "./option-registry.ts";

/** Codes that the server itself reads or writes. */
export const OptionCode = {
  pad: 0,
  subnetMask: 1,
  routers: 3,
  hostName: 12,
  domainName: 15,
  staticRoutes: 33,
  vendorOptions: 43,
  requestedAddress: 50,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  serverId: 54,
  requestList: 55,
  message: 56,
  maxMessageSize: 57,
  renewalTime: 58,
  rebindingTime: 59,
  vendorClass: 60,
  clientId: 61,
  bootFile: 67,
  userClass: 77,
  rapidCommit: 80,
  fqdn: 81,
  relayAgentInformation: 82,
  clientLastTransactionTime: 91,
  clientArchitecture: 93,
  clientMachineId: 97,
  associatedIp: 92,
  ipv6OnlyPreferred: 108,
  captivePortal: 114,
  autoConfigure: 116,
  subnetSelection: 118,
  classlessRoutes: 121,
  statusCode: 151,
  baseTime: 152,
  startTimeOfState: 153,
  queryStartTime: 154,
  queryEndTime: 155,
  dhcpState: 156,
  dataSource: 157,
  mudUrl: 161,
  virtualSubnetSelection: 221,
  microsoftRoutes: 249,
  end: 255,
} as const;

/** One option: how people write it and what its octets mean. */
export interface OptionDefinition {
  /** 0..255. */
  readonly code: number;
  readonly name: string;
  /** Format letters (option-format.ts); empty for pad and end, which have no value. */
  readonly format: string;
}

const UNNAMED_FORMAT = "X";

const byCode: readonly OptionDefinition[] = allDefinitions();
const byName: ReadonlyMap<string, OptionDefinition> = allNames();
const NOTHING: OptionDefinition = { code: -1, name: "no option", format: "" };

function allDefinitions(): OptionDefinition[] {
  const definitions = Array.from({ length: 256 }, (_, code) => unnamed(code));
  for (const [code, name, format] of [...OPENBSD_OPTIONS, ...FURTHER_OPTIONS]) {
    definitions[code] = { code, name, format };
  }
  return definitions;
}

function unnamed(code: number): OptionDefinition {
  return { code, name: `option-${code}`, format: UNNAMED_FORMAT };
}

function allNames(): Map<string, OptionDefinition> {
  const names = new Map<string, OptionDefinition>();
  for (const [code] of FURTHER_OPTIONS) names.set(`option-${code}`, unnamed(code));
  for (const [name, code] of OTHER_NAMES) names.set(name, optionByCode(code));
  for (const option of byCode) names.set(option.name, option);
  return names;
}

/** The option with that code (0..255); codes without a name are `option-nnn`. */
export function optionByCode(code: number): OptionDefinition {
  return byCode[code] ?? NOTHING;
}

/**
 * The option that is written as `name` in a configuration, or undefined. By its number (`option-93`)
 * an option takes raw octets; one that dhcp-options(5) names has no such name (`option-3` is
 * undefined). Pad and end are no options to set.
 */
export function optionByName(name: string): OptionDefinition | undefined {
  const option = byName.get(name);
  return option === undefined || option.format === "" ? undefined : option;
}

/** All names of options, other spellings included, with their options. */
export const OPTIONS_BY_NAME: ReadonlyMap<string, OptionDefinition> = byName;

/** Every option that a configuration may name, by code: for "did you mean" and documentation. */
export const SETTABLE_OPTIONS: readonly OptionDefinition[] = byCode.filter((option) => option.format !== "");

// dhcpd(8)'s default order. What the server sets in every reply comes first.
const FIRST_CODES = [
  53, 54, 51, 56, 50, 52, 57, 58, 59, 60, 61, 1, 2, 121, 249, 3, 4, 5, 6, 12, 7, 8, 9, 10, 11, 13, 14,
];
const MORE_CODES = [15, 119, ...codesFrom(16, 49), 55, 77, 82];

function codesFrom(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Position of each code in the default order. */
export const DEFAULT_RANKS: Uint16Array = makeRanks();

function makeRanks(): Uint16Array {
  const ordered = new Set([...FIRST_CODES, ...MORE_CODES, ...codesFrom(0, 255)]);
  const ranks = new Uint16Array(256);
  for (const [rank, code] of [...ordered].entries()) ranks[code] = rank;
  return ranks;
}

/** Compares two codes by the default order of replies: the `order` of every OptionSet of a configuration. */
export function DEFAULT_ORDER(a: number, b: number): number {
  return (DEFAULT_RANKS[a] ?? 0) - (DEFAULT_RANKS[b] ?? 0);
}
