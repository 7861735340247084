// What a lease remembers of its client besides times: hardware address, client identifier, host
// name, agent information and vendor class, as one block of octets in large pages.
//
// A block is never changed: new details make a new block, so that the one before can be kept for
// undoing a change. Blocks are multiples of 8 octets; a freed one goes to the list of its size and
// is cut up when nothing else is left, so that there is no compaction and no pause. Pages never
// move and never shrink: memory is that of the largest content there ever was.
//
// A block: htype, hlen, and the lengths of client identifier, host name, agent information and
// vendor class, an octet each; then hardware address and these four in the same order.

import { findRelaySubOption, isRelayAgentInformation } from "../wire/relay-agent.ts";
import type { LeaseRecord } from "./lease.ts";

/** What is kept; ClientIdentity has these fields. Octets after the lengths are ignored. */
export interface ClientDetails {
  readonly htype: number;
  readonly hlen: number;
  readonly chaddr: Uint8Array;
  readonly clientId: Uint8Array;
  readonly clientIdLength: number;
  readonly hostName: Uint8Array;
  readonly hostNameLength: number;
  readonly agentInformation: Uint8Array;
  readonly agentInformationLength: number;
  readonly vendorClass: Uint8Array;
  readonly vendorClassLength: number;
}

/** Where client details are copied to: chaddr has room for 16 octets, the others for 255. */
export type ClientDetailsTarget = { -readonly [Field in keyof ClientDetails]: ClientDetails[Field] };

/** A block of the heap; 0 is none. */
export type DetailsHandle = number;

/** Octets of a block before its first field. */
export const DETAILS_HEADER = 6;
/** Octets of the largest block. */
export const DETAILS_OCTETS_MAX = DETAILS_HEADER + 16 + 4 * 255;

const UNIT_SHIFT = 3;
const PAGE_SHIFT = 17;
const PAGE_UNITS = 1 << PAGE_SHIFT;
const UNITS_MAX = (DETAILS_OCTETS_MAX + 7) >>> UNIT_SHIFT;
const NO_PAGE = new Uint8Array(0);

/** Octets that `client` takes. */
function packedLength(client: ClientDetails): number {
  const text = client.hostNameLength + client.agentInformationLength + client.vendorClassLength;
  return DETAILS_HEADER + client.hlen + client.clientIdLength + text;
}

/** Writes the block of `client` at `start`. Lengths are at most 16 for chaddr and 255 for the others. */
export function packDetails(client: ClientDetails, page: Uint8Array, start: number): void {
  page[start] = client.htype;
  page[start + 1] = client.hlen;
  page[start + 2] = client.clientIdLength;
  page[start + 3] = client.hostNameLength;
  page[start + 4] = client.agentInformationLength;
  page[start + 5] = client.vendorClassLength;
  let at = copyTo(page, start + DETAILS_HEADER, client.chaddr, client.hlen);
  at = copyTo(page, at, client.clientId, client.clientIdLength);
  at = copyTo(page, at, client.hostName, client.hostNameLength);
  at = copyTo(page, at, client.agentInformation, client.agentInformationLength);
  copyTo(page, at, client.vendorClass, client.vendorClassLength);
}

/** Blocks of client details. */
export class DetailsHeap {
  private readonly pages: Uint8Array[] = [];
  /** First unit of the last page that was never used. */
  private unused = PAGE_UNITS;
  /** By size in units: the first free block; each holds the handle of the next in its first 4 octets. */
  private readonly freeBlocks = new Uint32Array(UNITS_MAX + 1);

  /** Octets of all pages. */
  get capacity(): number {
    return this.pages.length * (PAGE_UNITS << UNIT_SHIFT);
  }

  /** Keeps a copy of `client`; lengths are at most 16 for chaddr and 255 for the others. */
  store(client: ClientDetails): DetailsHandle {
    const handle = this.allocate((packedLength(client) + 7) >>> UNIT_SHIFT);
    packDetails(client, this.pageOf(handle), this.offsetOf(handle));
    return handle;
  }

  /** Keeps a copy of another heap's block. */
  adopt(other: DetailsHeap, block: DetailsHandle): DetailsHandle {
    const source = other.pageOf(block);
    const from = other.offsetOf(block);
    const length = lengthOf(source, from);
    const handle = this.allocate((length + 7) >>> UNIT_SHIFT);
    this.pageOf(handle).set(source.subarray(from, from + length), this.offsetOf(handle));
    return handle;
  }

