// The syntax tree: what a dhcpd.conf says, block by block, values already read, nothing inherited.
// Positions (`at`) are offsets into the text; Source turns them into line and column.

import type { Ipv4 } from "../../base/ipv4.ts";
import type { ShieldRates } from "../../base/shield-rates.ts";
import type { Seconds } from "../../base/time.ts";
import type { ClusterField } from "../model/cluster.ts";
import type { DnsKey } from "../model/dns.ts";
import type { FirewallSet } from "../model/firewall-set.ts";
import type { Permit } from "../model/model.ts";
import type { Condition, MatchKey } from "../model/query-condition.ts";
import type { SettingField, SettingValues } from "../model/settings.ts";
import type { OptionSpace } from "./option-names.ts";

/** How a block is introduced. */
export type Header =
  | { readonly kind: "global" }
  | { readonly kind: "group" }
  | { readonly kind: "pool" }
  | ClassHeader
  | SubclassHeader
  | IfHeader
  | { readonly kind: "shared-network"; readonly name: string }
  | { readonly kind: "subnet"; readonly network: Ipv4; readonly mask: Ipv4; readonly prefixLength: number }
  | { readonly kind: "host"; readonly name: string };

/** `class`, `vendor-class` or `user-class`. */
export interface ClassHeader {
  readonly kind: "class";
  readonly form: "class" | "vendor-class" | "user-class";
  readonly name: string;
}

/** `subclass "NAME" DATA`. */
export interface SubclassHeader {
  readonly kind: "subclass";
  /** The name of its class. */
  readonly name: string;
  readonly nameAt: number;
  readonly data: Uint8Array;
  readonly dataAt: number;
}

/** `if`, `elsif` or `else`. */
export interface IfHeader {
  readonly kind: "if";
  /** The condition of an `elsif` or `else` also says that the earlier conditions do not hold. */
  readonly condition: Condition;
  /** Whether it is a `boot` entry for machines that start over HTTP. */
  readonly startsOverHttp?: boolean;
}

/** A block: its header, its own parameters and the blocks inside. */
export interface Block {
  readonly header: Header;
  /** Position of the keyword. */
  readonly at: number;
  readonly parent: Block | undefined;
  readonly parameters: Parameter[];
  readonly blocks: Block[];
  /** Further declarations of the same, which are read as one: where each stands, and the position of its first parameter. */
  readonly reopened: { readonly at: number; readonly first: number }[];
  /** Whether a statement in it could not be read, so that nothing can be said to be missing. */
  isIncomplete: boolean;
}

/** Settings that a block, or one parameter of it, sets. */
export type SetValues = { -readonly [Field in SettingField]?: SettingValues[Field] };

/** An address with its place. */
export interface AddressAt {
  readonly address: Ipv4;
  readonly at: number;
}

/** What every statement has: its kind, and where it stands. */
interface Statement<Kind extends string> {
  readonly kind: Kind;
  readonly at: number;
}

/** Addresses from `first` to `last`. */
interface Ends {
  readonly first: Ipv4;
  readonly last: Ipv4;
}

/** `default-lease-time 600;` and everything else that sets one value of a scope. */
export interface SettingParameter extends Statement<"setting"> {
  readonly field: SettingField;
  readonly value: SetValues;
}

/** `config-option NAME` in a value: what that option is for the client. */
export interface OptionReference {
  readonly code: number;
  /** Undefined: DHCP's own. */
  readonly space: OptionSpace | undefined;
  readonly name: string;
  readonly at: number;
}

/** A part of a value: octets, or the value of another option. */
export type ValuePart = Uint8Array | OptionReference;

/** Values that may be made from options. */
export type ComputedField = "fileName" | "serverName" | "nextServer";

/** `filename = EXPRESSION;` and its like, where the value depends on options. */
export interface ComputedParameter extends Statement<"computed"> {
  readonly field: ComputedField;
  readonly parts: readonly ValuePart[];
}

/** `option NAME VALUE;`, encoded. */
export interface OptionParameter extends Statement<"option"> {
  readonly code: number;
  /** The space that it is in; undefined: DHCP's own. */
  readonly space: OptionSpace | undefined;
  readonly name: string;
  /**
   * The octets to send. Undefined: the value of `parts`, or without them nothing, even if the blocks around set a
   * value.
   */
  readonly octets: Uint8Array | undefined;
  /** The parts of a value that depends on other options. */
  readonly parts?: readonly ValuePart[];
  /** Position of the value. */
  readonly valueAt: number;
}

/** `range [dynamic-bootp] FIRST [LAST] [of "SERVER"];` */
export interface RangeParameter extends Statement<"range">, Ends {
  readonly dynamicBootp: boolean;
  /** The server whose range it is; empty where none is named. */
  readonly server: string;
}

/** `split "NAME" [hold SECONDS];`: this server among those that have the ranges between them. */
export interface SplitParameter extends Statement<"split"> {
  readonly name: string;
  readonly holdSeconds: Seconds;
}

