// What a lease remembers of its client besides times: hardware address, client identifier, host
// name, agent information and vendor class, as one block of octets in large pages.
//
// A block is never changed: new details make a new block, so that the one before can be kept for
// undoing a change. Blocks are multiples of 4 octets; a freed one goes to the list of its size and
// is cut up when nothing else is left, so that there is no compaction and no pause. Pages never
// move and never shrink: memory is that of the largest content there ever was.
//
// A block, which is made as small as it can be, since there is one for each lease:
//
//   0  octets of the hardware address; ID_IS_HARDWARE if the client identifier is type and address
//   1  octets of the client identifier; 0 if that is so, or if there is none
//   2  octets of the host name
//   3  octets of agent information
//   4  number of the vendor class, 0 for none; OWN_VENDOR_CLASS if it has no number
//   5  hardware type
//   6  hardware address, client identifier, host name, agent information;
//      of a vendor class without a number its length and itself

import { findRelaySubOption, isRelayAgentInformation } from "../wire/relay-agent.ts";
import { hashClientId, hashHardware } from "./client-key.ts";
import type { LeaseRecord } from "./lease.ts";
import { VendorClasses } from "./vendor-classes.ts";

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
const HEADER = 6;
/** Octets of the largest block. */
export const DETAILS_OCTETS_MAX = HEADER + 16 + 4 * 255 + 1;

const HLEN_MASK = 0x1f;
/** Most clients' identifiers are their hardware type and address (RFC 2132 section 9.14). */
const ID_IS_HARDWARE = 0x80;
const OWN_VENDOR_CLASS = 255;
const HTYPE = 5;

const UNIT_SHIFT = 2;
const UNIT_ROUND = (1 << UNIT_SHIFT) - 1;
const PAGE_SHIFT = 18;
const PAGE_UNITS = 1 << PAGE_SHIFT;
const UNITS_MAX = (DETAILS_OCTETS_MAX + UNIT_ROUND) >>> UNIT_SHIFT;
const NO_PAGE = new Uint8Array(0);

function isIdHardware(client: ClientDetails): boolean {
  const { hlen, clientId } = client;
  if (hlen === 0 || client.clientIdLength !== hlen + 1 || clientId[0] !== client.htype) return false;
  for (let i = 0; i < hlen; i++) if (clientId[i + 1] !== client.chaddr[i]) return false;
  return true;
}

/** Octets that `client` takes, its vendor class left out. */
function packedLength(client: ClientDetails, idIsHardware: boolean): number {
  const id = idIsHardware ? 0 : client.clientIdLength;
  return HEADER + client.hlen + id + client.hostNameLength + client.agentInformationLength;
}

/** Writes the block of `client` at `start`; `vendorClass` is what octet 4 is to be. Lengths are at most 16 for chaddr and 255 for the others. */
function pack(
  client: ClientDetails,
  idIsHardware: boolean,
  vendorClass: number,
  page: Uint8Array,
  start: number,
): void {
  const idLength = idIsHardware ? 0 : client.clientIdLength;
  page[start] = client.hlen | (idIsHardware ? ID_IS_HARDWARE : 0);
  page[start + 1] = idLength;
  page[start + 2] = client.hostNameLength;
  page[start + 3] = client.agentInformationLength;
  page[start + 4] = vendorClass;
  page[start + HTYPE] = client.htype;
  let at = copyTo(page, start + HEADER, client.chaddr, client.hlen);
  at = copyTo(page, at, client.clientId, idLength);
  at = copyTo(page, at, client.hostName, client.hostNameLength);
  at = copyTo(page, at, client.agentInformation, client.agentInformationLength);
  if (vendorClass !== OWN_VENDOR_CLASS) return;
  page[at] = client.vendorClassLength;
  copyTo(page, at + 1, client.vendorClass, client.vendorClassLength);
}

/** Blocks of client details. */
export class DetailsHeap {
  readonly vendorClasses: VendorClasses;
  private readonly pages: Uint8Array[] = [];
  /** First unit of the last page that was never used. */
  private unused = PAGE_UNITS;
  /** By size in units: the first free block; each holds the handle of the next in its first 4 octets. */
  private readonly freeBlocks = new Uint32Array(UNITS_MAX + 1);

  /** Octets of all pages. */
  get capacity(): number {
    return this.pages.length * (PAGE_UNITS << UNIT_SHIFT);
  }

  /** `vendorClasses`: of the heap that blocks are adopted from, if any are. */
  constructor(vendorClasses = new VendorClasses()) {
    this.vendorClasses = vendorClasses;
  }

  /** Keeps a copy of `client`; lengths are at most 16 for chaddr and 255 for the others. */
  store(client: ClientDetails): DetailsHandle {
    const { vendorClassLength } = client;
    const number = vendorClassLength === 0 ? 0 : this.vendorClasses.numberOf(client.vendorClass, vendorClassLength);
    const isOwn = vendorClassLength > 0 && number === 0;
    const idIsHardware = isIdHardware(client);
    const length = packedLength(client, idIsHardware) + (isOwn ? 1 + vendorClassLength : 0);
    const handle = this.allocate((length + UNIT_ROUND) >>> UNIT_SHIFT);
    pack(client, idIsHardware, isOwn ? OWN_VENDOR_CLASS : number, this.pageOf(handle), this.offsetOf(handle));
    return handle;
  }

