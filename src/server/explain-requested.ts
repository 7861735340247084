// Why a client does not get the address that it asks for, or may not keep the one that it renews: the first obstacle,
// in the order of an allocation (lease/allocate.ts).

import { formatHex } from "../base/bytes.ts";
import { formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import type { EpochSeconds } from "../base/time.ts";
import { placeText } from "../config/model/provenance.ts";
import { isOver } from "../engine/cluster-terms.ts";
import type { Exchange } from "../engine/exchange.ts";
import { subjectAddress } from "../engine/locate/locate.ts";
import { standingOf, whyNotPermitted } from "../engine/locate/permitted-pools.ts";
import { hasFixedAddress, subnetOfSlot } from "../engine/locate/reservation.ts";
import type { Serving } from "../engine/serving.ts";
import { BindingState } from "../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";
import { MessageType } from "../wire/message-type.ts";
import { whyWithheld } from "./explain-address.ts";
import { refusalText } from "./explain-pools.ts";
import type { RequestedAddress } from "./explanation.ts";

/** What to say of the address that a decided query asks for or renews; undefined: it gets it, or asks for none. */
export function explainRequested(
  exchange: Exchange,
  serving: Serving,
  now: EpochSeconds,
): RequestedAddress | undefined {
  const { query, decision, monotonic } = exchange;
  const { table, checked } = serving;
  const wanted = wantedAddress(query);
  if (wanted === 0) return undefined;
  const address = formatIpv4(wanted);
  if (!isGiven(exchange)) return { address, because: whyNot(exchange, serving, now) };
  const isBusy = decision.slot !== NO_LEASE && checked.isBusy(table.poolOf(decision.slot), decision.slot, monotonic);
  const answers = "a host without a lease answers there: while it does, the client gets another one";
  return isBusy && decision.needsProbe ? { address, because: answers } : undefined;
}

/** The address that a query asks for, or renews; 0: none. */
function wantedAddress(query: Exchange["query"]): Ipv4 {
  const { messageType, requestedAddress } = query;
  if (messageType === MessageType.discover) return requestedAddress;
  return messageType === MessageType.request ? subjectAddress(query) : 0;
}

function isGiven({ query, decision }: Exchange): boolean {
  return decision.hasReply && decision.reply.yiaddr === wantedAddress(query);
}

function whyNot(exchange: Exchange, serving: Serving, now: EpochSeconds): string {
  const wanted = wantedAddress(exchange.query);
  const { config, table } = serving;
  const subnet = config.findSubnet(wanted);
  const hosts = config.hosts.filter(({ fixedAddresses }) => fixedAddresses.includes(wanted));
  const withheld = whyWithheld(wanted, subnet, serving);
  const other = config.findOtherRange(wanted);
  if (other !== undefined) return `it is in the range of the server ${other.server}`;
  if (withheld !== "") return withheld;
  if (subnet !== undefined && subnet.sharedNetwork !== exchange.link)
    return `it is in ${linkName(serving, subnet.sharedNetwork)}, and the client is in ${linkName(serving, exchange.link)}`;
  const [owner] = hosts;
  if (owner !== undefined && !hosts.some((host) => host === exchange.host))
    return `it is the fixed-address of the host ${owner.name} (${placeText(owner.at)})`;
  const slot = table.slotOf(wanted);
  return whyTaken(exchange, serving, slot, now) || whyOther(exchange, serving, slot);
}

/** Which other client has it; empty if none has. */
function whyTaken(
  { client, monotonic, tried }: Exchange,
  serving: Serving,
  slot: LeaseSlot,
  now: EpochSeconds,
): string {
  const { table, checked } = serving;
  const record = table.record(slot);
  const { state, endsAt } = record;
  const who = record.hardwareAddress.length === 0 ? "another client" : formatHex(record.hardwareAddress, ":");
  const end = endsAt === Number.POSITIVE_INFINITY ? "without end" : `until ${timeText(endsAt)}`;
  const isOthers = !table.isClient(slot, client);
  if (state === BindingState.bound && isOthers && !isOver(serving, slot, now)) return `${who} has a lease of it ${end}`;
  if (state === BindingState.offered && isOthers) return `it is offered to ${who}`;
  if (state === BindingState.abandoned)
    return endsAt > now
      ? `it is abandoned ${end}`
      : "it was abandoned, and is given again when no other address is left";
  if (state === BindingState.expired && isOthers && table.isHeldBack(slot))
    return `it is kept for ${who} a while longer`;
  if (tried.includes(slot) || checked.isBusy(table.poolOf(slot), slot, monotonic))
    return "a host without a lease answers there";
  return "";
}

/** Why the client gets another one though it might have this. */
function whyOther(exchange: Exchange, serving: Serving, slot: LeaseSlot): string {
  const { config, table } = serving;
  const { host, client, classes, decision, link } = exchange;
  const pool = config.pools[table.pools[table.poolOf(slot)]?.declared ?? -1];
  if (host !== undefined && hasFixedAddress(exchange, serving))
    return `the host ${host.name} (${placeText(host.at)}) has ${addressesOf(host.fixedAddresses)}, which comes first`;
  const refusal = pool && whyNotPermitted(config, pool, standingOf(host, client, config), classes);
  if (pool !== undefined && refusal !== undefined)
    return `its pool is not for the client: ${refusalText(config, pool, refusal)}`;
  if (!decision.hasReply || decision.reply.yiaddr === 0) return `the client is given no address (${decision.reason})`;
  const given = formatIpv4(decision.reply.yiaddr);
  if (subnetOfSlot(serving, decision.slot)?.sharedNetwork === link && table.isClient(decision.slot, client))
    return `the client has ${given} already, which comes first`;
  return `the server has chosen ${given}`;
}

function addressesOf(addresses: readonly Ipv4[]): string {
  const texts = addresses.map(formatIpv4);
  return `${texts.length === 1 ? "the fixed-address" : "the fixed-addresses"} ${texts.join(", ")}`;
}

function linkName({ config }: Serving, link: number): string {
  const name = config.sharedNetworks[link]?.name;
  return name === undefined ? "no network that is served" : `the network ${name}`;
}

function timeText(at: EpochSeconds): string {
  const MS_PER_SECOND = 1000;
  return new Date(Math.ceil(at) * MS_PER_SECOND).toISOString();
}
