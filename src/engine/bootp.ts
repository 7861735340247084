// BOOTP (RFC 951, RFC 1534): a message without option 53. Served for hosts with a fixed address on
// the link; never from a pool, because a BOOTP client keeps its address for ever.

import { NO_LEASE } from "../lease/table.ts";
import { MessageType } from "../wire/message-type.ts";
import { NO_OPTIONS } from "../wire/option-set.ts";
import { classify } from "./classify.ts";
import type { Decision } from "./decision.ts";
import { answer } from "./reply-content.ts";
import { reservedSlot, subnetOfSlot } from "./reservation.ts";
import { linkOf } from "./select-subnet.ts";
import type { EngineState, Inquiry } from "./state.ts";

/** Decides about a BOOTREQUEST. */
export function decideBootp(inquiry: Inquiry, state: EngineState, decision: Decision): void {
  const { query, client } = inquiry;
  const link = linkOf(inquiry, state);
  if (link < 0) return decision.drop("drop-unknown-link");
  if (!inquiry.hasClient) return decision.drop("drop-no-client");
  const host = state.config.findHost(client);
  const slot = reservedSlot(state, host, link);
  const subnet = slot === NO_LEASE ? undefined : subnetOfSlot(state, slot);
  if (subnet === undefined) return decision.drop("drop-bootp");
  const scope = state.config.scopeOf(subnet, host, classify(inquiry, state));
  if (!scope.allowBootp || !scope.allowBooting) return decision.drop("drop-booting-denied");
  const grant = { reason: "bootp-reserved", messageType: MessageType.bootp, subnet, host, scope } as const;
  answer(decision, inquiry, state, grant, state.table.addressOf(slot), -1);
  if (!query.hasCookie && !scope.alwaysReplyRfc1048) decision.reply.options = NO_OPTIONS;
}