  /** Gives a block back. */
  release(handle: DetailsHandle): void {
    const page = this.pageOf(handle);
    this.shelve(handle, (lengthOf(page, this.offsetOf(handle)) + 7) >>> UNIT_SHIFT);
  }

  /** The page that holds a block; the block is whole in it. */
  pageOf(handle: DetailsHandle): Uint8Array {
    return this.pages[handle >>> PAGE_SHIFT] ?? NO_PAGE;
  }

  /** Where in its page a block starts. */
  offsetOf(handle: DetailsHandle): number {
    return (handle & (PAGE_UNITS - 1)) << UNIT_SHIFT;
  }

  /** Whether the block names a client at all. */
  hasKey(handle: DetailsHandle): boolean {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    return page[at + 1] !== 0 || page[at + 2] !== 0;
  }

  /** Whether the block's client key is the client's. */
  hasKeyOf(handle: DetailsHandle, client: ClientDetails): boolean {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    if (page[at + 2] !== client.clientIdLength) return false;
    if (client.clientIdLength === 0) return this.hasHardwareOf(handle, client);
    return isAt(page, at + DETAILS_HEADER + (page[at + 1] ?? 0), client.clientId, client.clientIdLength);
  }

  /** Whether two blocks have the same client key. */
  isSameKey(a: DetailsHandle, b: DetailsHandle): boolean {
    const pageA = this.pageOf(a);
    const pageB = this.pageOf(b);
    const atA = this.offsetOf(a);
    const atB = this.offsetOf(b);
    const length = pageA[atA + 2] ?? 0;
    if (length !== pageB[atB + 2]) return false;
    const hlenA = pageA[atA + 1] ?? 0;
    const hlenB = pageB[atB + 1] ?? 0;
    if (length > 0) return isSame(pageA, atA + DETAILS_HEADER + hlenA, pageB, atB + DETAILS_HEADER + hlenB, length);
    return (
      hlenA === hlenB &&
      pageA[atA] === pageB[atB] &&
      isSame(pageA, atA + DETAILS_HEADER, pageB, atB + DETAILS_HEADER, hlenA)
    );
  }

  /** Whether the block's hardware type and address are the client's. */
  hasHardwareOf(handle: DetailsHandle, client: ClientDetails): boolean {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    return (
      page[at] === client.htype &&
      page[at + 1] === client.hlen &&
      isAt(page, at + DETAILS_HEADER, client.chaddr, client.hlen)
    );
  }

  /** Whether all but the client identifier is the client's. */
  hasDetailsOf(handle: DetailsHandle, client: ClientDetails): boolean {
    if (!this.hasHardwareOf(handle, client)) return false;
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    if (page[at + 3] !== client.hostNameLength) return false;
    if (page[at + 4] !== client.agentInformationLength) return false;
    if (page[at + 5] !== client.vendorClassLength) return false;
    const hostName = at + DETAILS_HEADER + client.hlen + (page[at + 2] ?? 0);
    const agentInformation = hostName + client.hostNameLength;
    const vendorClass = agentInformation + client.agentInformationLength;
    return (
      isAt(page, hostName, client.hostName, client.hostNameLength) &&
      isAt(page, agentInformation, client.agentInformation, client.agentInformationLength) &&
      isAt(page, vendorClass, client.vendorClass, client.vendorClassLength)
    );
  }

  /** Whether the block's agent information has this sub-option with this value. Information that is not whole sub-options has none. */
  hasAgentSubOption(handle: DetailsHandle, code: number, value: Uint8Array): boolean {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    const from = at + DETAILS_HEADER + (page[at + 1] ?? 0) + (page[at + 2] ?? 0) + (page[at + 3] ?? 0);
    const length = page[at + 4] ?? 0;
    // What a lease file says may have come from anywhere.
    if (length === 0 || !isRelayAgentInformation(page, from, length)) return false;
    const found = findRelaySubOption(page, from, length, code);
    return found > 0 && page[found - 1] === value.length && isAt(page, found, value, value.length);
  }

  /** Copies the agent information of a block to the start of `target`, which has room for all; returns its length. */
  copyAgentInformation(handle: DetailsHandle, target: Uint8Array): number {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    const from = at + DETAILS_HEADER + (page[at + 1] ?? 0) + (page[at + 2] ?? 0) + (page[at + 3] ?? 0);
    const length = page[at + 4] ?? 0;
    for (let i = 0; i < length; i++) target[i] = page[from + i] ?? 0;
    return length;
  }