  /** Keeps a copy of a block of another heap that has the same vendor classes. */
  adopt(other: DetailsHeap, block: DetailsHandle): DetailsHandle {
    const source = other.pageOf(block);
    const from = other.offsetOf(block);
    const length = lengthOf(source, from);
    const handle = this.allocate((length + UNIT_ROUND) >>> UNIT_SHIFT);
    this.pageOf(handle).set(source.subarray(from, from + length), this.offsetOf(handle));
    return handle;
  }

  /** Gives a block back. */
  release(handle: DetailsHandle): void {
    const page = this.pageOf(handle);
    this.shelve(handle, (lengthOf(page, this.offsetOf(handle)) + UNIT_ROUND) >>> UNIT_SHIFT);
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
    return hlenAt(page, at) !== 0 || page[at + 1] !== 0;
  }

  /** The hash of the block's client key, as hashClientKey makes it. */
  hashKey(handle: DetailsHandle, secret: Uint8Array): number {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    const idLength = idLengthAt(page, at);
    if (idLength > 0) return hashClientId(secret, page, idAt(page, at), idLength);
    return hashHardware(secret, page[at + HTYPE] ?? 0, page, at + HEADER, hlenAt(page, at));
  }

  /** Whether the block's client key is the client's. */
  hasKeyOf(handle: DetailsHandle, client: ClientDetails): boolean {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    if (idLengthAt(page, at) !== client.clientIdLength) return false;
    if (client.clientIdLength === 0) return this.hasHardwareOf(handle, client);
    return isAt(page, idAt(page, at), client.clientId, client.clientIdLength);
  }

  /** Whether two blocks have the same client key. */
  isSameKey(a: DetailsHandle, b: DetailsHandle): boolean {
    const pageA = this.pageOf(a);
    const pageB = this.pageOf(b);
    const atA = this.offsetOf(a);
    const atB = this.offsetOf(b);
    const length = idLengthAt(pageA, atA);
    if (length !== idLengthAt(pageB, atB)) return false;
    if (length > 0) return isSame(pageA, idAt(pageA, atA), pageB, idAt(pageB, atB), length);
    const hlen = hlenAt(pageA, atA);
    // The type is in front of the address.
    return hlen === hlenAt(pageB, atB) && isSame(pageA, atA + HTYPE, pageB, atB + HTYPE, hlen + 1);
  }

  /** Whether the block's hardware type and address are the client's. */
  hasHardwareOf(handle: DetailsHandle, client: ClientDetails): boolean {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    return (
      page[at + HTYPE] === client.htype &&
      hlenAt(page, at) === client.hlen &&
      isAt(page, at + HEADER, client.chaddr, client.hlen)
    );
  }

  /** Whether all but the client identifier is the client's. */
  hasDetailsOf(handle: DetailsHandle, client: ClientDetails): boolean {
    if (!this.hasHardwareOf(handle, client)) return false;
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    if (page[at + 2] !== client.hostNameLength) return false;
    if (page[at + 3] !== client.agentInformationLength) return false;
    const hostName = hostNameAt(page, at);
    return (
      isAt(page, hostName, client.hostName, client.hostNameLength) &&
      isAt(page, hostName + client.hostNameLength, client.agentInformation, client.agentInformationLength) &&
      this.hasVendorClassOf(page, at, client)
    );
  }

  /** Whether the block's agent information has this sub-option with this value. Information that is not whole sub-options has none. */
  hasAgentSubOption(handle: DetailsHandle, code: number, value: Uint8Array): boolean {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    const from = agentInformationAt(page, at);
    const length = page[at + 3] ?? 0;
    // What a lease file says may have come from anywhere.
    if (length === 0 || !isRelayAgentInformation(page, from, length)) return false;
    const found = findRelaySubOption(page, from, length, code);
    return found > 0 && page[found - 1] === value.length && isAt(page, found, value, value.length);
  }

  /** Copies the agent information of a block to the start of `target`, which has room for all; returns its length. */
  copyAgentInformation(handle: DetailsHandle, target: Uint8Array): number {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    const length = page[at + 3] ?? 0;
    copyFrom(page, agentInformationAt(page, at), target, length);
    return length;
  }

