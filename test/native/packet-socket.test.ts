// PacketSocket on a virtual link in a network namespace: frames both ways, what the kernel says of
// their checksums, failures of single frames, and the end of the link.

import { constants } from "node:os";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RECEIVE_COLUMNS, REPLY_COLUMNS, ReceiveColumn, ReceiveFlag, ReplyColumn } from "../../src/native/columns.ts";
import { PacketSocket } from "../../src/native/packet-socket.ts";
import { ReceiveRows, ReplyRows } from "../../src/native/rows.ts";
import { withDeadline } from "../support/deadline.ts";
import { mayUnshare, Peer } from "../support/peer.ts";

const { EBADF, EINVAL, EMSGSIZE } = constants.errno;
const SLOTS = 4;
const SLOT_OCTETS = 512;
const HEADER_OCTETS = 14;
const text = new TextDecoder("latin1");

describe("PacketSocket's arguments", () => {
  const nothing = (): void => undefined;
  it.each<[string, () => unknown]>([
    ["a descriptor below 0", () => new PacketSocket(-1, new Uint8Array(8), 8, new ReceiveRows(1), nothing, nothing)],
    ["no slot", () => new PacketSocket(0, new Uint8Array(8), 0, new ReceiveRows(1), nothing, nothing)],
    ["too few columns", () => new PacketSocket(0, new Uint8Array(16), 8, new ReceiveRows(1), nothing, nothing)],
  ])("are refused: %s", (_what, make) => {
    expect(make).toThrow(TypeError);
  });

  it("are refused by the kernel where the descriptor is no packet socket's", () => {
    expect(() => new PacketSocket(0x7ffffffe, new Uint8Array(8), 8, new ReceiveRows(1), nothing, nothing)).toThrow(
      expect.objectContaining({ errno: EBADF }),
    );
  });
});

