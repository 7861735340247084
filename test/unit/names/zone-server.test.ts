// Updates on their way to a zone's server and back, by sockets of the loopback interface: UDP, TCP where an answer is cut
// off, and servers that are silent, absent or somebody else.

import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DnsZone } from "../../../src/config/model/dns.ts";
import { sendUpdate } from "../../../src/names/dns/zone-server.ts";

const UPDATE = { zone: "lan", prerequisites: [], changes: [] };
const RESPONSE = 0xa8;
const TRUNCATED = 0x02;
const REFUSED = 5;

let udp: UdpSocket;
let tcp: Server;
let zone: DnsZone;

beforeEach(async () => {
  udp = createSocket("udp4");
  udp.bind(0, "127.0.0.1");
  await once(udp, "listening");
  const { port } = udp.address();
  tcp = createServer().listen(port, "127.0.0.1");
  await once(tcp, "listening");
  zone = { name: "lan", server: 0x7f000001, port, key: undefined, at: { file: "", line: 1, column: 1 } };
});
afterEach(() => {
  udp.close();
  tcp.close();
});

/** The answer to a request, with a result. */
function answerTo(request: Uint8Array, rcode: number, flags = 0): Buffer {
  const answer = Buffer.from(request);
  answer[2] = RESPONSE | flags;
  answer[3] = rcode;
  return answer;
}

function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

describe("an update", () => {
  it("goes to the server over UDP, and its answer comes back", async () => {
    udp.on("message", (request, { port, address }) => udp.send(answerTo(request, REFUSED), port, address));
    expect(await sendUpdate(zone, UPDATE)).toBe(REFUSED);
  });

  it("is not answered by what is none: a request, another's answer, a few octets", async () => {
    udp.on("message", (request, { port, address }) => {
      const foreign = answerTo(request, REFUSED);
      foreign[0] = (foreign[0] ?? 0) ^ 1;
      for (const octets of [request, foreign, Buffer.of(1, 2, 3), answerTo(request, 0)])
        udp.send(octets, port, address);
    });
    expect(await sendUpdate(zone, UPDATE)).toBe(0);
  });

  it("is sent again over TCP where the answer was cut off, and the answer may come in pieces", async () => {
    udp.on("message", (request, { port, address }) => udp.send(answerTo(request, 0, TRUNCATED), port, address));
    const requests: Buffer[] = [];
    tcp.on("connection", (socket) =>
      socket.once("data", (octets) => {
        requests.push(octets);
        const answer = framed(answerTo(octets.subarray(2), REFUSED));
        socket.write(answer.subarray(0, 1));
        setTimeout(() => socket.write(answer.subarray(1)), 20);
      }),
    );
    expect(await sendUpdate(zone, UPDATE)).toBe(REFUSED);
    expect(requests[0]?.readUInt16BE(0)).toBe((requests[0]?.length ?? 0) - 2);
  });

  it("is tried again where a TCP connection ends without an answer, and then given up", async () => {
    let connections = 0;
    udp.on("message", (request, { port, address }) => udp.send(answerTo(request, 0, TRUNCATED), port, address));
    tcp.on("connection", (socket) => {
      connections += 1;
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end(Buffer.of(0, 40, 1)));
    });
    await expect(sendUpdate(zone, UPDATE)).rejects.toThrow("no answer came");
    expect(connections).toBeGreaterThan(1);
  });

  it("is said to find nobody where nothing listens, and no answer where nobody answers", async () => {
    const silent = zone.port;
    const absent = createSocket("udp4");
    absent.bind(0, "127.0.0.1");
    await once(absent, "listening");
    const { port } = absent.address();
    absent.close();
    await once(absent, "close");
    await expect(sendUpdate({ ...zone, port }, UPDATE)).rejects.toThrow("nothing listens there");
    await expect(sendUpdate({ ...zone, port: silent }, UPDATE)).rejects.toThrow("no answer came");
  }, 30_000);
});
