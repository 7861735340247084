// A lease's record of its client, without times: hardware address, client identifier, host
// name, agent information and vendor class, as one block of octets.
//
// A block is never changed: new details make a new block, so that the one before can be kept for
// undoing a change. details-block.ts writes blocks; block-heap.ts has room for them.

import { findRelaySubOption, isRelayAgentInformation } from "../../wire/options/relay-agent.ts";
import type { LeaseRecord } from "../lease.ts";
import { type Block, BlockHeap } from "./block-heap.ts";
import { hashClientId, hashHardware } from "./client-key.ts";
import {
  agentInformationAt,
  agentInformationLengthAt,
  type ClientDetails,
  type ClientDetailsTarget,
  copyFrom,
  DETAILS_OCTETS_MAX,
  hardwareAt,
  hlenAt,
  hostNameAt,
  hostNameLengthAt,
  htypeAt,
  idAt,
  idLengthAt,
  isAt,
  isIdHardware,
  isSame,
  lengthOf,
  OWN_VENDOR_CLASS,
  pack,
  packedLength,
  typedHardwareAt,
  vendorClassBehind,
  vendorClassNumberAt,
} from "./details-block.ts";
import { VendorClasses } from "./vendor-classes.ts";

/** A block of details; 0 is none. */
export type DetailsHandle = Block;

/** Blocks of client details. */
export class DetailsHeap extends BlockHeap {
  readonly vendorClasses: VendorClasses;

  /** `vendorClasses`: of the heap that blocks are adopted from, if any are. */
  constructor(vendorClasses = new VendorClasses()) {
    super(DETAILS_OCTETS_MAX);
    this.vendorClasses = vendorClasses;
  }

  /** Keeps a copy of `client`; lengths are at most 16 for chaddr and 255 for the others. */
  store(client: ClientDetails): DetailsHandle {
    const { vendorClassLength } = client;
    const number = vendorClassLength === 0 ? 0 : this.vendorClasses.numberOf(client.vendorClass, vendorClassLength);
    const isOwn = vendorClassLength > 0 && number === 0;
    const idIsHardware = isIdHardware(client);
    const length = packedLength(client, idIsHardware) + (isOwn ? 1 + vendorClassLength : 0);
    const handle = this.allocate(length);
    pack(client, idIsHardware, isOwn ? OWN_VENDOR_CLASS : number, this.pageOf(handle), this.offsetOf(handle));
    return handle;
  }

  /** Keeps a copy of a block of another heap that has the same vendor classes. */
  adopt(other: DetailsHeap, block: DetailsHandle): DetailsHandle {
    const source = other.pageOf(block);
    const from = other.offsetOf(block);
    const length = lengthOf(source, from);
    const handle = this.allocate(length);
    this.pageOf(handle).set(source.subarray(from, from + length), this.offsetOf(handle));
    return handle;
  }

  /** So many blocks in all are to come, as large as the `count` that there are. */
  expect(blocks: number, count: number): void {
    if (count > 0) this.reserve(Math.ceil((this.used / count) * blocks));
  }

  /** Gives a block back. */
  release(handle: DetailsHandle): void {
    const page = this.pageOf(handle);
    this.free(handle, lengthOf(page, this.offsetOf(handle)));
  }

  /** Whether the block names a client at all. */
  hasKey(handle: DetailsHandle): boolean {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    return hlenAt(page, at) !== 0 || idLengthAt(page, at) !== 0;
  }

  /** The hash of the block's client key, as hashClientKey makes it. */
  hashKey(handle: DetailsHandle, secret: Uint8Array): number {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    const idLength = idLengthAt(page, at);
    if (idLength > 0) return hashClientId(secret, page, idAt(page, at), idLength);
    return hashHardware(secret, htypeAt(page, at), page, hardwareAt(at), hlenAt(page, at));
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
    return hlen === hlenAt(pageB, atB) && isSame(pageA, typedHardwareAt(atA), pageB, typedHardwareAt(atB), hlen + 1);
  }

  /** Whether the block's hardware type and address are the client's. */
  hasHardwareOf(handle: DetailsHandle, client: ClientDetails): boolean {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    const { hlen } = client;
    if (hlenAt(page, at) !== hlen) return false;
    return hlen === 0 || (htypeAt(page, at) === client.htype && isAt(page, hardwareAt(at), client.chaddr, hlen));
  }

