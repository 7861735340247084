// What `anydhcpctl explain` reads: captures and lines of the log.

import { DaemonError } from "../../../src/base/daemon-error.ts";
import { CAPTURE_QUERIES_MAX, EXPLAINED_QUERY_OCTETS_MAX } from "../../../src/base/limits/control.ts";
import { queriesIn } from "../../../src/cli/capture.ts";
import { readLogLine } from "../../../src/cli/log-line.ts";
import { ExplainRequest } from "../../../src/control/requests.ts";
import { cooked, ethernet, pcap, pcapng, udpPacket } from "../../support/capture-files.ts";
import { MESSAGE_SEEDS } from "../messages.ts";
import { check, octetsOfText, type Target, textOfOctets } from "../target.ts";

const PACKETS = MESSAGE_SEEDS.slice(0, 4).map((payload) =>
  udpPacket({ from: "0.0.0.0", to: "255.255.255.255", payload }),
);
const LINES = [
  "DHCPDISCOVER from 02:00:00:00:00:07 (tv, host tv) via lan0: no free leases xid=7",
  'DHCPREQUEST for 10.0.0.5 from 02:00:00:00:00:07 via 10.9.0.2: wrong network from=10.9.0.2 circuitId="port \\"7"',
  '{"type":"DHCPREQUEST","address":"10.0.0.5","hardware":"02:00:00:00:00:07","via":"lan0","from":"10.0.0.5"}',
];

/** The queries of a file lie in it; anything else is refused as no capture. */
function readCapture(octets: Uint8Array): void {
  try {
    const { queries } = queriesIn(octets);
    check(queries.length <= CAPTURE_QUERIES_MAX, () => "more queries than the limit");
    for (const query of queries)
      check(query.octets.length <= EXPLAINED_QUERY_OCTETS_MAX, () => "a query longer than the limit");
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
  }
}

export const explainTarget: Target = {
  name: "explain",
  unit: "inputs",
  seeds: [
    pcap(
      1,
      PACKETS.map((packet) => ethernet(packet)),
    ),
    pcap(
      113,
      PACKETS.map((packet) => cooked(packet, 1)),
      { isLittle: false },
    ),
    pcapng(
      1,
      PACKETS.map((packet) => ethernet(packet, true)),
    ),
    ...LINES.map(octetsOfText),
  ],
  words: ["DHCPACK", " via ", " from ", "circuitId=", '"', "02:00:00:00:00:07"].map(octetsOfText),
  octetsMax: 20_000,
  run(octets) {
    readCapture(octets);
    const message = readLogLine(textOfOctets(octets));
    if (message !== undefined)
      check(
        ExplainRequest.safeParse({ command: "explain", ...message }).success,
        () => `a line is read as what is no request: ${JSON.stringify(message)}`,
      );
    return 1;
  },
};
