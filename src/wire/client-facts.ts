// What a client says of itself, and what its relay says of it: leases are kept by these facts, and answers to
// leasequeries have them.

import { CLIENT_ID_OCTETS_MAX } from "../base/limits/wire.ts";
import { CHADDR_OCTETS } from "./layout.ts";

const KEPT_OCTETS_MAX = 255;

/** Filled anew for each client. Octets behind the lengths mean nothing. */
export class ClientFacts {
  htype = 0;
  /** Octets of chaddr that count, 0..16. */
  hlen = 0;
  /** 16 octets. */
  readonly chaddr: Uint8Array = new Uint8Array(CHADDR_OCTETS);
  /** Option 61, CLIENT_ID_OCTETS_MAX octets. */
  readonly clientId: Uint8Array = new Uint8Array(CLIENT_ID_OCTETS_MAX);
  /** 0 when option 61 is absent or shorter than 2. */
  clientIdLength = 0;
  /** Option 12 as sent but for zero octets at its end (RFC 2132 section 2), else the name in option 81; 255 octets. Untrusted. */
  readonly hostName: Uint8Array = new Uint8Array(KEPT_OCTETS_MAX);
  /** 0 when the client says no name. */
  hostNameLength = 0;
  /** Option 82 as the relay sent it, 255 octets. */
  readonly agentInformation: Uint8Array = new Uint8Array(KEPT_OCTETS_MAX);
  /** 0 when option 82 is absent or not made of whole sub-options, or giaddr is 0. */
  agentInformationLength = 0;
  /** Option 60 as sent, 255 octets. */
  readonly vendorClass: Uint8Array = new Uint8Array(KEPT_OCTETS_MAX);
  /** 0 when option 60 is absent. */
  vendorClassLength = 0;

  /** No client at all. */
  forgetClient(): void {
    this.htype = 0;
    this.hlen = 0;
    this.chaddr.fill(0);
    this.clientIdLength = 0;
    this.hostNameLength = 0;
    this.agentInformationLength = 0;
    this.vendorClassLength = 0;
  }
}