  /** Copies a block to `target`. Octets of chaddr behind hlen become 0. */
  copy(handle: DetailsHandle, target: ClientDetailsTarget): void {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    target.htype = page[at + HTYPE] ?? 0;
    target.hlen = hlenAt(page, at);
    target.clientIdLength = idLengthAt(page, at);
    target.hostNameLength = page[at + 2] ?? 0;
    target.agentInformationLength = page[at + 3] ?? 0;
    target.chaddr.fill(0);
    copyFrom(page, at + HEADER, target.chaddr, target.hlen);
    copyFrom(page, idAt(page, at), target.clientId, target.clientIdLength);
    const agentInformation = copyFrom(page, hostNameAt(page, at), target.hostName, target.hostNameLength);
    copyFrom(page, agentInformation, target.agentInformation, target.agentInformationLength);
    target.vendorClassLength = this.vendorClassLength(handle);
    const vendorClass = this.vendorClassPage(handle);
    copyFrom(vendorClass, this.vendorClassOffset(handle), target.vendorClass, target.vendorClassLength);
  }

  /** The content of a block as values (allocates). */
  read(handle: DetailsHandle): Omit<LeaseRecord, "address" | "state" | "startsAt" | "endsAt" | "lastTransactionAt"> {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    const hardware = at + HEADER;
    const id = idAt(page, at);
    const hostName = hostNameAt(page, at);
    const agentInformation = agentInformationAt(page, at);
    const vendorClass = this.vendorClassOffset(handle);
    return {
      htype: page[at + HTYPE] ?? 0,
      hardwareAddress: page.slice(hardware, hardware + hlenAt(page, at)),
      clientId: page.slice(id, id + idLengthAt(page, at)),
      hostName: page.slice(hostName, agentInformation),
      agentInformation: page.slice(agentInformation, agentInformation + (page[at + 3] ?? 0)),
      vendorClass: this.vendorClassPage(handle).slice(vendorClass, vendorClass + this.vendorClassLength(handle)),
    };
  }

  /** Where the block's vendor class stands: `vendorClassLength` octets from `vendorClassOffset` on. */
  vendorClassPage(handle: DetailsHandle): Uint8Array {
    const page = this.pageOf(handle);
    const number = page[this.offsetOf(handle) + 4] ?? 0;
    return number === OWN_VENDOR_CLASS ? page : this.vendorClasses.text(number);
  }

  /** See vendorClassPage. */
  vendorClassOffset(handle: DetailsHandle): number {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    return page[at + 4] === OWN_VENDOR_CLASS ? behindAgentInformation(page, at) + 1 : 0;
  }

  /** Octets of the block's vendor class; 0 if it has none. */
  vendorClassLength(handle: DetailsHandle): number {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    const number = page[at + 4] ?? 0;
    if (number === OWN_VENDOR_CLASS) return page[behindAgentInformation(page, at)] ?? 0;
    return number === 0 ? 0 : this.vendorClasses.text(number).length;
  }

  private hasVendorClassOf(page: Uint8Array, at: number, client: ClientDetails): boolean {
    const { vendorClass, vendorClassLength } = client;
    const number = page[at + 4] ?? 0;
    if (number === 0) return vendorClassLength === 0;
    if (number !== OWN_VENDOR_CLASS) return this.vendorClasses.equals(number, vendorClass, vendorClassLength);
    const own = behindAgentInformation(page, at);
    return page[own] === vendorClassLength && isAt(page, own + 1, vendorClass, vendorClassLength);
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

/** Octets of the hardware address of the block at `at`. */
export function hlenAt(page: Uint8Array, at: number): number {
  return (page[at] ?? 0) & HLEN_MASK;
}

/** Its hardware type. */
export function htypeAt(page: Uint8Array, at: number): number {
  return page[at + HTYPE] ?? 0;
}

/** Where its hardware address starts. */
export function hardwareAt(at: number): number {
  return at + HEADER;
}

/** Where its client identifier starts. */
export function idAt(page: Uint8Array, at: number): number {
  return ((page[at] ?? 0) & ID_IS_HARDWARE) !== 0 ? at + HTYPE : at + HEADER + hlenAt(page, at);
}

/** Octets of its client identifier. */
export function idLengthAt(page: Uint8Array, at: number): number {
  const first = page[at] ?? 0;
  return (first & ID_IS_HARDWARE) !== 0 ? (first & HLEN_MASK) + 1 : (page[at + 1] ?? 0);
}

/** Where its host name starts; agent information follows. */
export function hostNameAt(page: Uint8Array, at: number): number {
  return at + HEADER + hlenAt(page, at) + (page[at + 1] ?? 0);
}

/** Octets of its host name. */
export function hostNameLengthAt(page: Uint8Array, at: number): number {
  return page[at + 2] ?? 0;
}

/** Where its agent information starts. */
export function agentInformationAt(page: Uint8Array, at: number): number {
  return hostNameAt(page, at) + (page[at + 2] ?? 0);
}

/** Octets of its agent information. */
export function agentInformationLengthAt(page: Uint8Array, at: number): number {
  return page[at + 3] ?? 0;
}

function behindAgentInformation(page: Uint8Array, at: number): number {
  return agentInformationAt(page, at) + (page[at + 3] ?? 0);
}

function lengthOf(page: Uint8Array, at: number): number {
  const end = behindAgentInformation(page, at);
  return end - at + (page[at + 4] === OWN_VENDOR_CLASS ? 1 + (page[end] ?? 0) : 0);
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
