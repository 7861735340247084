// A line of the log that is pasted to `anydhcpctl explain`: what of the client's message it tells.

import { describe, expect, it } from "vitest";
import { declinedAddress, readLogLine } from "../../../src/cli/log-line.ts";

const HARDWARE = "02:00:00:00:00:07";

describe("a line of the log", () => {
  it.each([
    [
      `DHCPDISCOVER for 192.0.2.50 from ${HARDWARE} (tv) via lan0`,
      { type: "discover", via: "lan0", requested: "192.0.2.50" },
    ],
    [`DHCPOFFER on 192.0.2.7 to ${HARDWARE} via lan0`, { type: "discover", via: "lan0" }],
    [`DHCPDISCOVER from ${HARDWARE} via lan0: no free leases`, { type: "discover", via: "lan0" }],
    [
      `Nov 30 07:26:54 gw anydhcpd[1]: DHCPOFFER on 10.0.0.5 to ${HARDWARE} (a via b) (tv, host tv) via lan0 xid=7`,
      { type: "discover", via: "lan0" },
    ],
    [
      `DHCPREQUEST for 10.0.0.5 from ${HARDWARE} via 10.9.0.2: wrong network from=10.9.0.2 circuitId="port 7"`,
      {
        ...{ type: "request", giaddr: "10.9.0.2", from: "10.9.0.2", requested: "10.0.0.5" },
        options: [{ code: 82, value: "01:06:70:6f:72:74:20:37" }],
      },
    ],
    [
      `DHCPDISCOVER from ${HARDWARE} via 10.77.0.1: no relay receivedAt=10.9.0.1 from=10.9.0.2`,
      { type: "discover", giaddr: "10.77.0.1", from: "10.9.0.2" },
    ],
    [`DHCPACK on 10.0.0.5 to ${HARDWARE} via lan0`, { type: "request", via: "lan0", requested: "10.0.0.5" }],
    [
      `{"level":30,"type":"DHCPREQUEST","address":"10.0.0.5","hardware":"${HARDWARE}","via":"lan0","from":"10.0.0.5"}`,
      { type: "request", via: "lan0", ciaddr: "10.0.0.5" },
    ],
    [
      `<6>{"type":"DHCPINFORM","hardware":"${HARDWARE}","via":"10.9.0.2","remoteId":"01:02"}`,
      { type: "inform", giaddr: "10.9.0.2", options: [{ code: 82, value: "02:02:01:02" }] },
    ],
    [
      `DHCPRELEASE of 10.0.0.5 from ${HARDWARE} via lan0 reason=released from=10.0.0.5`,
      { type: "release", via: "lan0", ciaddr: "10.0.0.5" },
    ],
    [
      `DHCPDECLINE on 10.0.0.5 from ${HARDWARE} via lan0: too many addresses reason=drop-abandon-limit`,
      { type: "decline", via: "lan0", requested: "10.0.0.5" },
    ],
    [
      `warning: 10.0.0.5 was declined by ${HARDWARE}: another host uses it; it may be offered again via=10.9.0.2 suppressed=3`,
      { type: "decline", giaddr: "10.9.0.2", requested: "10.0.0.5" },
    ],
    [
      `{"event":"conflict","address":"10.0.0.5","hardware":"${HARDWARE}","via":"lan0","reason":"declined"}`,
      { type: "decline", via: "lan0", requested: "10.0.0.5" },
    ],
    [
      `${HARDWARE} via 10.9.0.2 gets no lease: its port of the relay has 1 already reason=drop-relay-port-limit circuitId=p7`,
      { type: "discover", giaddr: "10.9.0.2", options: [{ code: 82, value: "01:02:70:37" }] },
    ],
    [
      `DHCPREQUEST for 10.5.0.5 from ${HARDWARE} via a routed network reason=ack-renew from=10.5.0.5`,
      { type: "request", ciaddr: "10.5.0.5" },
    ],
    [
      `DHCPACK on 10.5.0.5 to ${HARDWARE} via a routed network source=10.9.0.1 delivery=unicast`,
      { type: "request", ciaddr: "10.5.0.5" },
    ],
    [
      `DHCPREQUEST for 10.0.0.5 from ${HARDWARE} via lan0 reason=ack-renew xid=7 receivedAt=10.0.0.1`,
      { type: "request", via: "lan0", ciaddr: "10.0.0.5" },
    ],
    [
      `DHCPREQUEST for 10.0.0.5 from ${HARDWARE} via 10.0.0.2 reason=ack-selecting receivedAt=10.0.0.1`,
      { type: "request", giaddr: "10.0.0.2", requested: "10.0.0.5" },
    ],
  ])("says whose message of which type it was, and how it came: %s", (line, wanted) => {
    expect(readLogLine(line)).toEqual({ hardware: HARDWARE, options: [], ...wanted });
  });

  it.each([
    "",
    "listening on 10.0.0.1 port 67",
    "DHCPDISCOVER from zz via lan0",
    "{",
    '{"type":["DHCPDISCOVER"],"hardware":7}',
    `DHCPDISCOVER from ${HARDWARE} via lan0${" x".repeat(5000)}`,
  ])("that is about no message of a client is none: %.60s", (line) => {
    expect(readLogLine(line)).toBeUndefined();
  });
});

