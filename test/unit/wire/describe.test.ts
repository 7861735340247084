import { describe, expect, it } from "vitest";
import { describeMessage } from "../../support/describe-message.ts";
import { buildMessage } from "../../support/message-builder.ts";

describe("describeMessage", () => {
  it("tells a query in one line", () => {
    const bytes = buildMessage({
      type: 3,
      xid: 0x0a0b0c0d,
      hops: 1,
      broadcast: true,
      giaddr: "203.0.113.1",
      chaddr: "02:00:5e:00:00:01",
      requested: "192.0.2.7",
      serverId: "192.0.2.1",
      options: [[12, [0x70, 0x63]]],
    });
    expect(describeMessage(bytes)).toBe(
      "DHCPREQUEST, xid 0x0a0b0c0d, hops 1, broadcast flag, giaddr 203.0.113.1, chaddr 02:00:5e:00:00:01, " +
        'dhcp-requested-address 192.0.2.7, dhcp-server-identifier 192.0.2.1, host-name "pc"',
    );
  });

  it("tells a reply", () => {
    const bytes = buildMessage({ type: 2, op: 2, leaseSeconds: 3600, ciaddr: "192.0.2.9" });
    bytes.set([...Array(3).fill(0x62)], 108);
    expect(describeMessage(bytes)).toBe(
      'DHCPOFFER, xid 0x12345678, ciaddr 192.0.2.9, chaddr 02:00:00:00:00:01, file "bbb", dhcp-lease-time 3600',
    );
  });

  it.each([
    [{ type: 0 }, "BOOTREQUEST,"],
    [{ type: 0, op: 2, withoutCookie: true }, "BOOTREPLY,"],
    [{ type: 0, op: 9 }, "op 9,"],
    [{ type: 99 }, "message type 99,"],
  ])("names %j", (parts, start) => {
    expect(describeMessage(buildMessage(parts)).startsWith(start)).toBe(true);
  });

  it("says what is wrong with a message", () => {
    expect(describeMessage(new Uint8Array(7))).toBe("no BOOTP message: 7 octets");
    const cut = buildMessage({ type: 1 }).slice(0, 242);
    expect(describeMessage(cut)).toContain("malformed options");
  });

  it("escapes what strangers wrote, and cuts it", () => {
    const line = describeMessage(
      buildMessage({
        type: 1,
        options: [
          [12, [0x1b, 0x5b, 0x0a, 0x22]],
          [60, Array(255).fill(0x80)],
        ],
      }),
    );
    expect(line).toContain("host-name 1b:5b:0a:22");
    expect([...line].every((character) => character >= " " && character <= "~")).toBe(true);
    expect(line.length).toBeLessThan(300);
  });
});
