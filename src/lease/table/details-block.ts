// How the details of a client are written into octets. A block is made as small as it can be, since
// there is one for each lease:
//
//   0  octets of the hardware address; ID_IS_HARDWARE if the client identifier is type and address
//   1  octets of the client identifier; 0 if that is so, or if there is none
//   2  octets of the host name
//   3  octets of agent information
//   4  number of the vendor class, 0 for none; OWN_VENDOR_CLASS if it has no number
//   5  hardware type
//   6  hardware address, client identifier, host name, agent information;
//      of a vendor class without a number its length and itself
//
// The functions that end in "At" tell of the block at `at` in a page.

/** The details that a lease keeps; ClientIdentity has these fields. Octets after the lengths are ignored. */
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

/** Octets of a block before its first field. */
const HEADER = 6;
/** Octets of the largest block. */
export const DETAILS_OCTETS_MAX = HEADER + 16 + 4 * 255 + 1;

const HLEN_MASK = 0x1f;
/** What most clients' identifiers are. */
const ID_IS_HARDWARE = 0x80;
/** The number for a vendor class that stands in the block itself. */
export const OWN_VENDOR_CLASS = 255;
const HTYPE = 5;

/** Whether the client identifier is hardware type and address (RFC 2132 section 9.14). */
export function isIdHardware(client: ClientDetails): boolean {
  const { hlen, clientId } = client;
  if (hlen === 0 || client.clientIdLength !== hlen + 1 || clientId[0] !== client.htype) return false;
  for (let i = 0; i < hlen; i++) if (clientId[i + 1] !== client.chaddr[i]) return false;
  return true;
}

/** Octets that `client` takes, its vendor class left out. */
export function packedLength(client: ClientDetails, idIsHardware: boolean): number {
  const id = idIsHardware ? 0 : client.clientIdLength;
  return HEADER + client.hlen + id + client.hostNameLength + client.agentInformationLength;
}

/** Writes the block of `client` at `start`; `vendorClass` is what octet 4 is to be. Lengths are at most 16 for chaddr and 255 for the others. */
export function pack(
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
  // A type without an address, as InfiniBand's (RFC 4390), is not in lease files either.
  page[start + HTYPE] = client.hlen === 0 ? 0 : client.htype;
  let at = copyTo(page, start + HEADER, client.chaddr, client.hlen);
  at = copyTo(page, at, client.clientId, idLength);
  at = copyTo(page, at, client.hostName, client.hostNameLength);
  at = copyTo(page, at, client.agentInformation, client.agentInformationLength);
  if (vendorClass !== OWN_VENDOR_CLASS) return;
  page[at] = client.vendorClassLength;
  copyTo(page, at + 1, client.vendorClass, client.vendorClassLength);
}

/** Octets of the hardware address of the block at `at`. */
export function hlenAt(page: Uint8Array, at: number): number {
  return (page[at] ?? 0) & HLEN_MASK;
}

/** Its hardware type; 0 where there is no address. */
export function htypeAt(page: Uint8Array, at: number): number {
  return page[at + HTYPE] ?? 0;
}

/** Where its hardware address starts. */
export function hardwareAt(at: number): number {
  return at + HEADER;
}

/** Where its hardware type stands, with the hardware address behind it. */
export function typedHardwareAt(at: number): number {
  return at + HTYPE;
}

/** Number of its vendor class: 0 for none, OWN_VENDOR_CLASS if it has no number. */
export function vendorClassNumberAt(page: Uint8Array, at: number): number {
  return page[at + 4] ?? 0;
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

/** Where a vendor class without a number stands: its length, then itself. */
export function vendorClassBehind(page: Uint8Array, at: number): number {
  return agentInformationAt(page, at) + (page[at + 3] ?? 0);
}

/** Octets of the block. */
export function lengthOf(page: Uint8Array, at: number): number {
  const end = vendorClassBehind(page, at);
  return end - at + (page[at + 4] === OWN_VENDOR_CLASS ? 1 + (page[end] ?? 0) : 0);
}

function copyTo(page: Uint8Array, at: number, source: Uint8Array, length: number): number {
  for (let i = 0; i < length; i++) page[at + i] = source[i] ?? 0;
  return at + length;
}

/** Copies octets of a page to the start of `target`; returns where those behind them are. */
export function copyFrom(page: Uint8Array, from: number, target: Uint8Array, length: number): number {
  for (let i = 0; i < length; i++) target[i] = page[from + i] ?? 0;
  return from + length;
}

/** Whether the first octets of `wanted` stand at `at`. */
export function isAt(page: Uint8Array, at: number, wanted: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (page[at + i] !== wanted[i]) return false;
  return true;
}

/** Whether the same octets stand in both places. */
export function isSame(a: Uint8Array, atA: number, b: Uint8Array, atB: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}
