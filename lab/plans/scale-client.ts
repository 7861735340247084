// A relay that asks for one new client until somebody answers, and then writes when that was: milliseconds
// since 1970. Arguments: the relay's address, the server's. Writes "asking" once it does.

import { createSocket } from "node:dgram";
import { encodeMessage, MessageCode } from "../behaviours/client-message.ts";

const [relay = "", server = ""] = process.argv.slice(2);
const INTERVAL_MS = 2;
const BOOTREPLY = 2;

const octets = encodeMessage({
  type: MessageCode.discover,
  xid: 0x5ca1e,
  chaddr: "02:5d:00:00:00:01",
  giaddr: relay,
});
const socket = createSocket("udp4");
socket.on("message", (reply) => {
  const at = performance.timeOrigin + performance.now();
  if (reply[0] !== BOOTREPLY) return;
  process.stdout.write(`${at}\n`, () => process.exit(0));
});
// Before the server listens its host says that the port is closed.
socket.on("error", () => undefined);
socket.bind(67, relay, () => {
  process.stdout.write("asking\n");
  setInterval(() => socket.send(octets, 67, server), INTERVAL_MS);
});
