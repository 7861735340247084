// What the daemon says that it would answer, and what it answers then: the messages of the differential run, explained
// before each is sent, and the provenance of what a reply brings.

import { expect, it } from "vitest";
import { ask } from "../../src/cli/control-client.ts";
import { Explanation } from "../../src/control/explain-messages.ts";
import { Daemon } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { Scene } from "../support/scene.ts";
import { type DhcpFrame, encodeMessage, nextXid, RawClient } from "../support/wire-tools.ts";
import { playAll, type SentQuery } from "./conversation.ts";
import { SCENARIOS } from "./scenarios.ts";
import { startOurs } from "./servers.ts";

/** Lease time, T1 and T2: of a running lease the rest, which is a second less when the second has changed meanwhile. */
const TIMES = [51, 58, 59];

function explain(daemon: Daemon, { octets, ...how }: SentQuery): Promise<Explanation> {
  const query = Buffer.from(octets)
    .toString("hex")
    .replaceAll(/(..)(?!$)/g, "$1:");
  return ask(daemon.controlSocket, { command: "explain-query", query, ...how }, Explanation);
}

function predicted({ reply, address, nextServer, bootFile, serverName, delivery, options }: Explanation) {
  return {
    type: reply === "BOOTREPLY" ? "?" : reply.replace(/^DHCP/, ""),
    yiaddr: address ?? "0.0.0.0",
    siaddr: nextServer ?? "0.0.0.0",
    file: bootFile ?? "",
    sname: serverName ?? "",
    source: delivery?.source,
    destination: delivery?.to,
    port: delivery?.port,
    options: options.map(({ code, value }) => [code, isTime(code) ? expect.toSatisfy(near(value)) : value]),
  };
}

/** The raw client tells its replies by their hardware address, which those to a client on InfiniBand do not have. */
const TOLD = SCENARIOS.filter(({ name }) => !name.includes("InfiniBand"));

const isTime = (code: number): boolean => TIMES.includes(code);
/** Seconds that may pass on a busy machine between the explanation and the answer. */
const SECONDS_BETWEEN = 5;
const near = (hex: string) => (other: unknown) =>
  Math.abs(Number.parseInt(String(other), 16) - Number.parseInt(hex, 16)) <= SECONDS_BETWEEN;

function sent({ message, source, destination, destinationPort: port }: DhcpFrame) {
  const { type, yiaddr, siaddr, file, sname, order, options } = message;
  const values = order.map((code) => [code, options[code] ?? ""]);
  return { type, yiaddr, siaddr, file, sname, source, destination, port, options: values };
}

it.skipIf(!mayMakeNetworks)(
  "answers each message of the differential run as it says before that it would, option by option",
  async () => {
    await using scene = await Scene.create();
    const daemon = await startOurs(scene, "udp");
    let explanation: Explanation | undefined;
    let [answered, silent] = [0, 0];
    await playAll(scene, TOLD, {
      async before(query) {
        explanation = await explain(daemon, query);
      },
      after({ name }, replies) {
        if (explanation === undefined) throw new TypeError("a message is explained before it is sent");
        const told = explanation.reply === "" ? [] : [predicted(explanation)];
        expect(replies.map(sent), `${name}: ${explanation.reason}`).toEqual(told);
        if (told.length === 0) silent += 1;
        else answered += 1;
      },
    });
    expect(answered).toBeGreaterThanOrEqual(30);
    expect(silent).toBeGreaterThanOrEqual(5);
  },
  120_000,
);

/** Each value stands in one line only. */
const LAYERED = `authoritative;
ping-check off;
option routers 10.0.0.1;
option time-servers 10.0.0.2;
option ien116-name-servers 10.0.0.3;
option domain-name-servers 10.0.0.4;
option log-servers 10.0.0.5;
option cookie-servers 10.0.0.6;
option lpr-servers 10.0.0.7;
class "phones" {
  match if option vendor-class-identifier = "phone";
  option log-servers 10.0.1.1;
  option impress-servers 10.0.1.2;
  option swap-server 10.0.1.3;
}
shared-network floor {
  option routers 10.0.2.1;
  option resource-location-servers 10.0.2.2;
  subnet 192.168.77.0 netmask 255.255.255.0 {
    option routers 192.168.77.1;
    option time-servers 10.0.3.1;
    option nis-servers 10.0.3.2;
    option ntp-servers 10.0.3.3;
    option netbios-name-servers 10.0.3.4;
    pool {
      range 192.168.77.100 192.168.77.199;
      option netbios-dd-server 10.0.4.1;
      option font-servers 10.0.4.2;
      option nis-servers 10.0.4.3;
    }
  }
}
group {
  option smtp-server 10.0.5.1;
  option pop-server 10.0.5.2;
  option nntp-server 10.0.5.3;
  host desk {
    hardware ethernet 02:00:00:00:00:21;
    option www-server 10.0.6.1;
    option finger-server 10.0.6.2;
    option irc-server 10.0.6.3;
    option x-display-manager 10.0.6.4;
    option smtp-server 10.0.6.5;
  }
}
`;
const ASKED = [3, 4, 5, 6, 7, 8, 9, 10, 11, 16, 41, 42, 44, 45, 48, 49, 69, 70, 71, 72, 73, 74];

it.skipIf(!mayMakeNetworks)("names the line that the value of each option in a reply is from", async () => {
  await using scene = await Scene.create();
  const daemon = await Daemon.start(scene.network, scene.server, { config: LAYERED, backend: "udp" });
  const client = await RawClient.start(scene.client, "eth0");
  const options = [
    [55, Buffer.from(ASKED).toString("hex")],
    [60, Buffer.from("phone").toString("hex")],
  ] as const;
  const message = { type: "DISCOVER", chaddr: "02:00:00:00:00:21", xid: nextXid(), options };
  const how = { from: "0.0.0.0", to: "255.255.255.255", port: 68, via: "lan0" };
  const explanation = await explain(daemon, { octets: encodeMessage(message), ...how });
  const offer = await client.ask(message);
  const lines = LAYERED.split("\n");
  const named = ASKED.map((code) => {
    const value = [...Buffer.from(offer.message.options[code] ?? "", "hex")].join(".");
    const line = lines.findIndex((text) => text.endsWith(` ${value};`));
    return [code, `${daemon.configFile}:${line + 1}:${(lines[line] ?? "").indexOf("option") + 1}`];
  });
  expect(named.length).toBeGreaterThanOrEqual(20);
  expect(ASKED.map((code) => [code, explanation.options.find((option) => option.code === code)?.at])).toEqual(named);
});
