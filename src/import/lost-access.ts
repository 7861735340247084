// How left-out statements change which clients are served. A class without its match has no members: a pool that denies
// them would be open to them. Such a pool is closed and named.

import { addTo } from "../base/lists.ts";
import { excerpt } from "./notice.ts";
import { type Extent, everyExtent, findParent, wordOf } from "./statement-extents.ts";

/** A statement to comment out. */
export interface Removal {
  readonly extent: Extent;
  /** Why, and what follows from it. */
  readonly reason: string;
  /** What there is to do. */
  readonly advice?: string | undefined;
  /** A statement to put in its place. */
  readonly stead?: string | undefined;
}

const CLOSED = "deny all clients;";
/** Words behind allow and deny that are about something else than the addresses of a pool. */
const PERMISSION =
  /^(allow|deny|ignore)\s+(?!booting\b|bootp\b|dynamic|leasequery|bulk-|client-updates|duplicates|declines)/i;
const MEMBERS = /^(?:allow|deny|ignore)\s+members\s+(?:of\s+)?"([^"]*)"/i;
const ALLOWED = /^allow\s+(?:known|unknown|all|members)\b/i;
const DENIES_KNOWN = /^(?:deny|ignore)\s+known(?:-|\s+)clients\b/i;
/** The statements that identify a host. */
const IDENTIFIER = /^(?:hardware|host-identifier|option\s+dhcp-client-identifier)\b/i;
/** Pools that one notice names. */
const NAMED_MAX = 3;
const CLASS = /^(?:sub)?class\s+"([^"]*)"/i;
const REFUSAL = /(?:^|[;{}\n])[ \t]*(?:deny|ignore)\s+(?:booting|bootp|dynamic-bootp|unknown-clients)\b/i;
/** Statements whose refusals are for some clients. */
const SELECTION = /^(?:class|subclass|host|group|if|elsif|else)$/;

/** Follows the left-out statements, round by round. */
export class LostAccess {
  /** Classes without what makes their members. */
  private readonly classes = new Set<string>();
  /** Heads of subclasses by the name of their class. */
  private readonly subclasses = new Map<string, string[]>();

  /** The statements of one round (in order, none inside another) with what follows from each, and with what goes with them. */
  follow(text: string, extents: readonly Extent[], removals: readonly Removal[]): readonly Removal[] {
    const round = new Round(text, removals);
    let opened: string | undefined;
    const followed = removals.flatMap((removal) => {
      const { extent, reason } = removal;
      const parent = findParent(extents, extent);
      const word = round.word(extent);
      if (parent !== undefined && round.word(parent) === "pool") return [round.withoutPermit(parent, removal)];
      const name = CLASS.exec(text.slice(extent.start, extent.headEnd))?.[1];
      if (word === "subclass" && name !== undefined) addTo(this.subclasses, name, headOf(text, extent));
      if (word === "class" && name !== undefined && extent.inner.some((inner) => round.makesMembers(inner))) {
        this.classes.add(name);
      }
      if (parent !== undefined && round.word(parent) === "class" && round.makesMembers(extent)) {
        return this.withoutMatch(round, parent, removal);
      }
      if (isHostLost(round, extent, parent)) {
        opened ??= openedToStrangers(text, extents);
        return [opened === "" ? removal : { ...removal, reason: `${reason}; ${opened}` }];
      }
      const refuses = SELECTION.test(word) && REFUSAL.test(text.slice(extent.headEnd, extent.end));
      return [refuses ? { ...removal, reason: `${reason}; the clients that it refuses are served` } : removal];
    });
    const sorted = followed.toSorted((a, b) => a.extent.start - b.extent.start);
    return sorted.filter(({ extent }, i) => extent.start !== sorted[i - 1]?.extent.start);
  }

  /** What pools say about the classes that have lost members. */
  permits(text: string, extents: readonly Extent[]): readonly Removal[] {
    if (this.classes.size === 0 && this.subclasses.size === 0) return [];
    const kept = new Set<string>();
    const found: { readonly pool: Extent; readonly extent: Extent; readonly name: string; readonly isDeny: boolean }[] =
      [];
    for (const extent of everyExtent(extents)) {
      const word = wordOf(text, extent);
      if (word === "subclass") kept.add(headOf(text, extent));
      if (word !== "pool") continue;
      for (const inner of extent.inner) {
        const [statement, name] = MEMBERS.exec(text.slice(inner.start, inner.end)) ?? [];
        if (statement === undefined || name === undefined) continue;
        found.push({ pool: extent, extent: inner, name, isDeny: !/^allow/i.test(statement) });
      }
    }
    const lost = found.flatMap(({ pool, extent, name, isDeny }) => {
      if (this.classes.has(name)) return [{ pool, extent, reason: `the class ${name} has lost its match` }];
      const isPart = isDeny && this.subclasses.get(name)?.some((head) => !kept.has(head));
      return isPart ? [{ pool, extent, reason: `the class ${name} has lost a subclass` }] : [];
    });
    const round = new Round(text, lost);
    return lost.map(({ pool, extent, reason }) => round.withoutPermit(pool, { extent, reason }));
  }

