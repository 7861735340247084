// Values of a client's request that its lease does not keep: for the event script.

import { NO_OCTETS } from "../base/bytes.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import { OptionCode } from "./options/option-code.ts";
import type { Query } from "./query.ts";

/** Copies of a query's options, empty where they are absent; each as long as one option can be. */
export interface RequestFacts {
  readonly giaddr: Ipv4;
  /** 0 where the client has no address yet, or has started anew. */
  readonly ciaddr: Ipv4;
  /** Option 12, as sent. */
  readonly hostName: Uint8Array;
  /** Option 55. */
  readonly requestedOptions: Uint8Array;
  /** Option 77. */
  readonly userClass: Uint8Array;
  /** Option 161 (RFC 8520). */
  readonly mudUrl: Uint8Array;
}

const OPTION_OCTETS_MAX = 255;

/** The facts of a query (allocates). */
export function requestFacts(query: Query): RequestFacts {
  return {
    giaddr: query.giaddr,
    ciaddr: query.ciaddr,
    hostName: optionOf(query, OptionCode.hostName),
    requestedOptions: optionOf(query, OptionCode.requestList),
    userClass: optionOf(query, OptionCode.userClass),
    mudUrl: optionOf(query, OptionCode.mudUrl),
  };
}

function optionOf(query: Query, code: number): Uint8Array {
  return query.option(code)?.slice(0, OPTION_OCTETS_MAX) ?? NO_OCTETS;
}
