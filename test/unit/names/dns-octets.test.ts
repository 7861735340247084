// DNS messages as octets: identifiers of clients, signatures, and answers that are none.

import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { DnsKey, DnsZone } from "../../../src/config/model/dns.ts";
import { dhcidOf } from "../../../src/names/dns/dhcid.ts";
import { Class, encodeRecord, encodeUpdate, nameOctets, readAnswer, Type } from "../../../src/names/dns/message.ts";
import { isSignedAnswer, sign } from "../../../src/names/dns/tsig.ts";
import { believed } from "../../../src/names/dns/zone-server.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ""), "hex"));
const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");

describe("a DHCID", () => {
  it("is that of the examples of RFC 4701 section 3.6", () => {
    const none = { htype: 1, hardwareAddress: hex("010203040506"), clientId: new Uint8Array(0) };
    const duid = hex("ff 00000001 0001 0006 412df166 010203040506");
    expect(base64(dhcidOf({ ...none, clientId: duid }, "chi6.example.com"))).toBe(
      "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
    );
    expect(base64(dhcidOf({ ...none, clientId: hex("01070809 0a0b0c") }, "chi.example.com"))).toBe(
      "AAEBOSD+XR3Os/0LozeXVqcNc7FwCfQdWL3b/NaiUDlW2No=",
    );
    expect(base64(dhcidOf(none, "client.example.com"))).toBe("AAABxLmlskllE0MVjd57zHcWmEH3pCQ6VytcKD//7es/deY=");
  });
});

const KEY: DnsKey = { name: "dhcp", algorithm: "hmac-sha256", secret: hex("00112233445566778899aabbccddeeff") };
const ZONE: DnsZone = { name: "lan", server: 0x7f000001, port: 53, key: KEY, at: { file: "", line: 1, column: 1 } };
const MESSAGE = encodeUpdate(0x1234, { zone: "lan", prerequisites: [], changes: [] });
const NOW = 1_800_000_000;

/** An answer to MESSAGE with a result, signed as a server does where a key is given. */
function answerOf(rcode: number, mac?: Uint8Array, { error = 0, time = NOW } = {}): Uint8Array {
  const answer = MESSAGE.slice();
  answer[2] = 0xa8;
  answer[3] = rcode;
  if (mac === undefined) return answer;
  const times = hex(`${time.toString(16).padStart(12, "0")}012c`);
  const uint16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);
  const variables = [
    nameOctets("dhcp"),
    hex("00ff 00000000"),
    nameOctets("hmac-sha256"),
    times,
    uint16(error),
    uint16(0),
  ];
  const hmac = createHmac("sha256", KEY.secret);
  for (const part of [uint16(mac.length), mac, answer, ...variables]) hmac.update(part);
  const data = [
    nameOctets("hmac-sha256"),
    times,
    uint16(32),
    hmac.digest(),
    answer.subarray(0, 2),
    uint16(error),
    uint16(0),
  ];
  const record = encodeRecord({ name: "dhcp", type: Type.TSIG, class: Class.ANY, ttl: 0, data: Buffer.concat(data) });
  const whole = Uint8Array.from(Buffer.concat([answer, record]));
  whole[11] = 1;
  return whole;
}

describe("an answer to a signed update", () => {
  const request = sign(MESSAGE, KEY, NOW);

  it("is believed with a good signature, and not with one for another request, of another time or changed", () => {
    const octets = answerOf(0, request.mac);
    const check = (changed: Uint8Array, mac = request.mac, now = NOW): boolean | undefined => {
      const answer = readAnswer(changed);
      return answer && isSignedAnswer(changed, answer, KEY, mac, now);
    };
    expect(check(octets)).toBe(true);
    expect(check(octets, new Uint8Array(32))).toBe(false);
    expect(check(octets, request.mac, NOW + 301)).toBe(false);
    const changed = octets.slice();
    changed[3] = 7;
    expect(check(changed)).toBe(false);
  });

  it("without a signature can be a refusal, and never a success or what a prerequisite has come to", () => {
    const rcodes = [0, 3, 5, 6, 7, 8, 9];
    const found = rcodes.map((rcode) => believed(ZONE, request, 0x1234, answerOf(rcode))?.rcode);
    expect(found).toEqual([undefined, undefined, 5, undefined, undefined, undefined, 9]);
    expect(believed(ZONE, request, 0x1235, answerOf(5))).toBe(undefined);
    expect(believed({ ...ZONE, key: undefined }, request, 0x1234, answerOf(0))?.rcode).toBe(0);
  });

  it("with a wrong signature says by its error no more than by its response code", () => {
    const errors = [3, 6, 7, 8, 16];
    const answers = errors.map((error) => answerOf(9, new Uint8Array(32), { error }));
    expect(answers.map((answer) => believed(ZONE, request, 0x1234, answer)?.rcode)).toEqual([
      ...[undefined, undefined, undefined, undefined],
      16,
    ]);
  });

  it("says why the signature of the update was not taken", () => {
    const answer = answerOf(9, request.mac, { error: 17 });
    expect(believed(ZONE, request, 0x1234, answer)?.rcode).toBe(17);
  });
});

describe("an answer", () => {
  it("is none with any octet of it missing or with one too many, and none that is a question", () => {
    const whole = answerOf(0, sign(MESSAGE, KEY, NOW).mac);
    expect(readAnswer(whole)?.signature?.mac.length).toBe(32);
    for (let length = 0; length < whole.length; length++) expect(readAnswer(whole.subarray(0, length))).toBe(undefined);
    expect(readAnswer(Buffer.concat([whole, Buffer.of(0)]))).toBe(undefined);
    expect(readAnswer(MESSAGE)).toBe(undefined);
    expect(readAnswer(new Uint8Array(70_000))).toBe(undefined);
  });

  it("with counts of records that are not there is none", () => {
    const octets = answerOf(0);
    octets.set([0xff, 0xff, 0xff, 0xff], 6);
    expect(readAnswer(octets)).toBe(undefined);
  });
});
