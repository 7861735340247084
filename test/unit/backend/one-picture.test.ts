// The backend and the server judge our own addresses by one picture, from the same moment on.

import { constants } from "node:os";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type BackendEvents, ReplyBatch } from "../../../src/backend/backend.ts";
import { planListeners } from "../../../src/backend/listen/listeners.ts";
import { DATAGRAM_ADMISSION } from "../../../src/backend/receive-batch.ts";
import { SocketBackend } from "../../../src/backend/socket-backend.ts";
import type { Transport } from "../../../src/backend/transport.ts";
import { Interfaces } from "../../../src/base/interfaces.ts";
import { INTERFACE_DEBOUNCE_MS } from "../../../src/base/limits/backend.ts";
import { absentHelper } from "../../../src/helper/client.ts";
import type { Helper, ListenResult } from "../../../src/helper/helper.ts";
import type { NativeInterface } from "../../../src/native/addon.ts";
import { Delivery } from "../../../src/wire/delivery.ts";
import { ip, wanted } from "./world.ts";

const { EADDRNOTAVAIL } = constants.errno;

interface FakeSocket {
  statistics(): { lost: number; receiveQueue: number; receiveBuffer: number };
  close(): void;
}

/** Sockets that take whatever is sent. */
const transport: Transport<FakeSocket> = {
  name: "udp",
  takesEntries: false,
  hearsItself: false,
  admission: DATAGRAM_ADMISSION,
  plan: planListeners,
  request: ({ address, freebind }) => ({ kind: "udp", address, freebind, receiveBufferOctets: 0 }),
  wrap: () => ({ statistics: () => ({ lost: 0, receiveQueue: 0, receiveBuffer: 0 }), close: () => undefined }),
  sender: () => ({ send: (_arena, _rows, _first, count) => count }),
  follow: () => undefined,
  shed: () => undefined,
  answeredAlso: () => [],
};

let kernel: NativeInterface[];
let change: () => void;
/** Listeners that the helper was asked for and has not opened yet. */
let asked: ((result: ListenResult) => void)[];
let isSlow: boolean;
let picture: Interfaces;
let backend: SocketBackend<FakeSocket>;
let sent: ReplyBatch | undefined;

function lan(...addresses: string[]): NativeInterface {
  const entries = addresses.map((text) => ({ address: ip(text), prefixLength: 24, secondary: false }));
  const hardwareAddress = Uint8Array.of(2, 0, 0, 0, 0, 2);
  return { ifindex: 2, name: "eth0", flags: 0x1043, type: 1, mtu: 1500, kind: "", hardwareAddress, addresses: entries };
}

/** What becomes of a reply that leaves from an address: 0, or an errno. */
function resultFrom(source: string): number {
  const batch = new ReplyBatch();
  const row = batch.add(300);
  batch.rows.setSource(row, ip(source));
  batch.rows.setDestination(row, ip("10.9.0.1"));
  batch.rows.setDelivery(row, Delivery.relay);
  backend.send(batch);
  expect(sent).toBe(batch);
  return batch.rows.result(row);
}

beforeEach(async () => {
  vi.useFakeTimers();
  kernel = [lan("10.0.0.1")];
  asked = [];
  isSlow = false;
  picture = new Interfaces(0, []);
  const helper: Helper = {
    ...absentHelper("a test"),
    present: true,
    listen: ({ kind }) => {
      if (kind === "icmp") return Promise.resolve({ fd: -1, code: "failed", reason: "none here" });
      return isSlow ? new Promise((resolve) => asked.push(resolve)) : Promise.resolve({ fd: 0 });
    },
  };
  const events: BackendEvents = {
    onBatch: () => undefined,
    onSent: (batch) => {
      sent = batch;
    },
    onInterfaces: (interfaces) => {
      picture = interfaces;
    },
    onSelf: () => false,
    onListeners: () => undefined,
    onFatal: (error) => {
      throw error;
    },
  };
  const list = (): readonly NativeInterface[] => kernel;
  const watch = (onChange: () => void): { close(): void } => {
    change = onChange;
    return { close: () => undefined };
  };
  backend = new SocketBackend(
    { helper, notice: () => undefined, list, watch, readSetting: () => undefined },
    transport,
  );
  await backend.reconfigure(wanted({ subnets: ["10.0.0.0/24", "10.1.0.0/24"] }));
  await backend.open(events);
});

afterEach(() => {
  vi.useRealTimers();
});

/** The kernel has other addresses, and their listeners are not open yet. */
async function changeTo(...addresses: string[]): Promise<void> {
  kernel = [lan(...addresses)];
  isSlow = true;
  change();
  await vi.advanceTimersByTimeAsync(INTERFACE_DEBOUNCE_MS);
}

describe("a change of addresses", () => {
  it("reaches server and backend before a listener is opened for it", async () => {
    expect([picture.number, picture.own.has(ip("10.0.0.1"))]).toEqual([1, true]);
    await changeTo("10.0.0.1", "10.1.0.1");
    expect(asked).toHaveLength(1);
    expect([picture.number, picture.own.has(ip("10.1.0.1"))]).toEqual([2, true]);
    expect(resultFrom("10.1.0.1")).toBe(0);
  });

  it("takes an address from both at once", async () => {
    await changeTo("10.0.0.2");
    expect(asked).toHaveLength(1);
    expect(picture.own.has(ip("10.0.0.1"))).toBe(false);
    expect(resultFrom("10.0.0.1")).toBe(EADDRNOTAVAIL);
    expect(resultFrom("10.0.0.2")).toBe(0);
  });

  it("gives the picture another number, and the same picture none", async () => {
    await changeTo("10.0.0.1");
    expect(picture.number).toBe(1);
  });
});