describe("a line that journalctl -o json has written", () => {
  const message = `DHCPDISCOVER for 192.0.2.50 from ${HARDWARE} (tv) via lan0`;
  const entry = (MESSAGE: unknown): string =>
    JSON.stringify({ _PID: "1", PRIORITY: "6", MESSAGE, SYSLOG_IDENTIFIER: "anydhcpd", __CURSOR: "s=1;i=2" });
  const wanted = { type: "discover", hardware: HARDWARE, via: "lan0", requested: "192.0.2.50", options: [] };

  it("is taken by its message: a text, a text with JSON, or octets", () => {
    expect(readLogLine(entry(message))).toEqual(wanted);
    expect(readLogLine(entry([...Buffer.from(message)]))).toEqual(wanted);
    const json = { type: "DHCPDISCOVER", hardware: HARDWARE, via: "lan0", address: "192.0.2.50" };
    expect(readLogLine(entry(JSON.stringify(json)))).toEqual(wanted);
    const declined = `10.0.0.5 was declined by ${HARDWARE}: another host uses it; it may be offered again via=lan0`;
    expect(declinedAddress(entry(declined))).toBe("10.0.0.5");
  });

  it("is no line of the log where its message is none", () => {
    for (const text of ["started", null, 7, [true]]) expect(readLogLine(entry(text))).toBeUndefined();
  });
});

describe("the address that a line says was declined", () => {
  it.each([
    `warning: 10.0.0.5 was declined by ${HARDWARE}: another host uses it; it may be offered again via=10.9.0.2`,
    `{"event":"conflict","address":"10.0.0.5","hardware":"${HARDWARE}","via":"lan0","reason":"declined"}`,
    `{"event":"conflict","address":"10.0.0.5","hardware":"${HARDWARE}","reason":"drop-abandon-limit"}`,
    `DHCPDECLINE on 10.0.0.5 from ${HARDWARE} via lan0 reason=declined xid=7`,
  ])("is that of %s", (line) => {
    expect(declinedAddress(line)).toBe("10.0.0.5");
  });

  it.each([
    `DHCPDECLINE on 10.0.0.5 from ${HARDWARE} via lan0: too many addresses reason=drop-abandon-limit`,
    `{"event":"conflict","address":"10.0.0.5","reason":"in-use"}`,
    `DHCPDISCOVER from ${HARDWARE} via lan0`,
    HARDWARE,
  ])("is none of %s", (line) => {
    expect(declinedAddress(line)).toBeUndefined();
  });
});