  /** A class that loses its match or spawn, with the others: alone they would make more members. */
  private withoutMatch(round: Round, parent: Extent, removal: Removal): readonly Removal[] {
    if (!round.isFirst(parent)) return [removal];
    const name = CLASS.exec(round.text.slice(parent.start, parent.headEnd))?.[1] ?? "";
    const others = parent.inner.filter((inner) => round.makesMembers(inner) && !round.isRemoved(inner));
    if (round.word(removal.extent) === "spawn" && others.length > 0) {
      return [{ ...removal, reason: `${removal.reason}; who meets the match of the class ${name} is in it` }];
    }
    this.classes.add(name);
    const refused = REFUSAL.test(round.text.slice(parent.headEnd, parent.end))
      ? ", and the clients that it refuses are served"
      : "";
    const reason = `${removal.reason}; nobody is in the class ${name}${refused}`;
    const along = others.map((extent) => ({ extent, reason: `the class ${name} has lost its match` }));
    return [{ ...removal, reason }, ...along];
  }
}

/** Statements that are left out together. */
class Round {
  readonly text: string;
  private readonly removed: ReadonlySet<number>;
  /** Whether a pool stays open: whether it allows other clients by name. */
  private readonly open = new Map<Extent, boolean>();
  private readonly looked = new Set<Extent>();

  constructor(text: string, removals: readonly { readonly extent: Extent }[]) {
    this.text = text;
    this.removed = new Set(removals.map(({ extent }) => extent.start));
  }

  isRemoved({ start }: Extent): boolean {
    return this.removed.has(start);
  }

  word(extent: Extent): string {
    return wordOf(this.text, extent);
  }

  makesMembers(extent: Extent): boolean {
    return /^(?:match|spawn)$/.test(this.word(extent));
  }

  /** A statement of a pool, with the one that closes the pool to clients that it must not let in. */
  withoutPermit(pool: Extent, removal: Removal): Removal {
    const [, verb] = PERMISSION.exec(this.text.slice(removal.extent.start, removal.extent.end)) ?? [];
    if (verb === undefined) return removal;
    const addresses = addressesOf(this.text, pool);
    if (verb.toLowerCase() === "allow" && this.hasOthers(pool)) {
      return {
        ...removal,
        reason: `${removal.reason}; addresses of ${addresses} are for the other clients that it allows`,
      };
    }
    const reason = `${removal.reason}; nobody gets an address of ${addresses}`;
    return this.isFirst(pool) ? { ...removal, reason, stead: CLOSED } : { ...removal, reason };
  }

  /** Whether a block is asked about for the first time in this round. */
  isFirst(block: Extent): boolean {
    const isKnown = this.looked.has(block);
    this.looked.add(block);
    return !isKnown;
  }

  private hasOthers(pool: Extent): boolean {
    const known = this.open.get(pool);
    if (known !== undefined) return known;
    const isOpen = pool.inner.some(
      (inner) => ALLOWED.test(this.text.slice(inner.start, inner.end)) && !this.isRemoved(inner),
    );
    this.open.set(pool, isOpen);
    return isOpen;
  }
}

/** Whether the client of a host is not known any more: all of it is left out, or what it is recognised by. */
function isHostLost(round: Round, extent: Extent, parent: Extent | undefined): boolean {
  if (round.word(extent) === "host") return true;
  const isOfHost = parent !== undefined && round.word(parent) === "host";
  return isOfHost && IDENTIFIER.test(round.text.slice(extent.start, extent.end));
}

/** What a host that is not known any more may have: addresses of pools that deny known clients; empty if there are none. */
function openedToStrangers(text: string, extents: readonly Extent[]): string {
  const found: string[] = [];
  for (const extent of everyExtent(extents)) {
    const isDenying = extent.inner.some(({ start, end }) => DENIES_KNOWN.test(text.slice(start, end)));
    if (wordOf(text, extent) === "pool" && isDenying) found.push(addressesOf(text, extent));
  }
  if (found.length === 0) return "";
  const more = found.length > NAMED_MAX ? " and of others" : "";
  return `its client may have addresses of ${found.slice(0, NAMED_MAX).join(", of ")}${more}: known clients are denied there`;
}

/** A pool's addresses, to name it by. */
function addressesOf(text: string, pool: Extent): string {
  const ranges = pool.inner.flatMap(({ start, end }) => {
    const [, first, last] = /^range\s+(?:dynamic-bootp\s+)?([\d.]+)\s*([\d.]*)/i.exec(text.slice(start, end)) ?? [];
    if (first === undefined) return [];
    return [last === undefined || last === "" ? first : `${first} to ${last}`];
  });
  return ranges.length === 0 ? "the pool" : excerpt(`the pool ${ranges.join(", ")}`);
}

/** What stands in front of the block of a subclass. */
function headOf(text: string, { start, headEnd }: Extent): string {
  return text
    .slice(start, headEnd)
    .replace(/[\s;]+/g, " ")
    .trim()
    .toLowerCase();
}
