// Rules of RFCs for the values of single options, beyond their format: RFC 8910 section 2 (captive portal),
// RFC 8925 section 3.4 (IPv6-only preferred).

import { getUint32 } from "../../base/bytes.ts";
import { OptionCode } from "../../wire/options/option-code.ts";
import type { Cursor } from "./cursor.ts";
import type { OptionParameter } from "./syntax.ts";

/** A URI that clients learn in other ways too, where it has no second piece (RFC 8910). */
const URI_OCTETS_MAX = 255;

/** MIN_V6ONLY_WAIT of RFC 8925, in seconds. */
const IPV6_ONLY_SECONDS_MIN = 300;

/** Reports what is wrong with a value that has the right format; false if it cannot be sent. */
export function isWithinLimits(cursor: Cursor, { code, octets, valueAt }: OptionParameter): boolean {
  if (octets === undefined) return true;
  if (code === OptionCode.captivePortal && octets.length > URI_OCTETS_MAX) {
    cursor.report.error(valueAt, `the URI has ${octets.length} octets`, {
      expected: `at most ${URI_OCTETS_MAX} octets (RFC 8910)`,
    });
    return false;
  }
  if (code !== OptionCode.ipv6OnlyPreferred) return true;
  const seconds = getUint32(octets, 0);
  if (seconds === 0 || seconds >= IPV6_ONLY_SECONDS_MIN) return true;
  cursor.report.warning(valueAt, `clients wait for ${IPV6_ONLY_SECONDS_MIN} seconds at least, not for ${seconds}`, {
    expected: `${IPV6_ONLY_SECONDS_MIN} or more, or 0 to leave it to the client (RFC 8925)`,
  });
  return true;
}
