// Which queries may wait when there are more than can be answered: DHCPDISCOVER, DHCPINFORM and
// DHCPLEASEQUERY, whose senders have no lease to lose. Told by a look at the octets, before anything is decoded.

import { getUint8 } from "../../base/bytes.ts";
import { Offset } from "../../wire/layout.ts";
import { MessageType } from "../../wire/message-type.ts";
import { OptionCode } from "../../wire/options/option-code.ts";

/** Options that are looked at: clients put the message type first, or nearly so. */
const OPTIONS_LOOKED_AT = 8;

/** Whether the message of `length` octets at `offset` may wait. What is not seen at once does not. */
export function mayWait(bytes: Uint8Array, offset: number, length: number): boolean {
  const end = offset + length;
  let at = offset + Offset.options;
  for (let i = 0; i < OPTIONS_LOOKED_AT && at + 2 < end; i++) {
    if (getUint8(bytes, at) === OptionCode.messageType) {
      const type = getUint8(bytes, at + 2);
      return type === MessageType.discover || type === MessageType.inform || type === MessageType.leaseQuery;
    }
    at += 2 + getUint8(bytes, at + 1);
  }
  return false;
}
