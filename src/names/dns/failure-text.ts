// The meaning of a DNS server's refusal, and what to do about it.

import { formatIpv4 } from "../../base/ipv4.ts";
import type { DnsZone } from "../../config/model/dns.ts";
import { Rcode } from "./message.ts";
import { NoAnswer } from "./zone-server.ts";

/** In words for the log; an answer is an Rcode, "conflict" and "done" are none. */
export function failureText(zone: DnsZone, answer: number | NoAnswer): string {
  const server = zone.port === 53 ? formatIpv4(zone.server) : `${formatIpv4(zone.server)} port ${zone.port}`;
  if (answer instanceof NoAnswer) return `${server}: ${answer.message}: start the DNS server, or correct primary`;
  return `${server} answers ${textOf(zone, answer)}`;
}

function textOf({ name, key }: DnsZone, rcode: number): string {
  const keyText = key === undefined ? "updates without a key" : `updates with the key ${key.name}`;
  switch (rcode) {
    case Rcode.refused:
      return `REFUSED: allow ${keyText} there (BIND: update-policy or allow-update; Knot: acl)`;
    case Rcode.notAuthoritative:
      return `NOTAUTH: it has no zone ${name}, or only a copy of it: correct the zone or its primary`;
    case Rcode.badKey:
      return `BADKEY: it does not know the key ${key?.name ?? ""}: declare the same key there, with the same algorithm`;
    case Rcode.badSignature:
      return `BADSIG: the key ${key?.name ?? ""} has another secret there: write the same one here`;
    case Rcode.badTime:
      return "BADTIME: its clock and the clock here differ by more than five minutes: set both by NTP";
    case Rcode.notImplemented:
      return "NOTIMP: it takes no updates: name another server as primary";
    case Rcode.notInZone:
      return `NOTZONE: a name lies outside ${name}: declare a zone for the part of the domain that is one there`;
    case Rcode.formatError:
      return "FORMERR: it does not understand the update: please report it";
    case Rcode.serverFailure:
      return "SERVFAIL: its log says why (a zone file that it may not write, often)";
    default:
      return `with code ${rcode}: its log says why`;
  }
}
