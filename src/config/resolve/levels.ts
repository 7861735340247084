// Lexical lookup of parameters. Each block has a Level that holds only what the block itself sets;
// a scope is made by laying levels over each other, the nearest last.
//
// The order for a client that is a host on a subnet: host, groups around the host, classes (with the groups around
// them), pool, subnet, groups and shared network around the subnet, top level. A group around both counts once, as the
// subnet's: the subnet's own values are nearer. Blocks around a host that are not groups (a host written inside a
// subnet) select nothing: a host counts where its fixed addresses lie or, without any, everywhere. The branches of an
// `if` that the client takes count in front of the block that they stand in. All this is the documented rule of
// dhcpd.conf(5), not OpenBSD's practice, where a host carries a copy of the global options.

import type { Seconds } from "../../base/time.ts";
import { DEFAULT_ORDER, OptionCode } from "../../wire/options/option-code.ts";
import { OptionSet } from "../../wire/options/option-set.ts";
import { octetsOf } from "../language/lexer.ts";
import type { OptionSpace } from "../language/option-names.ts";
import type { Block, ComputedField, OptionParameter, SetValues, ValuePart } from "../language/syntax.ts";
import type { FirewallSet } from "../model/firewall-set.ts";
import { newScope, type Scope } from "../model/scope.ts";
import { DEFAULTS, type FieldOf, type SettingField, type SettingValues } from "../model/settings.ts";
import { COMPUTED_FIELDS, computeValues, optionKey, sentOptions } from "./sent-options.ts";

/** What one block sets, and the level around it. */
export class Level {
  readonly block: Block;
  readonly parent: Level | undefined;
  readonly values: SetValues;
  /** Where each value is set. */
  readonly places: ReadonlyMap<SettingField, number>;
  /** By code; of a space's by 256 times its index plus code. */
  readonly options: ReadonlyMap<number, OptionParameter>;
  /** The branches of every `if` that stands in the block itself, in the order of the text. */
  readonly branches: Level[] = [];
  /** Codes of options that are sent although a client does not ask for them. */
  readonly alwaysSend: readonly number[];
  /** The sets that have the addresses of the block's clients. */
  readonly firewallSets: readonly FirewallSet[];
  /** The space whose options go into option 43. */
  readonly vendorSpace: OptionSpace | undefined;
  /** The space whose options from SITE_CODE_MIN on are DHCP's own. */
  readonly siteSpace: OptionSpace | undefined;
  /** Values that are made from options. */
  readonly computed: ReadonlyMap<ComputedField, readonly ValuePart[]>;

  constructor(block: Block, parent: Level | undefined) {
    const values: SetValues = {};
    const places = new Map<SettingField, number>();
    const options = new Map<number, OptionParameter>();
    const computed = new Map<ComputedField, readonly ValuePart[]>();
    const alwaysSend: number[] = [];
    const firewallSets: FirewallSet[] = [];
    let vendorSpace: OptionSpace | undefined;
    let siteSpace: OptionSpace | undefined;
    for (const parameter of block.parameters) {
      if (parameter.kind === "setting") {
        Object.assign(values, parameter.value);
        places.set(parameter.field, parameter.at);
        computed.delete(parameter.field as ComputedField);
      } else if (parameter.kind === "computed") {
        delete values[parameter.field];
        places.set(parameter.field, parameter.at);
        computed.set(parameter.field, parameter.parts);
      } else if (parameter.kind === "option") {
        // A client identifier tells which client a host is; it is nothing to send.
        if (!isClientIdentifier(parameter)) options.set(optionKey(parameter), parameter);
      } else if (parameter.kind === "vendor-space") vendorSpace = parameter.space;
      else if (parameter.kind === "site-space") siteSpace = parameter.space;
      else if (parameter.kind === "always-send") alwaysSend.push(...parameter.codes);
      else if (parameter.kind === "firewall-set") firewallSets.push(parameter.set);
      // The nearest word on unknown clients counts: a subnet's `deny` does not bind a pool that is for them.
      else if (parameter.kind === "permit") {
        if (parameter.isAllowed && parameter.clients === "unknown") values.allowUnknownClients = true;
      }
      // OpenBSD: such a range allows dynamic BOOTP on its subnet, unless the subnet says otherwise.
      else if (parameter.kind === "range" && parameter.dynamicBootp) values.allowDynamicBootp ??= true;
    }
    const { header } = block;
    if (header.kind === "class" && header.form !== "class") {
      // OpenBSD: a member gets the name that it has sent.
      const code = header.form === "vendor-class" ? OptionCode.vendorClass : OptionCode.userClass;
      const { at } = block;
      const octets = octetsOf(header.name);
      if (!options.has(code))
        options.set(code, { kind: "option", code, space: undefined, name: header.form, octets, at, valueAt: at });
    }
    this.block = block;
    this.parent = parent;
    this.values = values;
    this.places = places;
    this.options = options;
    this.vendorSpace = vendorSpace;
    this.siteSpace = siteSpace;
    this.computed = computed;
    this.alwaysSend = alwaysSend;
    this.firewallSets = firewallSets;
  }

