// The updates that add and remove a client's name. Several clients, other servers and people write to a zone, and none
// may take another's name (RFC 4703): a DHCID record beside the address says which client has it.

import { octetsOfUint32 } from "../../base/bytes.ts";
import { formatIpv4, type Ipv4 } from "../../base/ipv4.ts";
import type { Seconds } from "../../base/time.ts";
import { Class, type DnsRecord, nameOctets, Rcode, Type, type Update } from "./message.ts";

/** A client's name at an address, as it is in the DNS or is to be. */
export interface DnsName {
  readonly address: Ipv4;
  /** Without the root's dot. */
  readonly name: string;
  /** The name of its address, "1.0.0.10.in-addr.arpa". */
  readonly reverseName: string;
  readonly dhcid: Uint8Array;
  readonly ttl: Seconds;
}

const NOTHING = new Uint8Array(0);

/** How an update, or a step of one, has ended: done; the name has another owner; the server's answer (Rcode). */
export type Outcome = "done" | "conflict" | number;

/** Sends an update to the server of its zone; resolves with the answer (Rcode). Rejects where there is none. */
export type Send = (update: Update) => Promise<number>;

/** "10.0.0.1" and "in-addr.arpa" as "1.0.0.10.in-addr.arpa". */
export function reverseNameOf(address: Ipv4, domain: string): string {
  return `${formatIpv4(address).split(".").reverse().join(".")}.${domain}`;
}

/** Adds name and address (RFC 4703 section 5.3). */
export async function addForward(zone: string, dns: DnsName, send: Send): Promise<Outcome> {
  const dhcid = (ttl: Seconds): DnsRecord => record(dns.name, Type.DHCID, Class.IN, ttl, dns.dhcid);
  const address = record(dns.name, Type.A, Class.IN, dns.ttl, octetsOfUint32(dns.address));
  const isUnused = record(dns.name, Type.ANY, Class.NONE);
  // The name may go between the two questions; once is enough.
  for (let attempt = 0; attempt < 2; attempt++) {
    const first = await send({ zone, prerequisites: [isUnused], changes: [address, dhcid(dns.ttl)] });
    if (first !== Rcode.nameExists) return first === Rcode.noError ? "done" : first;
    const changes = [record(dns.name, Type.A, Class.ANY), address];
    const second = await send({ zone, prerequisites: [dhcid(0)], changes });
    if (second === Rcode.noError) return "done";
    if (second === Rcode.noSuchSet) return "conflict";
    if (second !== Rcode.noSuchName) return second;
  }
  return "conflict";
}

/** Makes the address lead to the name, replacing any other name (RFC 4703 section 5.4). */
export async function addReverse(zone: string, dns: DnsName, send: Send): Promise<Outcome> {
  const { reverseName: owner, ttl } = dns;
  const rcode = await send({
    zone,
    prerequisites: [],
    changes: [
      ...[record(owner, Type.PTR, Class.ANY), record(owner, Type.DHCID, Class.ANY)],
      record(owner, Type.PTR, Class.IN, ttl, nameOctets(dns.name)),
      record(owner, Type.DHCID, Class.IN, ttl, dns.dhcid),
    ],
  });
  return rcode === Rcode.noError ? "done" : rcode;
}

/** Removes the address of a name that is this client's, then the mark that it is, if no address is left (RFC 4703 section 5.5). */
export async function removeForward(zone: string, dns: DnsName, send: Send): Promise<Outcome> {
  const isOurs = record(dns.name, Type.DHCID, Class.IN, 0, dns.dhcid);
  const address = record(dns.name, Type.A, Class.NONE, 0, octetsOfUint32(dns.address));
  const first = await send({ zone, prerequisites: [isOurs], changes: [address] });
  if (isGone(first)) return "done";
  if (first !== Rcode.noError) return first;
  const prerequisites = [isOurs, record(dns.name, Type.A, Class.NONE), record(dns.name, Type.AAAA, Class.NONE)];
  const mark = record(dns.name, Type.DHCID, Class.NONE, 0, dns.dhcid);
  const second = await send({ zone, prerequisites, changes: [mark] });
  // An address of another server's, of IPv6 say, keeps the mark.
  return second === Rcode.noError || second === Rcode.setExists || isGone(second) ? "done" : second;
}

/** Removes the name that the address leads to, if it is this one (RFC 4703 section 5.5). */
export async function removeReverse(zone: string, dns: DnsName, send: Send): Promise<Outcome> {
  const { reverseName: owner } = dns;
  const rcode = await send({
    zone,
    prerequisites: [record(owner, Type.PTR, Class.IN, 0, nameOctets(dns.name))],
    changes: [record(owner, Type.PTR, Class.ANY), record(owner, Type.DHCID, Class.ANY)],
  });
  return rcode === Rcode.noError || isGone(rcode) ? "done" : rcode;
}

function isGone(rcode: number): boolean {
  return rcode === Rcode.noSuchSet || rcode === Rcode.noSuchName;
}

function record(name: string, type: number, of: number, ttl: Seconds = 0, data: Uint8Array = NOTHING): DnsRecord {
  return { name, type, class: of, ttl, data };
}
