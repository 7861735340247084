// Answers to updates of the DNS, as anybody who can send a datagram may forge them.

import type { DnsKey, DnsZone } from "../../../src/config/model/dns.ts";
import { encodeUpdate, readAnswer } from "../../../src/names/dns/message.ts";
import { sign } from "../../../src/names/dns/tsig.ts";
import { believed } from "../../../src/names/dns/zone-server.ts";
import { check, octetsOfText, type Target } from "../target.ts";

const KEY: DnsKey = { name: "dhcp", algorithm: "hmac-sha256", secret: new Uint8Array(16).fill(7) };
const ZONE: DnsZone = { name: "lan", server: 1, port: 53, key: KEY, at: { file: "", line: 1, column: 1 } };
const ID = 0x1234;
const REQUEST = sign(encodeUpdate(ID, { zone: "lan", prerequisites: [], changes: [] }), KEY, 1_800_000_000);

/** The request itself as an answer: its signature is good in form, and for something else. */
function answerSeed(rcode: number): Uint8Array {
  const octets = REQUEST.octets.slice();
  octets[2] = 0xa8;
  octets[3] = rcode;
  return octets;
}

export const dnsAnswerTarget: Target = {
  name: "dns-answer",
  unit: "answers",
  seeds: [answerSeed(0), answerSeed(9), answerSeed(5).subarray(0, 21)],
  words: ["\x00\xfa\x00\xff", "\x03lan\x00", "\x04dhcp\x00", "\xc0\x0c", "\xff\xff", "\xa8\x00"].map(octetsOfText),
  octetsMax: 600,
  run(octets) {
    const answer = readAnswer(octets);
    const { signature } = answer ?? {};
    if (signature !== undefined)
      check(
        signature.at + signature.mac.length + signature.other.length < octets.length,
        () => "a signature is too long",
      );
    const taken = believed(ZONE, REQUEST, ID, octets);
    // Nobody can make a signature by chance: what is believed says no, and nothing about what is in the zone.
    const isRefusal = taken === undefined || ![0, 3, 6, 7, 8].includes(taken.rcode);
    check(isRefusal, () => `a forged answer ${taken?.rcode} is believed`);
    return 1;
  },
};