  /** Whether the block has no client identifier, and the client's hardware address. */
  isHardwareOnly(handle: DetailsHandle, client: ClientDetails): boolean {
    if (client.hlen === 0 || idLengthAt(this.pageOf(handle), this.offsetOf(handle)) !== 0) return false;
    return this.hasHardwareOf(handle, client);
  }

  /** Whether the block has both a client identifier and a hardware address. */
  hasIdBesideHardware(handle: DetailsHandle): boolean {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    return hlenAt(page, at) !== 0 && idLengthAt(page, at) !== 0;
  }

  /** Whether all but the client identifier is the client's. */
  hasDetailsOf(handle: DetailsHandle, client: ClientDetails): boolean {
    if (!this.hasHardwareOf(handle, client)) return false;
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    if (hostNameLengthAt(page, at) !== client.hostNameLength) return false;
    if (agentInformationLengthAt(page, at) !== client.agentInformationLength) return false;
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
    const length = agentInformationLengthAt(page, at);
    // A lease file's text may come from any source.
    if (length === 0 || !isRelayAgentInformation(page, from, length)) return false;
    const found = findRelaySubOption(page, from, length, code);
    return found > 0 && page[found - 1] === value.length && isAt(page, found, value, value.length);
  }

  /** Copies the agent information of a block to the start of `target`, which has room for all; returns its length. */
  copyAgentInformation(handle: DetailsHandle, target: Uint8Array): number {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    const length = agentInformationLengthAt(page, at);
    copyFrom(page, agentInformationAt(page, at), target, length);
    return length;
  }

  /** Copies a block to `target`. Octets of chaddr behind hlen become 0. */
  copy(handle: DetailsHandle, target: ClientDetailsTarget): void {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    target.htype = htypeAt(page, at);
    target.hlen = hlenAt(page, at);
    target.clientIdLength = idLengthAt(page, at);
    target.hostNameLength = hostNameLengthAt(page, at);
    target.agentInformationLength = agentInformationLengthAt(page, at);
    target.chaddr.fill(0);
    copyFrom(page, hardwareAt(at), target.chaddr, target.hlen);
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
    const hardware = hardwareAt(at);
    const id = idAt(page, at);
    const hostName = hostNameAt(page, at);
    const agentInformation = agentInformationAt(page, at);
    const vendorClass = this.vendorClassOffset(handle);
    return {
      htype: htypeAt(page, at),
      hardwareAddress: page.slice(hardware, hardware + hlenAt(page, at)),
      clientId: page.slice(id, id + idLengthAt(page, at)),
      hostName: page.slice(hostName, agentInformation),
      agentInformation: page.slice(agentInformation, agentInformation + agentInformationLengthAt(page, at)),
      vendorClass: this.vendorClassPage(handle).slice(vendorClass, vendorClass + this.vendorClassLength(handle)),
    };
  }

  /** Where the block's vendor class stands: `vendorClassLength` octets from `vendorClassOffset` on. */
  vendorClassPage(handle: DetailsHandle): Uint8Array {
    const page = this.pageOf(handle);
    const number = vendorClassNumberAt(page, this.offsetOf(handle));
    return number === OWN_VENDOR_CLASS ? page : this.vendorClasses.text(number);
  }

  /** See vendorClassPage. */
  vendorClassOffset(handle: DetailsHandle): number {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    return vendorClassNumberAt(page, at) === OWN_VENDOR_CLASS ? vendorClassBehind(page, at) + 1 : 0;
  }

  /** Octets of the block's vendor class; 0 if it has none. */
  vendorClassLength(handle: DetailsHandle): number {
    const page = this.pageOf(handle);
    const at = this.offsetOf(handle);
    const number = vendorClassNumberAt(page, at);
    if (number === OWN_VENDOR_CLASS) return page[vendorClassBehind(page, at)] ?? 0;
    return number === 0 ? 0 : this.vendorClasses.text(number).length;
  }

  private hasVendorClassOf(page: Uint8Array, at: number, client: ClientDetails): boolean {
    const { vendorClass, vendorClassLength } = client;
    const number = vendorClassNumberAt(page, at);
    if (number === 0) return vendorClassLength === 0;
    if (number !== OWN_VENDOR_CLASS) return this.vendorClasses.equals(number, vendorClass, vendorClassLength);
    const own = vendorClassBehind(page, at);
    return page[own] === vendorClassLength && isAt(page, own + 1, vendorClass, vendorClassLength);
  }
}
