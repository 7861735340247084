// The client of a lease record, in the form in which the table keeps clients.

import { NO_OCTETS } from "../../base/bytes.ts";
import { CLIENT_ID_OCTETS_MAX } from "../../base/limits/wire.ts";
import type { LeaseRecord } from "../lease.ts";
import type { ClientDetails } from "./details-block.ts";

/** A reusable view on a record. Octets beyond what a message can carry are left out. */
export class RecordDetails implements ClientDetails {
  htype = 0;
  hlen = 0;
  chaddr = NO_OCTETS;
  clientId = NO_OCTETS;
  clientIdLength = 0;
  hostName = NO_OCTETS;
  hostNameLength = 0;
  agentInformation = NO_OCTETS;
  agentInformationLength = 0;
  vendorClass = NO_OCTETS;
  vendorClassLength = 0;

  /** Shows `record`; false if it says nothing of a client. */
  take(record: LeaseRecord): boolean {
    this.htype = record.htype & 255;
    this.chaddr = record.hardwareAddress;
    this.hlen = Math.min(16, this.chaddr.length);
    this.clientId = record.clientId;
    // RFC 2132 section 9.14: shorter than 2 octets is no client identifier.
    this.clientIdLength = this.clientId.length < 2 ? 0 : Math.min(CLIENT_ID_OCTETS_MAX, this.clientId.length);
    this.hostName = record.hostName;
    this.hostNameLength = Math.min(255, this.hostName.length);
    this.agentInformation = record.agentInformation;
    this.agentInformationLength = Math.min(255, this.agentInformation.length);
    this.vendorClass = record.vendorClass;
    this.vendorClassLength = Math.min(255, this.vendorClass.length);
    const text = this.hostNameLength + this.agentInformationLength + this.vendorClassLength;
    return this.hlen + this.clientIdLength + text > 0;
  }

  /** Leaves the identifier out, if the client has a hardware address to be known by. */
  leaveIdOut(): void {
    if (this.hlen > 0) this.clientIdLength = 0;
  }

  /** Shows `client` without its identifier. */
  takeWithoutId(client: ClientDetails): void {
    this.htype = client.htype;
    this.hlen = client.hlen;
    this.chaddr = client.chaddr;
    this.clientIdLength = 0;
    this.hostName = client.hostName;
    this.hostNameLength = client.hostNameLength;
    this.agentInformation = client.agentInformation;
    this.agentInformationLength = client.agentInformationLength;
    this.vendorClass = client.vendorClass;
    this.vendorClassLength = client.vendorClassLength;
  }
}
