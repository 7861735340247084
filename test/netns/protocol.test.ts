// What the extensions of the protocol say, over real sockets and by both backends: who is answered with what is
// the engine's business and proven in test/conformance; here the same words come in and go out as packets, and
// take the way that they name. One daemon a backend: every client is another one.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ANSWER_CROSSING_SECONDS } from "../../src/base/limits/engine.ts";
import { backends, Daemon, readLeases } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { GIADDR, LAN_ADDRESS, Scene, sceneConfig, UPLINK_ADDRESS } from "../support/scene.ts";
import { addressHex, type DhcpFrame, type MessageFields, nextXid, RawClient } from "../support/wire-tools.ts";

const BROADCAST = { destination: "255.255.255.255", destinationMac: "ff:ff:ff:ff:ff:ff" };
const FIXED = "02:00:00:00:01:01";
const DEAF = "02:00:00:00:01:02";
const SHY = "02:00:00:00:01:03";

const LAN = `
  range dynamic-bootp 192.168.77.30 192.168.77.39;
  option ipv6-only-preferred 1800;
  boot {
    server 192.0.2.9;
    bios "undionly.kpxe";
    uefi-x64 "ipxe.efi";
    http-uefi-x64 "http://boot.example.org/ipxe.efi";
    ipxe "http://boot.example.org/menu.ipxe";
  }`;

const MORE = `
class "phones" { match if substring(option vendor-class-identifier, 0, 6) = "phone/"; }
host fixed { hardware ethernet ${FIXED}; fixed-address 192.168.77.20; filename "boot.img"; }
host deaf { hardware ethernet ${DEAF}; always-broadcast on; }
host shy { hardware ethernet ${SHY}; never-broadcast on; }
host port { host-identifier option agent.circuit-id "port-7"; fixed-address 10.77.0.20; }
subnet 10.9.0.0 netmask 255.255.255.248 { }
subnet 172.20.0.0 netmask 255.255.255.0 { range 172.20.0.100 172.20.0.199; }
subnet 172.21.0.0 netmask 255.255.255.0 {
  pool { allow members of "phones"; range 172.21.0.50 172.21.0.59; }
  pool { deny members of "phones"; range 172.21.0.100 172.21.0.199; }
}
`;

/** Text as the hex of an option's value. */
const hex = (text: string): string => Buffer.from(text, "latin1").toString("hex");
/** Sub-options of option 82: code and value in hex. */
const agent = (...parts: readonly (readonly [code: number, value: string])[]): readonly [number, string] => [
  82,
  parts.map(([code, value]) => Buffer.of(code, value.length / 2).toString("hex") + value).join(""),
];