  /** Whether the block sets nothing at all. */
  get isEmpty(): boolean {
    const { options, computed, values, alwaysSend, firewallSets } = this;
    const namesSpace = this.vendorSpace !== undefined || this.siteSpace !== undefined;
    const setsOptions = options.size > 0 || computed.size > 0 || alwaysSend.length > 0;
    return !setsOptions && !namesSpace && firewallSets.length === 0 && Object.keys(values).length === 0;
  }
}

/** A level and all around it, nearest first. */
export function lexicalChain(level: Level): Level[] {
  const chain: Level[] = [];
  for (let next: Level | undefined = level; next !== undefined; next = next.parent) chain.push(next);
  return chain;
}

/** The chain of a pool: its own level and the groups around it, then `chain`, its subnet's, which it need not stand in. */
export function poolChain(pool: Level, chain: readonly Level[]): Level[] {
  const own = lexicalChain(pool);
  const joint = own.findIndex((level) => chain.includes(level));
  return [...own.slice(0, joint < 0 ? own.length : joint), ...chain];
}

/**
 * The levels that a host or class adds in front of `chain`, its site's: its own and the groups around it that are
 * not around the site; of a host the pool around it too, which need not have the host's address.
 */
export function frontLevels(front: Level, chain: readonly Level[]): Level[] {
  const levels = [front];
  const isHost = front.block.header.kind === "host";
  for (let next = front.parent; next !== undefined; next = next.parent) {
    const { kind } = next.block.header;
    if (kind !== "group" && !(isHost && kind === "pool")) break;
    if (!chain.includes(next)) levels.push(next);
  }
  return levels;
}

/** A chain with the branches (of each `if` in it) that are in `active`: the last one of a block is the nearest. */
export function withBranches(chain: readonly Level[], active: ReadonlySet<Level>): readonly Level[] {
  return chain.flatMap((level) => {
    const branches = level.branches.filter((branch) => active.has(branch)).toReversed();
    return [...withBranches(branches, active), level];
  });
}

/** Lays the levels of a chain over each other; the first (nearest) wins. `hostName` is the name of the host that the scope is for. */
export function makeScope(chain: readonly Level[], hostName?: string): Scope {
  let values: SettingValues = DEFAULTS;
  const inForce = new Map<number, OptionParameter>();
  const computed = new Map<ComputedField, readonly ValuePart[]>();
  for (const level of chain.toReversed()) {
    values = { ...values, ...level.values };
    for (const field of COMPUTED_FIELDS) if (field in level.values) computed.delete(field);
    for (const [field, parts] of level.computed) computed.set(field, parts);
    for (const [key, option] of level.options) inForce.set(key, option);
  }
  if (computed.size > 0) values = { ...values, ...computeValues(computed, inForce) };
  const options = sentOptions(inForce, {
    vendor: chain.find(({ vendorSpace }) => vendorSpace !== undefined)?.vendorSpace,
    site: chain.find(({ siteSpace }) => siteSpace !== undefined)?.siteSpace,
  });
  const lacksName = hostName !== undefined && values.useHostDeclNames && !options.has(OptionCode.hostName);
  if (lacksName) options.set(OptionCode.hostName, octetsOf(hostName));
  const sending = {
    requestedOnly: values.requestedOptionsOnly,
    always: [...new Set(chain.flatMap((level) => level.alwaysSend))],
  };
  return newScope(
    { ...values, ...httpBootFile(chain, values) },
    new OptionSet(options, DEFAULT_ORDER, sending),
    chain.flatMap((level) => level.firewallSets),
  );
}

/** A URI's scheme. */
const URI_START = /^[a-z][a-z0-9+.-]*:/i;

/**
 * The values that firmware needs to start over HTTP, and that no nearer block sets: the reply says "HTTPClient", so the
 * name has to be a URI.
 */
function httpBootFile(chain: readonly Level[], values: SettingValues): SetValues {
  const entry = chain.find(({ block: { header } }) => header.kind === "if" && header.startsOverHttp === true);
  if (entry === undefined || URI_START.test(String.fromCharCode(...values.fileName))) return {};
  return entry.values;
}

/** Whether this is DHCP's own client identifier, which identifies a host. */
export function isClientIdentifier({ code, space }: OptionParameter): boolean {
  return code === OptionCode.clientId && space === undefined;
}

/** The option in force in a chain, or undefined. */
export function findOption(chain: readonly Level[], code: number): OptionParameter | undefined {
  for (const level of chain) {
    const option = level.options.get(code);
    if (option !== undefined) return option;
  }
  return undefined;
}

/** The lease times that leases of DHCP have. */
export type LeaseTimeField = Exclude<FieldOf<"lease-time">, "dynamicBootpLeaseSeconds">;

/** A time in force in a chain, without the rest of its scope. */
export function findValue(chain: readonly Level[], field: LeaseTimeField): Seconds {
  return chain.find((level) => level.places.has(field))?.values[field] ?? DEFAULTS[field];
}

/** Where a value in force in a chain is set; undefined where it is the default. */
export function findPlace(chain: readonly Level[], field: SettingField): number | undefined {
  return chain.find((level) => level.places.has(field))?.places.get(field);
}