/** `metrics ADDRESS:PORT;` or `metrics "PATH";`, the same of `status-page`, and `status-page-token "PATH";`. */
export type HttpParameter = (Statement<"metrics"> | Statement<"status-page"> | Statement<"status-page-token">) & {
  readonly value: string;
};

/** `hosts-file "PATH";`: where clients' names are written to. */
export interface HostsFileParameter extends Statement<"hosts-file"> {
  readonly path: string;
}

/** `event-script "PATH" [user NAME] [timeout SECONDS] [renewals];` */
export interface EventScriptParameter extends Statement<"event-script"> {
  readonly path: string;
  /** Empty where none is named. */
  readonly user: string;
  readonly timeoutSeconds: Seconds;
  readonly tellsRenewals: boolean;
}

/** `ddns-update-style standard;` or `none`. */
export interface UpdateStyleParameter extends Statement<"ddns-update-style"> {
  readonly isOn: boolean;
}

/** `key NAME { ... }` */
export interface KeyParameter extends Statement<"key"> {
  readonly key: DnsKey;
}

/** `zone NAME { ... }` */
export interface ZoneParameter extends Statement<"zone"> {
  readonly name: string;
  readonly server: Ipv4;
  readonly port: number;
  readonly keyName: string | undefined;
  readonly keyAt: number;
}

/** `firewall-set nft [FAMILY] TABLE SET;` */
export interface FirewallSetParameter extends Statement<"firewall-set"> {
  readonly set: FirewallSet;
}

/** `exclude FIRST [LAST];` */
export type ExcludeParameter = Statement<"exclude"> & Ends;

/** `allow` or `deny` and a kind of clients, inside a pool. */
export interface PermitParameter extends Statement<"permit"> {
  readonly isAllowed: boolean;
  readonly clients: Permit["clients"];
  /** The class whose members it is about. */
  readonly className: string;
  readonly classAt: number;
}

/** `match if CONDITION;` or `match DATA;` */
export interface MatchParameter extends Statement<"match"> {
  readonly condition: Condition | undefined;
  /** None where there is a condition. */
  readonly keys: readonly MatchKey[];
}

/** `spawn with DATA;` */
export interface SpawnParameter extends Statement<"spawn"> {
  /** That the query has such data. */
  readonly condition: Condition;
}

/** `hardware TYPE ADDRESS;` */
export interface HardwareParameter extends Statement<"hardware"> {
  readonly htype: number;
  readonly address: Uint8Array;
}

/** `host-identifier option agent.NAME DATA;` */
export interface HostIdentifierParameter extends Statement<"host-identifier"> {
  /** Code of the sub-option. */
  readonly code: number;
  readonly value: Uint8Array;
}

/** `fixed-address ADDRESS {, ADDRESS};` */
export interface FixedAddressParameter extends Statement<"fixed-address"> {
  readonly addresses: readonly AddressAt[];
}

/** `listen on ADDRESS {, ADDRESS};` */
export interface ListenParameter extends Statement<"listen"> {
  readonly addresses: readonly AddressAt[];
}

/** `always-send NAME {, NAME};` */
export interface AlwaysSendParameter extends Statement<"always-send"> {
  readonly codes: readonly number[];
}

/** `vendor-option-space NAME;` */
export interface VendorSpaceParameter extends Statement<"vendor-space"> {
  readonly space: OptionSpace;
}

/** `site-option-space NAME;` */
export interface SiteSpaceParameter extends Statement<"site-space"> {
  readonly space: OptionSpace;
}

/** One setting of a `cluster` block. */
export interface ClusterEntry {
  readonly field: ClusterField;
  /** As its kind has it; of a `file` the path. */
  readonly value: unknown;
  readonly at: number;
  readonly valueAt: number;
}

/** `cluster { ... }` */
export interface ClusterParameter {
  readonly kind: "cluster";
  /** Each field once. */
  readonly entries: readonly ClusterEntry[];
  /** Whether an entry could not be read, so that nothing can be said to be missing. */
  readonly isIncomplete: boolean;
  readonly at: number;
}

/** A statement that is accepted and has no effect. */
export type NoParameter = Statement<"none">;

/** A statement that ends in a semicolon. */
export type Parameter =
  | SettingParameter
  | ComputedParameter
  | OptionParameter
  | RangeParameter
  | ExcludeParameter
  | PermitParameter
  | MatchParameter
  | SpawnParameter
  | HardwareParameter
  | HostIdentifierParameter
  | FixedAddressParameter
  | ListenParameter
  | VendorSpaceParameter
  | SiteSpaceParameter
  | AlwaysSendParameter
  | SplitParameter
  | ClusterParameter
  | HttpParameter
  | HostsFileParameter
  | EventScriptParameter
  | (Statement<"shield"> & { readonly rates: ShieldRates })
  | UpdateStyleParameter
  | KeyParameter
  | ZoneParameter
  | FirewallSetParameter
  | NoParameter;
