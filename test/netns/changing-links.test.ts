// A link that changes while a reply is under way: no reply leaves from an address that is not the server's any more,
// and the server serves what is there afterwards. And what another process says to its netlink sockets changes nothing.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backends, Daemon } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { LAN_ADDRESS, Scene, sceneConfig } from "../support/scene.ts";
import { SlowDisk } from "../support/slow-disk.ts";
import { addressHex, Capture, nextXid, RawClient } from "../support/wire-tools.ts";

const SLOW_MS = 1_500;
const OTHER_ADDRESS = "192.168.77.2";

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.create();
});
afterEach(() => scene.network.dispose());

/** Says to every routing netlink socket of a user process that lan0 has lost its address and is gone. */
const FORGE = `
import socket, struct, sys
def forged(kind, body):
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body
index = socket.if_nametoindex("lan0")
address = socket.inet_aton("${LAN_ADDRESS}")
gone = forged(21, struct.pack("=BBBBI", 2, 24, 0, 0, index) + struct.pack("=HH", 8, 2) + address)
link = forged(17, struct.pack("=BxHiII", 0, 1, index, 0, 0xffffffff))
told = 0
for line in list(open("/proc/net/netlink"))[1:]:
    fields = line.split()
    if fields[1] != "0" or fields[2] == "0":
        continue
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    for message in (gone, link):
        try:
            s.sendto(message, (int(fields[2]), 0))
            told += 1
        except ConnectionRefusedError:
            pass
print(told)
`;

describe.skipIf(!mayMakeNetworks).each(backends)("%s backend [case 36]", (backend) => {
  it("believes what the kernel says of its links alone", async () => {
    const daemon = await Daemon.start(scene.network, scene.server, { backend, config: sceneConfig() });
    const client = await RawClient.start(scene.client, "eth0");
    const mark = daemon.mark;
    expect(Number(await scene.server.exec(["python3", "-c", FORGE]))).toBeGreaterThanOrEqual(2);
    const reply = await client.lease("02:00:00:00:00:01");
    expect(reply.source).toBe(LAN_ADDRESS);
    expect(daemon.program.lines.slice(mark).filter((line) => line.includes('"level":40'))).toEqual([]);
  });

  const changes: readonly (readonly [string, (scene: Scene) => Promise<unknown>, string])[] = [
    [
      "has another address",
      async ({ server }) => {
        await server.ip(`addr del ${LAN_ADDRESS}/24 dev lan0`);
        await server.ip(`addr add ${OTHER_ADDRESS}/24 dev lan0`);
      },
      OTHER_ADDRESS,
    ],
    [
      "has another name",
      async ({ server }) => {
        await server.ip("link set lan0 down");
        await server.ip("link set lan0 name lan5");
        await server.ip("link set lan5 up");
      },
      LAN_ADDRESS,
    ],
    [
      "is another link of that name",
      async ({ network, server, client }) => {
        await server.ip("link delete lan0");
        await network.veth(server, "lan0", client, "eth0");
        await server.ip(`addr add ${OTHER_ADDRESS}/24 dev lan0`);
      },
      OTHER_ADDRESS,
    ],
  ];
  it.each(changes)(
    "answers from no address that it has lost where the link %s before the reply leaves",
    async (_name, change, address) => {
      const disk = new SlowDisk(`${scene.network.directory}/anydhcpd/etc`);
      const daemon = new Daemon(scene.network, scene.server, { backend, config: sceneConfig(), wrapper: disk.wrapper });
      await daemon.start();
      const before = await RawClient.start(scene.client, "eth0");
      const chaddr = "02:00:00:00:00:01";
      const offer = (await before.ask({ type: "DISCOVER", chaddr, xid: nextXid() })).message;
      const options = [
        [50, addressHex(offer.yiaddr)],
        [54, addressHex(offer.serverId)],
      ] as const;
      disk.stall(SLOW_MS);
      const mark = daemon.mark;
      const asked = before
        .exchange({ message: { type: "REQUEST", chaddr, xid: nextXid(), options }, waitMs: 2 * SLOW_MS, lingerMs: 100 })
        .catch(() => undefined);
      await daemon.waitForLog('"reason":"ack-selecting"', mark);
      await change(scene);
      const capture = await Capture.start(scene.client, "eth0");
      await asked;
      for (const frame of capture.dhcp().filter(({ direction }) => direction === "in"))
        expect(frame.source).toBe(address);
      const after = await RawClient.start(scene.client, "eth0");
      let source = "";
      await eventually("it serves the link as it is now", async () => {
        const message = { type: "DISCOVER", chaddr: "02:00:00:00:00:02", xid: nextXid() } as const;
        source = (await after.exchange({ message, waitMs: 500 })).replies[0]?.source ?? "";
        return source === address;
      });
      expect((await after.lease("02:00:00:00:00:03")).source).toBe(address);
      expect((await daemon.stop()).code).toBe(0);
    },
  );
});
