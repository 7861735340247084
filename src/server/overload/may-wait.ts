// Which queries may wait when there are more than the server can answer: DHCPDISCOVER, DHCPINFORM and DHCPLEASEQUERY,
// whose senders have no lease to lose. A look at the octets decides, before anything is decoded.

import { MessageType, peekMessageType } from "../../wire/message-type.ts";

/** Options that are looked at. */
const OPTIONS_LOOKED_AT = 8;

/** Whether the message of `length` octets at `offset` may wait. If the type is not seen at once, it may not. */
export function mayWait(bytes: Uint8Array, offset: number, length: number): boolean {
  const type = peekMessageType(bytes, offset, length, OPTIONS_LOOKED_AT);
  return type === MessageType.discover || type === MessageType.inform || type === MessageType.leaseQuery;
}
