// Why the helper could not open a listener, in words.

import { constants } from "node:os";
import type { ListenResult } from "./helper.ts";
import { ListenOutcome, type ReplyReader } from "./protocol.ts";

const { EACCES, EADDRINUSE, EADDRNOTAVAIL, ENODEV, ENXIO, EPERM, EPROTONOSUPPORT } = constants.errno;

/** A refusal. `reason` is lower-case text for the log. */
export function failure(
  code: "refused" | "in-use" | "no-address" | "no-permission" | "failed",
  reason: string,
): ListenResult {
  return { fd: -1, code, reason };
}

/** There is no helper any more. */
export function goneResult(reason: string): ListenResult {
  return { fd: -1, code: "helper-gone", reason };
}

/** The helper's answer instead of a descriptor. */
export function describeFailure(reader: ReplyReader): ListenResult {
  if (reader.listenResult === ListenOutcome.refused) return failure("refused", "the helper refuses it");
  switch (reader.listenError) {
    case EADDRINUSE:
      return failure("in-use", "address already in use");
    case EADDRNOTAVAIL:
      return failure("no-address", "no interface has this address");
    case ENODEV:
    case ENXIO:
      return failure("no-address", "the interface is gone");
    case EPROTONOSUPPORT:
      return failure("refused", "it is not an Ethernet interface");
    case EACCES:
    case EPERM:
      return failure("no-permission", "permission denied");
    default:
      return failure("failed", `the kernel refused with error ${reader.listenError}`);
  }
}
