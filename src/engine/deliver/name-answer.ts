// The answer to a client's option 81 (RFC 4702), where zones are updated: the name that it gets, and that the server
// updates the DNS, even if the client wanted to do so itself.

import { NO_OCTETS } from "../../base/bytes.ts";
import { OptionCode } from "../../wire/options/option-code.ts";
import type { Exchange } from "../exchange.ts";
import { leaseNameOf } from "../lease-name.ts";
import { siteOfSlot } from "../locate/reservation.ts";
import type { Serving } from "../serving.ts";

/** Bits of the flags (RFC 4702 section 2.1): the server updates the name; it overrides the client; labels; no update at all. */
const SERVER = 0x01;
const OVERRIDES = 0x02;
const IS_LABELS = 0x04;
const NO_UPDATE = 0x08;
/** The value for result codes, which clients ignore (RFC 4702 section 2.2). */
const NO_RESULT = 255;

/** The octets of the answer; none where there is nothing to say a name of. */
export function nameAnswer(exchange: Exchange, serving: Serving): Uint8Array {
  const { query, client, decision } = exchange;
  const { subnet, host, slot, yiaddr } = decision;
  const site = siteOfSlot(serving, slot) ?? subnet;
  if (site === undefined) return NO_OCTETS;
  const scope = serving.config.scopeOf(site, host);
  const isReserved = host?.fixedAddresses.includes(yiaddr) ?? false;
  const hostName = client.hostName.subarray(0, client.hostNameLength);
  const named = leaseNameOf(hostName, host?.name, isReserved, scope);
  if (named === undefined) return NO_OCTETS;
  const isUpdated = scope.ddnsUpdates && (!isReserved || scope.updateStaticLeases) && named.name !== named.label;
  const asked = query.optionByte(OptionCode.fqdn, 0);
  const wanted = (asked & SERVER) !== 0 && (asked & NO_UPDATE) === 0;
  const flags = (asked & IS_LABELS) | (isUpdated ? SERVER : NO_UPDATE) | (isUpdated === wanted ? 0 : OVERRIDES);
  const text = `${named.name}.`;
  const octets: number[] = [flags, NO_RESULT, NO_RESULT];
  if ((asked & IS_LABELS) === 0) for (let i = 0; i < text.length - 1; i++) octets.push(text.charCodeAt(i));
  else
    for (const label of text.split("."))
      octets.push(label.length, ...Array.from(label, (letter) => letter.charCodeAt(0)));
  return Uint8Array.from(octets);
}
