// One zone's server: updates go to it over UDP, and over TCP where an answer was cut off. If the zone has a key, the
// updater trusts only the signed parts of answers.

import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { putUint16 } from "../../base/bytes.ts";
import { textOf } from "../../base/errors.ts";
import { formatIpv4 } from "../../base/ipv4.ts";
import { DNS_ANSWER_MS, DNS_MESSAGE_OCTETS_MAX, DNS_TRIES } from "../../base/limits/names.ts";
import type { DnsZone } from "../../config/model/dns.ts";
import { type Answer, encodeUpdate, Rcode, readAnswer, type Update } from "./message.ts";
import { isSignedAnswer, type Signed, sign } from "./tsig.ts";

/** Why there is no answer that can be believed, in words for the log. */
export class NoAnswer extends Error {}

const MS_PER_SECOND = 1000;
const ID_MAX = 65_536;
const LENGTH_OCTETS = 2;

/** Resolves with the answer (Rcode); rejects with NoAnswer. */
export async function sendUpdate(zone: DnsZone, update: Update): Promise<number> {
  for (let tries = 1; ; tries++) {
    const id = randomInt(ID_MAX);
    const message = encodeUpdate(id, update);
    const { key } = zone;
    const signed = key === undefined ? { octets: message, mac: message } : sign(message, key, now());
    try {
      const answer = await overUdp(zone, signed, id);
      return answer.isTruncated ? (await overTcp(zone, signed, id)).rcode : answer.rcode;
    } catch (error) {
      if (tries >= DNS_TRIES || !(error instanceof NoAnswer)) throw error;
    }
  }
}

function now(): number {
  return Date.now() / MS_PER_SECOND;
}

function overUdp(zone: DnsZone, request: Signed, id: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    const late = setTimeout(() => end(() => reject(silence())), DNS_ANSWER_MS);
    const end = (settle: () => void): void => {
      clearTimeout(late);
      socket.removeAllListeners();
      // Errors of a closing socket no longer matter.
      socket.on("error", () => undefined);
      socket.close();
      settle();
    };
    socket.on("error", (error) => end(() => reject(noAnswer(error))));
    socket.on("message", (octets) => {
      const answer = believed(zone, request, id, octets);
      // Any host may send something else.
      if (answer !== undefined) end(() => resolve(answer));
    });
    // From here on the socket hears only this server's datagrams, and the network's errors about it.
    socket.connect(zone.port, formatIpv4(zone.server), () => socket.send(request.octets));
  });
}

function overTcp(zone: DnsZone, request: Signed, id: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(zone.port, formatIpv4(zone.server));
    let heard: Buffer = Buffer.alloc(0);
    const end = (settle: () => void): void => {
      socket.removeAllListeners();
      socket.on("error", () => undefined);
      socket.destroy();
      settle();
    };
    socket.setTimeout(DNS_ANSWER_MS, () => end(() => reject(silence())));
    socket.on("error", (error) => end(() => reject(noAnswer(error))));
    socket.on("close", () => end(() => reject(silence())));
    socket.on("data", (octets) => {
      heard = Buffer.concat([heard, octets]);
      if (heard.length < LENGTH_OCTETS) return;
      const length = heard.readUInt16BE(0) + LENGTH_OCTETS;
      if (heard.length < length && heard.length <= DNS_MESSAGE_OCTETS_MAX) return;
      const answer = believed(zone, request, id, heard.subarray(LENGTH_OCTETS, length));
      end(() => (answer === undefined ? reject(silence()) : resolve(answer)));
    });
    const length = new Uint8Array(LENGTH_OCTETS);
    putUint16(length, 0, request.octets.length);
    socket.write(Buffer.concat([length, request.octets]));
  });
}

function noAnswer(error: Error): NoAnswer {
  return new NoAnswer(
    "code" in error && error.code === "ECONNREFUSED" ? "nothing listens there" : `no answer: ${textOf(error)}`,
  );
}

function silence(): NoAnswer {
  return new NoAnswer("no answer came");
}

/**
 * The answer in a datagram; undefined if it is none to this request. One without a good signature can only be a refusal:
 * a server that does not know the key, or the time, cannot sign.
 */
export function believed(zone: DnsZone, request: Signed, id: number, octets: Uint8Array): Answer | undefined {
  const answer = readAnswer(octets);
  if (answer === undefined || answer.id !== id) return undefined;
  const { key } = zone;
  if (key === undefined) return answer;
  const { signature } = answer;
  const isSigned = isSignedAnswer(
    octets,
    answer,
    key,
    request.mac,
    signature?.error === Rcode.badTime ? signature.time : now(),
  );
  if (isSigned && signature?.error === 0) return answer;
  // The reason stands in the signature, if there is one: a forger of an answer chooses both.
  const rcode = signature === undefined || signature.error === 0 ? answer.rcode : signature.error;
  if ([answer.rcode, rcode].some((said) => said === Rcode.noError || isPrerequisite(said))) return undefined;
  return { ...answer, rcode };
}

/** The updater acts on these codes, so only the real server may send them. */
function isPrerequisite(rcode: number): boolean {
  return rcode >= Rcode.nameExists && rcode <= Rcode.noSuchSet ? true : rcode === Rcode.noSuchName;
}