describe.skipIf(!mayUnshare)("PacketSocket in a network namespace", () => {
  let peer: Peer;
  let socket: PacketSocket;
  let ifindex = 0;
  let errors: number[];
  let batches: number[];
  let wake: () => void = () => undefined;
  const arena = new Uint8Array(SLOTS * SLOT_OCTETS);
  const received = new ReceiveRows(SLOTS);
  const { columns } = received;

  beforeAll(async () => {
    peer = await Peer.start({ namespaces: true });
    ifindex = (await peer.run(`
sh('''
ip link add v0 type veth peer name v1
for i in v0 v1; do ip link set $i up; done
ip addr add 10.1.0.1/24 dev v0
ip addr add 10.1.0.2/24 dev v1
''')
far = sniffer('v1')
result = socket.if_nametoindex('v0')
`)) as number;
  });
  afterAll(() => peer.close());

  beforeEach(async () => {
    errors = [];
    batches = [];
    const fd = await peer.take("ours = sniffer('v0')\ngive(ours); ours.close()");
    socket = new PacketSocket(
      fd,
      arena,
      SLOT_OCTETS,
      received,
      (count) => {
        batches.push(count);
        wake();
      },
      (errno) => errors.push(errno),
    );
  });
  afterEach(() => socket.close());

  const column = (slot: number, name: keyof typeof ReceiveColumn): number =>
    columns[slot * RECEIVE_COLUMNS + ReceiveColumn[name]] ?? -1;

  function nextBatch(): Promise<void> {
    const come = new Promise<void>((resolve) => {
      wake = resolve;
    });
    return withDeadline(come, "a batch");
  }

  function rowsOf(...rows: [offset: number, length: number][]): ReplyRows {
    const made = new ReplyRows(rows.length);
    const result = made.columns;
    for (const [i, [offset, length]] of rows.entries()) {
      result.fill(7777, i * REPLY_COLUMNS, (i + 1) * REPLY_COLUMNS);
      result[i * REPLY_COLUMNS + ReplyColumn.offset] = offset;
      result[i * REPLY_COLUMNS + ReplyColumn.length] = length;
    }
    return made;
  }

  const results = ({ columns: all }: ReplyRows): number[] =>
    [...all].filter((_, i) => i % REPLY_COLUMNS === ReplyColumn.result);

  /** Headers of `count` broadcast frames of IPv4. */
  function headers(count: number): Uint8Array {
    const header = [255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 8, 0];
    return Uint8Array.from({ length: count * HEADER_OCTETS }, (_, i) => header[i % HEADER_OCTETS] ?? 0);
  }

  it("receives whole frames with their interface, and a cut one as such", async () => {
    const come = nextBatch();
    await peer.run(`
far.send(udp_frame('10.1.0.2', 4068, '10.1.0.1', 4067, b'short'))
`);
    await come;
    expect(batches).toEqual([1]);
    expect(column(0, "length")).toBe(HEADER_OCTETS + 28 + 5);
    expect(column(0, "ifindex")).toBe(ifindex);
    expect(column(0, "flags")).toBe(0);
    expect(text.decode(arena.subarray(HEADER_OCTETS + 28, HEADER_OCTETS + 33))).toBe("short");
    const cut = nextBatch();
    await peer.run("far.send(udp_frame('10.1.0.2', 4068, '10.1.0.1', 4067, b'x' * 600))");
    await cut;
    expect(column(0, "flags")).toBe(ReceiveFlag.datagramCut);
    expect(column(0, "length")).toBe(SLOT_OCTETS);
    expect(errors).toEqual([]);
  });

  it("tells frames whose checksum is unfinished", async () => {
    const come = nextBatch();
    await peer.run(`
s = udp('10.1.0.2', 4068)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'v1')
s.sendto(b'partial', ('255.255.255.255', 4067))
`);
    await come;
    expect(column(0, "flags")).toBe(ReceiveFlag.checksumUnfinished);
  });

  it("sends headers and payloads as frames, and says of each what became of it", async () => {
    const payloads = new TextEncoder().encode("aabbb".padEnd(40)).slice();
    const big = new Uint8Array(2000);
    big.set(payloads);
    const rows = rowsOf([0, 40], [1990, 11], [2, 38], [0, 1600], [5, 35]);
    await peer.run("watch = sniffer('v1')");
    expect(socket.send(headers(5), HEADER_OCTETS, big, rows, 0, 5)).toBe(3);
    expect(results(rows)).toEqual([0, EINVAL, 0, EMSGSIZE, 0]);
    const seen = await peer.run("result = [watch.recv(4096)[14:19].decode('latin1') for _ in range(3)]");
    expect(seen).toEqual(["aabbb", "bbb  ", "     "]);
  });

  it("wants as many headers as rows", () => {
    const rows = rowsOf([0, 10], [0, 10]);
    expect(() => socket.send(headers(1), HEADER_OCTETS, new Uint8Array(10), rows, 0, 2)).toThrow(TypeError);
    expect(() => socket.send(headers(2), HEADER_OCTETS, new Uint8Array(10), rows, 1, 2)).toThrow(TypeError);
  });

  it("sends and counts nothing once it is closed, and may be closed twice", () => {
    socket.close();
    socket.close();
    const rows = rowsOf([0, 10]);
    expect(socket.send(headers(1), HEADER_OCTETS, new Uint8Array(10), rows, 0, 1)).toBe(0);
    expect(results(rows)).toEqual([EBADF]);
    expect(socket.statistics()).toEqual({ receiveBuffer: 0, receiveQueue: 0, lost: 0 });
  });

  it("goes on when its link was down", async () => {
    await peer.run("sh('ip link set v0 down; ip link set v0 up')");
    const come = nextBatch();
    await peer.run("far.send(udp_frame('10.1.0.2', 4068, '10.1.0.1', 4067, b'again'))");
    await come;
    expect(text.decode(arena.subarray(HEADER_OCTETS + 28, HEADER_OCTETS + 33))).toBe("again");
    expect(errors).toEqual([]);
  });
});
