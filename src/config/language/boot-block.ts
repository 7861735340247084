// `boot { ... }`: which file each kind of machine starts from, by what its firmware says of itself
// (RFC 4578 section 2.1 and IANA's registry of processor architectures), without a class in sight:
//
//   boot {
//     server 192.0.2.10;
//     bios "undionly.kpxe";
//     uefi-x64 "ipxe.efi";
//     http-uefi-x64 "http://boot.example.org/ipxe.efi";
//     ipxe "http://boot.example.org/menu.ipxe";
//   }
//
// It becomes branches like an `if` has, one an entry: iPXE first, because it also sends the architecture of the
// firmware that has loaded it, then numbers, then names.

import { OptionCode } from "../../wire/options/option-code.ts";
import { both, type Condition, either, not, optionData } from "../model/query-condition.ts";
import type { Cursor } from "./cursor.ts";
import { octetsOf } from "./lexer.ts";
import { didYouMean, nearestWord } from "./suggest.ts";
import type { Parameter } from "./syntax.ts";
import { readAddressOrName, readDecimal, readString } from "./values.ts";

/** The values for the machines of one entry. */
export interface BootBranch {
  readonly condition: Condition;
  /** Whether they start over HTTP, and so take no answer but one with a URI and the class HTTPClient. */
  readonly startsOverHttp: boolean;
  readonly parameters: readonly Parameter[];
  readonly at: number;
}

/** As many as one option holds: a name that is too long for the field is sent in option 67. */
const FILE_OCTETS_MAX = 255;
const ARCHITECTURE_MAX = 0xffff;
const IPXE_OPTIONS = 175;

/**
 * Architectures by name, as IANA's registry numbers them. Number 9 was meant for byte code, but is what
 * x64 firmware sends as often as 7.
 */
const ARCHITECTURES: ReadonlyMap<string, readonly number[]> = new Map<string, readonly number[]>([
  ["bios", [0x00]],
  ["uefi-x86", [0x06]],
  ["uefi-x64", [0x07, 0x09]],
  ["uefi-arm32", [0x0a]],
  ["uefi-arm64", [0x0b]],
  ["uefi-riscv64", [0x1b]],
  ["uefi-loongarch64", [0x27]],
  ["uboot-arm32", [0x15]],
  ["uboot-arm64", [0x16]],
  ["http-bios", [0x14]],
  ["http-uefi-x86", [0x0f]],
  ["http-uefi-x64", [0x10]],
  ["http-uefi-arm32", [0x12]],
  ["http-uefi-arm64", [0x13]],
  ["http-uefi-riscv64", [0x1c]],
  ["http-uefi-loongarch64", [0x28]],
]);

/** Those that start over HTTP: they take no answer that does not say `HTTPClient`. */
const HTTP_ARCHITECTURES: ReadonlySet<number> = new Set([
  0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x17, 0x18, 0x1a, 0x1c, 0x1e, 0x26, 0x28,
]);

const HTTP_CLIENT = octetsOf("HTTPClient");
const PXE_CLIENT = octetsOf("PXEClient");
const ENTRIES_EXPECTED = `server, ipxe, architecture or ${[...ARCHITECTURES.keys()].join(", ")}`;

/** An entry that names a file. */
interface Entry {
  readonly name: string;
  /** Order: iPXE, numbers, names. */
  readonly rank: number;
  /** Empty for iPXE. */
  readonly architectures: readonly number[];
  readonly file: Uint8Array;
  readonly at: number;
}

/** Reads the entries up to the brace that closes the block, with `recover` past each that cannot be read. */
export function readBootBlock(cursor: Cursor, recover: () => void): readonly BootBranch[] {
  const entries: Entry[] = [];
  let server: Parameter | undefined;
  while (!cursor.isMark("}") && cursor.peek().kind !== "end") {
    if (cursor.takeMark(";")) continue;
    const { at } = cursor.peek();
    const isServer = cursor.takeWord("server");
    const read = isServer ? readServer(cursor, at) : readEntry(cursor);
    if (read === undefined || !cursor.takeMark(";")) {
      if (read !== undefined) cursor.unexpected("; at the end of the entry");
      const { at: stuckAt } = cursor.peek();
      recover();
      // It stops before what looks like a statement, which has no place here.
      if (cursor.peek().at === stuckAt && !cursor.isMark("}")) cursor.next();
    } else if ("kind" in read) server = read;
    else if (!isDeclared(read, entries, cursor)) entries.push(read);
  }
  return branchesOf(entries, server);
}

