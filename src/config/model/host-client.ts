// What host declarations are looked up by.

/** What identifies a client; octets past the lengths are ignored. */
export interface HostClient {
  readonly htype: number;
  readonly hlen: number;
  readonly chaddr: Uint8Array;
  readonly clientId: Uint8Array;
  readonly clientIdLength: number;
  readonly agentInformation: Uint8Array;
  readonly agentInformationLength: number;
}