  /** Copies a block to `target`. Octets of chaddr behind hlen become 0. */
  copy(handle: DetailsHandle, target: ClientDetailsTarget): void {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    target.htype = page[at] ?? 0;
    target.hlen = page[at + 1] ?? 0;
    target.clientIdLength = page[at + 2] ?? 0;
    target.hostNameLength = page[at + 3] ?? 0;
    target.agentInformationLength = page[at + 4] ?? 0;
    target.vendorClassLength = page[at + 5] ?? 0;
    let from = at + DETAILS_HEADER;
    target.chaddr.fill(0);
    from = copyFrom(page, from, target.chaddr, target.hlen);
    from = copyFrom(page, from, target.clientId, target.clientIdLength);
    from = copyFrom(page, from, target.hostName, target.hostNameLength);
    from = copyFrom(page, from, target.agentInformation, target.agentInformationLength);
    copyFrom(page, from, target.vendorClass, target.vendorClassLength);
  }

  /** The content of a block as values (allocates). */
  read(handle: DetailsHandle): Omit<LeaseRecord, "address" | "state" | "startsAt" | "endsAt" | "lastTransactionAt"> {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    const hardware = at + DETAILS_HEADER;
    const clientId = hardware + (page[at + 1] ?? 0);
    const hostName = clientId + (page[at + 2] ?? 0);
    const agentInformation = hostName + (page[at + 3] ?? 0);
    const vendorClass = agentInformation + (page[at + 4] ?? 0);
    return {
      htype: page[at] ?? 0,
      hardwareAddress: page.slice(hardware, clientId),
      clientId: page.slice(clientId, hostName),
      hostName: page.slice(hostName, agentInformation),
      agentInformation: page.slice(agentInformation, vendorClass),
      vendorClass: page.slice(vendorClass, vendorClass + (page[at + 5] ?? 0)),
    };
  }

  private allocate(units: number): DetailsHandle {
    const free = this.freeBlocks[units] ?? 0;
    if (free !== 0) return this.unshelve(free, units);
    if (this.unused + units > PAGE_UNITS) {
      for (let larger = units + 1; larger <= UNITS_MAX; larger++) {
        const block = this.freeBlocks[larger] ?? 0;
        if (block === 0) continue;
        this.unshelve(block, larger);
        this.shelve(block + units, larger - units);
        return block;
      }
      this.addPage();
    }
    const handle = (this.pages.length - 1) * PAGE_UNITS + this.unused;
    this.unused += units;
    return handle;
  }

  private addPage(): void {
    // What is left of the page before is smaller than one block.
    if (this.pages.length > 0 && this.unused < PAGE_UNITS) {
      this.shelve((this.pages.length - 1) * PAGE_UNITS + this.unused, PAGE_UNITS - this.unused);
    }
    this.pages.push(new Uint8Array(PAGE_UNITS << UNIT_SHIFT));
    // Handle 0 means none.
    this.unused = this.pages.length === 1 ? 1 : 0;
  }

  private shelve(handle: DetailsHandle, units: number): void {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    const next = this.freeBlocks[units] ?? 0;
    page[at] = next;
    page[at + 1] = next >>> 8;
    page[at + 2] = next >>> 16;
    page[at + 3] = next >>> 24;
    this.freeBlocks[units] = handle;
  }

  private unshelve(handle: DetailsHandle, units: number): DetailsHandle {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    this.freeBlocks[units] =
      ((page[at] ?? 0) | ((page[at + 1] ?? 0) << 8) | ((page[at + 2] ?? 0) << 16) | ((page[at + 3] ?? 0) << 24)) >>> 0;
    return handle;
  }
}

function lengthOf(page: Uint8Array, at: number): number {
  let length = DETAILS_HEADER;
  for (let i = 1; i < DETAILS_HEADER; i++) length += page[at + i] ?? 0;
  return length;
}

function copyTo(page: Uint8Array, at: number, source: Uint8Array, length: number): number {
  for (let i = 0; i < length; i++) page[at + i] = source[i] ?? 0;
  return at + length;
}

function copyFrom(page: Uint8Array, from: number, target: Uint8Array, length: number): number {
  for (let i = 0; i < length; i++) target[i] = page[from + i] ?? 0;
  return from + length;
}

function isAt(page: Uint8Array, at: number, wanted: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (page[at + i] !== wanted[i]) return false;
  return true;
}

function isSame(a: Uint8Array, atA: number, b: Uint8Array, atB: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}