function readServer(cursor: Cursor, at: number): Parameter | undefined {
  const written = readAddressOrName(cursor);
  return written && { kind: "setting", field: "nextServer", value: { nextServer: written.addresses[0] }, at };
}

function readEntry(cursor: Cursor): Entry | undefined {
  const token = cursor.peek();
  const name = token.kind === "word" ? token.text.toLowerCase() : "";
  const architectures = ARCHITECTURES.get(name);
  const isNumbered = name === "architecture";
  if (architectures === undefined && !isNumbered && name !== "ipxe") {
    const meant = nearestWord(name, [...ARCHITECTURES.keys(), "server", "ipxe", "architecture"]);
    cursor.report.error(token.at, `"${token.text}" names no kind of machine`, {
      expected: meant === undefined ? ENTRIES_EXPECTED : didYouMean(meant),
    });
    cursor.next();
    return undefined;
  }
  cursor.next();
  const number = isNumbered
    ? readDecimal(cursor, { least: 0, most: ARCHITECTURE_MAX, what: "architecture" })
    : undefined;
  if (isNumbered && number === undefined) return undefined;
  const file = readString(cursor, FILE_OCTETS_MAX);
  if (file === undefined) return undefined;
  if (number !== undefined) return { name: `${name} ${number}`, rank: 1, architectures: [number], file, at: token.at };
  return { name, rank: name === "ipxe" ? 0 : 2, architectures: architectures ?? [], file, at: token.at };
}

function isDeclared(entry: Entry, entries: readonly Entry[], cursor: Cursor): boolean {
  const other = entries.find(({ name }) => name === entry.name);
  if (other === undefined) return false;
  cursor.report.error(entry.at, `${entry.name} is here twice`, {
    expected: "one file for each kind of machine",
    related: { at: other.at, message: "first named here" },
  });
  return true;
}

function branchesOf(entries: readonly Entry[], server: Parameter | undefined): readonly BootBranch[] {
  let before: Condition | undefined;
  const ordered = entries.toSorted((a, b) => a.rank - b.rank);
  return ordered.map((entry) => {
    const own = conditionOf(entry);
    const condition = both(before, own);
    before = both(before, not(own));
    const startsOverHttp = entry.architectures.some((number) => HTTP_ARCHITECTURES.has(number));
    return { condition, startsOverHttp, parameters: parametersOf(entry, server), at: entry.at };
  });
}

function conditionOf({ rank, architectures }: Entry): Condition {
  if (rank === 0) return [isUserClass("iPXE"), isUserClass("\x04iPXE"), exists(IPXE_OPTIONS)].reduce(either);
  const conditions = architectures.map((number): Condition => {
    const value = Uint8Array.of(number >>> 8, number & 255);
    return { kind: "equal", data: optionData(OptionCode.clientArchitecture, 2), value };
  });
  // Firmware older than the option.
  if (architectures.includes(0)) {
    const data = optionData(OptionCode.vendorClass, PXE_CLIENT.length);
    conditions.push(both({ kind: "equal", data, value: PXE_CLIENT }, not(exists(OptionCode.clientArchitecture))));
  }
  return conditions.reduce(either);
}

function parametersOf({ architectures, file, at }: Entry, server: Parameter | undefined): readonly Parameter[] {
  const parameters: Parameter[] = [{ kind: "setting", field: "fileName", value: { fileName: file }, at }];
  if (server !== undefined) parameters.push(server);
  if (architectures.some((number) => HTTP_ARCHITECTURES.has(number)))
    parameters.push(
      {
        kind: "option",
        code: OptionCode.vendorClass,
        space: undefined,
        name: "vendor-class-identifier",
        octets: HTTP_CLIENT,
        at,
        valueAt: at,
      },
      { kind: "always-send", codes: [OptionCode.vendorClass], at },
    );
  return parameters;
}

function isUserClass(text: string): Condition {
  return { kind: "equal", data: optionData(OptionCode.userClass), value: octetsOf(text) };
}

function exists(code: number): Condition {
  return { kind: "exists", data: optionData(code) };
}
