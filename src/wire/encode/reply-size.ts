// How many octets a reply may have, and whether the relay's option 82 finds room in it.

import { MESSAGE_OCTETS_MIN, REPLY_OCTETS_MAX, REPLY_OCTETS_MIN_MAX } from "../../base/limits/wire.ts";
import { Offset } from "../layout.ts";
import { MessageType } from "../message-type.ts";
import { OptionCode } from "../options/option-code.ts";
import { optionOctets } from "../options/option-writer.ts";
import type { Query } from "../query.ts";
import type { Reply } from "../reply.ts";

const IP_AND_UDP_OCTETS = 28;

/** Room that option 82 must leave: END, and options 52, 53, 54 and 51. */
const KEPT_FOR_OTHERS = 1 + 3 + 3 + 6 + 6;

/**
 * Octets that the message may have: what the client says it takes (RFC 2132 section 9.10), else what
 * is configured, and 576 with IP and UDP headers at least. A BOOTP client expects 300, to which a
 * relay's information does not count: the relay takes it out.
 */
export function messageOctetsMax(query: Query, reply: Reply): number {
  const code = OptionCode.maxMessageSize;
  let size = 0;
  if (query.optionLength(code) === 2) {
    size = (query.optionByte(code, 0) << 8) | query.optionByte(code, 1);
  } else if (reply.messageType === MessageType.bootp) {
    const agent = query.giaddr === 0 ? 0 : Math.max(0, query.optionLength(OptionCode.relayAgentInformation));
    return Math.min(MESSAGE_OCTETS_MIN + (agent === 0 ? 0 : optionOctets(agent)), REPLY_OCTETS_MAX);
  } else {
    const configured = reply.options.get(code);
    if (configured?.length === 2) size = ((configured[0] ?? 0) << 8) | (configured[1] ?? 0);
  }
  return Math.min(Math.max(size - IP_AND_UDP_OCTETS, REPLY_OCTETS_MIN_MAX), REPLY_OCTETS_MAX);
}

/** Octets of option 82 that the reply echoes, whether a relay or a switch without giaddr has added it: all or, if there is no room (RFC 3046 section 2.2), none. */
export function agentOctetsToEcho(query: Query, limit: number): number {
  const length = Math.max(0, query.optionLength(OptionCode.relayAgentInformation));
  return optionOctets(length) + KEPT_FOR_OTHERS > limit - Offset.options ? 0 : length;
}

/** Whether the reply has no room for the option 82 of the query. */
export function leavesAgentInformationOut(query: Query, reply: Reply): boolean {
  if (query.optionLength(OptionCode.relayAgentInformation) <= 0) return false;
  return agentOctetsToEcho(query, messageOctetsMax(query, reply)) === 0;
}