let number = 0;
/** A hardware address that no other test has. */
function somebody(): string {
  number++;
  return `02:00:00:00:02:${number.toString(16).padStart(2, "0")}`;
}

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend", (backend) => {
  let scene: Scene;
  let daemon: Daemon;
  let client: RawClient;
  let far: RawClient;

  beforeAll(async () => {
    scene = await Scene.create();
    const config = sceneConfig({ global: "rapid-commit on;", lan: LAN, routed: "subnet-selection on;" }) + MORE;
    daemon = await Daemon.start(scene.network, scene.server, { backend, config });
    client = await RawClient.start(scene.client, "eth0");
    far = await RawClient.start(scene.relay, "up0");
  });
  afterAll(() => scene?.network.dispose());

  const discover = (more: MessageFields = {}): MessageFields => ({
    type: "DISCOVER",
    chaddr: somebody(),
    xid: nextXid(),
    ...more,
  });
  const bootp = (more: MessageFields = {}): MessageFields => ({ chaddr: somebody(), xid: nextXid(), ...more });

  /** Asks as the relay does: from its own address, by a unicast to ours. */
  async function relayed(message: MessageFields): Promise<DhcpFrame> {
    const frame = { sourceMac: far.mac, destinationMac: await scene.mac("up0"), sourcePort: 67 };
    const { replies } = await far.exchange({
      message: { giaddr: GIADDR, hops: 1, ...message },
      frame: { ...frame, source: GIADDR, destination: UPLINK_ADDRESS },
    });
    expect(replies.map(({ source, destination }) => [source, destination])).toEqual([[UPLINK_ADDRESS, GIADDR]]);
    return replies[0] as DhcpFrame;
  }

  /** Waits until the lease file has an address in a state. */
  const stored = (address: string, state: string): Promise<void> =>
    eventually(`${address} is ${state} on disk`, () => readLeases(daemon.leases).get(address)?.state === state);

  describe("BOOTP", () => {
    it("is answered at the hardware address, with a fixed address and no DHCP options", async () => {
      const reply = await client.ask(bootp({ chaddr: FIXED }));
      expect(reply).toMatchObject({ source: LAN_ADDRESS, destination: "192.168.77.20", destinationMac: FIXED });
      expect(reply).toMatchObject({ checksum: "good", message: { yiaddr: "192.168.77.20", file: "boot.img" } });
      expect(reply.message.order.filter((code) => [51, 53, 54].includes(code))).toEqual([]);
      expect(reply.message.length).toBe(300);
    });

    it("gets an address of the range for it, for ever, and broadcasts where it asks for them", async () => {
      const reply = await client.ask(bootp({ broadcast: true }));
      expect(reply).toMatchObject(BROADCAST);
      expect(reply.message.yiaddr).toMatch(/^192\.168\.77\.3\d$/);
      await stored(reply.message.yiaddr, "active");
    });
  });

  describe("RFC 4039", () => {
    it("commits at once where the client asks for it, and the lease is on disk", async () => {
      const ack = await client.ask(discover({ options: [[80, ""]] }));
      expect(ack.message).toMatchObject({ type: "ACK", options: { "80": "" } });
      await stored(ack.message.yiaddr, "active");
    });

    it("does so through a relay", async () => {
      const ack = await relayed(discover({ options: [[80, ""]] }));
      expect(ack.message).toMatchObject({ type: "ACK", giaddr: GIADDR });
    });
  });

  describe("booting", () => {
    const firmware = (kind: string, architecture: number): MessageFields["options"] => [
      [97, `00${"01".repeat(16)}`],
      [93, architecture.toString(16).padStart(4, "0")],
      [60, hex(`${kind}:Arch:${String(architecture).padStart(5, "0")}:UNDI:003000`)],
      [55, "01033c4261"],
    ];
    it.each<[string, MessageFields["options"], string]>([
      ["a BIOS", firmware("PXEClient", 0), "undionly.kpxe"],
      ["UEFI", firmware("PXEClient", 7), "ipxe.efi"],
      ["UEFI by HTTP", firmware("HTTPClient", 0x10), "http://boot.example.org/ipxe.efi"],
      ["iPXE", [...(firmware("PXEClient", 0) ?? []), [77, hex("iPXE")]], "http://boot.example.org/menu.ipxe"],
      ["nobody else", [[55, "0103"]], ""],
    ])("has %s fetch its file", async (_who, options = [], file) => {
      const { message } = await client.ask(discover({ options }));
      expect(message.file).toBe(file);
      expect(message.siaddr).toBe(file === "" ? "0.0.0.0" : "192.0.2.9");
      expect(message.options["97"]).toBe(file === "" ? undefined : `00${"01".repeat(16)}`);
    });
  });

  describe("delivery", () => {
    it("is by broadcast to whom always-broadcast names, although it does not ask for it", async () => {
      const ack = await client.lease(DEAF);
      expect(ack).toMatchObject({ ...BROADCAST, source: LAN_ADDRESS });
    });

    it("is to the hardware address of whom never-broadcast names, although it asks for broadcasts", async () => {
      const ack = await client.lease(SHY, { broadcast: true });
      expect(ack).toMatchObject({ destination: ack.message.yiaddr, destinationMac: SHY });
    });

    it("turns into a broadcast when a message comes again, and stays one where the client asks for it [R13]", async () => {
      const destinations = async (broadcast: boolean): Promise<readonly string[]> => {
        const message = discover({ broadcast });
        const first = await client.ask(message);
        // A repetition that the answer may have crossed does not count.
        await new Promise((resolve) => setTimeout(resolve, 2 * ANSWER_CROSSING_SECONDS * 1000));
        const second = await client.ask(message);
        return [first.destination === first.message.yiaddr ? "yiaddr" : first.destination, second.destination];
      };
      expect(await destinations(false)).toEqual(["yiaddr", "255.255.255.255"]);
      expect(await destinations(true)).toEqual(["255.255.255.255", "255.255.255.255"]);
    });

    it("of an answer to DHCPINFORM is to where it came from, when it does not say who it is", async () => {
      const address = "192.168.77.210";
      const chaddr = somebody();
      await client.hold(address, chaddr);
      const destinationMac = await scene.mac("lan0");
      const message = { type: "INFORM", chaddr, xid: nextXid() };
      const ack = await client.ask(message, { source: address, destination: LAN_ADDRESS, destinationMac });
      expect(ack).toMatchObject({ source: LAN_ADDRESS, destination: address, destinationMac: chaddr });
      expect(ack.message).toMatchObject({ type: "ACK", yiaddr: "0.0.0.0", leaseTime: null });
    });

    it("of an answer to a DHCPINFORM from 0.0.0.0 is by broadcast [K6]", async () => {
      const ciaddr = "192.168.77.211";
      const ack = await client.ask({ type: "INFORM", chaddr: somebody(), xid: nextXid(), ciaddr });
      expect(ack).toMatchObject({ ...BROADCAST, source: LAN_ADDRESS, message: { type: "ACK", yiaddr: "0.0.0.0" } });
    });

    it("is by broadcast to a client that is offered no address, as RFC 8925 has it", async () => {
      const offer = await client.ask(discover({ options: [[55, "01036c"]] }));
      expect(offer).toMatchObject({ ...BROADCAST, message: { type: "OFFER", yiaddr: "0.0.0.0" } });
      expect(offer.message.options["108"]).toBe("00000708");
    });
  });

  describe("the life of a lease", () => {
    it("ends by DHCPRELEASE, and the address comes back to the same client", async () => {
      const chaddr = somebody();
      const { yiaddr } = (await client.lease(chaddr)).message;
      await client.exchange({
        message: {
          type: "RELEASE",
          chaddr,
          xid: nextXid(),
          ciaddr: yiaddr,
          options: [[54, addressHex(LAN_ADDRESS)]],
        },
        frame: { source: yiaddr, destination: LAN_ADDRESS, destinationMac: await scene.mac("lan0") },
        expect: 0,
        waitMs: 0,
      });
      await eventually("the lease has ended", () => readLeases(daemon.leases).get(yiaddr)?.state !== "active");
      expect((await client.lease(chaddr)).message.yiaddr).toBe(yiaddr);
    });

    it("ends by DHCPDECLINE, after which the address is given to nobody", async () => {
      const chaddr = somebody();
      const { yiaddr } = (await client.lease(chaddr)).message;
      const options = [
        [50, addressHex(yiaddr)],
        [54, addressHex(LAN_ADDRESS)],
      ] as const;
      const message = { type: "DECLINE", chaddr, xid: nextXid(), options };
      await client.exchange({ message, expect: 0, waitMs: 0 });
      await stored(yiaddr, "abandoned");
      expect((await client.lease(chaddr)).message.yiaddr).not.toBe(yiaddr);
    });
  });

  describe("a relay's query", () => {
    it("by BOOTP is answered through it, with its option 82", async () => {
      const information = agent([1, hex("port-7")]);
      const reply = await relayed(bootp({ options: [information] }));
      expect(reply.message).toMatchObject({ yiaddr: "10.77.0.20", options: { "82": information[1] } });
      expect(reply.destinationPort).toBe(67);
    });

    it("of a known port is of that host, and the relay asked to broadcast where always-broadcast says so", async () => {
      const information = agent([1, hex("port-7")], [2, "beef"]);
      const offer = await relayed(discover({ options: [information] }));
      expect(offer.message).toMatchObject({ yiaddr: "10.77.0.20", flags: 0, options: { "82": information[1] } });
      expect(offer.message.order.at(-1)).toBe(82);
      expect((await relayed(discover({ chaddr: DEAF }))).message.flags).toBe(0x8000);
    });

    it("selects another link (RFC 3527), and the answer goes to the relay", async () => {
      const offer = await relayed(discover({ options: [agent([5, addressHex("172.20.0.0")])] }));
      expect(offer.message).toMatchObject({ type: "OFFER", giaddr: GIADDR });
      expect(offer.message.yiaddr).toMatch(/^172\.20\.0\./);
    });

    it("of a client of a class leads to the class's pool, with its identifier handed back (RFC 6842)", async () => {
      const link = agent([5, addressHex("172.21.0.0")]);
      const phone = await relayed(discover({ options: [[60, hex("phone/2")], [61, "0050686f6e65"], link] }));
      expect(phone.message.yiaddr).toMatch(/^172\.21\.0\.5\d$/);
      expect(phone.message.options["61"]).toBe("0050686f6e65");
      const other = await relayed(discover({ options: [[60, hex("camera/2")], link] }));
      expect(other.message.yiaddr).toMatch(/^172\.21\.0\.1\d\d$/);
    });

    it("of a client that selects another subnet (RFC 3011) has the option handed back", async () => {
      const offer = await relayed(discover({ options: [[118, addressHex("172.21.0.0")]] }));
      expect(offer.message.yiaddr).toMatch(/^172\.21\.0\./);
      expect(offer.message.options["118"]).toBe(addressHex("172.21.0.0"));
    });

    it("overrides the server identifier (RFC 5107), for the renewal past the relay too", async () => {
      const override = "10.77.0.1";
      const chaddr = somebody();
      const options = [agent([11, addressHex(override)])] as const;
      const offer = await relayed(discover({ chaddr, options }));
      expect(offer.message.serverId).toBe(override);
      const { yiaddr } = offer.message;
      const request = { type: "REQUEST", chaddr, xid: nextXid() };
      const ack = await relayed({
        ...request,
        options: [[50, addressHex(yiaddr)], [54, addressHex(override)], ...options],
      });
      expect(ack.message).toMatchObject({ type: "ACK", yiaddr, serverId: override });
      const renewed = await far.ask(
        { type: "REQUEST", chaddr, xid: nextXid(), ciaddr: yiaddr },
        {
          sourceMac: far.mac,
          destinationMac: await scene.mac("up0"),
          source: yiaddr,
          destination: UPLINK_ADDRESS,
        },
      );
      expect(renewed).toMatchObject({ source: UPLINK_ADDRESS, destination: yiaddr, destinationPort: 68 });
      expect(renewed.message).toMatchObject({ type: "ACK", serverId: override });
    });

    it.each([
      ["renews", "80", "ack-renew"],
      ["rebinds", "00", "ack-rebind"],
    ])("says by its flags (RFC 5010) that the client %s", async (_what, flags, counter) => {
      const chaddr = somebody();
      const { yiaddr } = (await relayed(discover({ chaddr, options: [[80, ""]] }))).message;
      const before = (await daemon.counters())[counter] ?? 0;
      const options = [agent([10, flags])] as const;
      const ack = await relayed({ type: "REQUEST", chaddr, xid: nextXid(), ciaddr: yiaddr, options });
      expect(ack.message).toMatchObject({ type: "ACK", yiaddr, options: { "82": options[0][1] } });
      expect((await daemon.counters())[counter]).toBe(before + 1);
    });

    it("for a virtual subnet (RFC 6607) has its words handed back, VSS-Control included: they were not used", async () => {
      const information = agent([151, "0076706e"], [152, ""]);
      const offer = await relayed(discover({ options: [information] }));
      expect(offer.message.options["82"]).toBe(information[1]);
      expect(offer.message.yiaddr).toMatch(/^10\.77\.0\./);
    });
  });
});
