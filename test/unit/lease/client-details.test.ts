import fc from "fast-check";
import { expect, test } from "vitest";
import { equalBytes } from "../../../src/base/bytes.ts";
import { DetailsHeap } from "../../../src/lease/table/client-details.ts";
import { hashClientKey } from "../../../src/lease/table/client-key.ts";
import type { ClientIdentity } from "../../../src/wire/client-identity.ts";
import { KEYS, makeClient, octets } from "../../support/lease-clients.ts";

function bytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, seed) >>> 3);
}

interface Content {
  readonly hostName: Uint8Array;
  readonly vendorClass: Uint8Array;
}

/** Octets are compared by hand: a matcher takes a millisecond for each block. */
function holds(heap: DetailsHeap, handle: number, content: Content | undefined): boolean {
  const { hostName, vendorClass } = heap.read(handle);
  return (
    content !== undefined && equalBytes(hostName, content.hostName) && equalBytes(vendorClass, content.vendorClass)
  );
}

test("blocks keep their content while others come and go", () => {
  const heap = new DetailsHeap();
  const blocks = new Map<number, Content>();
  let random = 5;
  for (let step = 0; step < 20_000; step++) {
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    if (blocks.size > 200 || (random >>> 24 < 64 && blocks.size > 0)) {
      const [handle = 0, content] = [...blocks][(random >>> 8) % blocks.size] ?? [];
      expect(holds(heap, handle, content)).toBe(true);
      heap.release(handle);
      blocks.delete(handle);
      continue;
    }
    const content = {
      hostName: bytes((random >>> 8) % 256, random),
      vendorClass: bytes((random >>> 16) % 256, random),
    };
    const handle = heap.store(makeClient({ chaddr: bytes(6, step), ...content }));
    expect(handle).not.toBe(0);
    expect(blocks.has(handle)).toBe(false);
    blocks.set(handle, content);
  }
  for (const [handle, content] of blocks) expect(holds(heap, handle, content)).toBe(true);
  // 200 blocks of at most about 500 octets: what was given back was used again.
  expect(heap.capacity).toBe(1 << 20);
});

test("a heap of more than one page finds every block", () => {
  const heap = new DetailsHeap();
  const handles = Array.from({ length: 5000 }, (_, n) =>
    heap.store(makeClient({ hostName: bytes(255, n), vendorClass: bytes(255, n + 1) })),
  );
  expect(heap.capacity).toBeGreaterThan(1 << 20);
  for (const [n, handle] of handles.entries()) {
    expect(holds(heap, handle, { hostName: bytes(255, n), vendorClass: bytes(255, n + 1) })).toBe(true);
  }
});

test("pages for what is expected are one piece of memory", () => {
  const heap = new DetailsHeap();
  const store = (n: number): number => heap.store(makeClient({ hostName: bytes(255, n), vendorClass: bytes(255, n) }));
  const handles = Array.from({ length: 1000 }, (_, n) => store(n));
  heap.expect(12_000, handles.length);
  for (let n = handles.length; n < 12_000; n++) handles.push(store(n));

  expect(new Set(handles.map((handle) => heap.pageOf(handle))).size).toBeGreaterThan(5);
  expect(new Set(handles.map((handle) => heap.pageOf(handle).buffer)).size).toBe(2);
  for (const [n, handle] of handles.entries()) {
    expect(holds(heap, handle, { hostName: bytes(255, n), vendorClass: bytes(255, n) })).toBe(true);
  }
});

test("more than memory can hold may be expected: blocks go on as before", () => {
  const heap = new DetailsHeap();
  const handles = [heap.store(makeClient({ chaddr: bytes(6, 1) }))];
  for (const blocks of [2 ** 26, 2 ** 32, 2 ** 50]) heap.expect(blocks, handles.length);
  const content = { hostName: bytes(255, 1), vendorClass: bytes(255, 2) };
  for (let n = 0; n < 3000; n++) handles.push(heap.store(makeClient(content)));
  expect(new Set(handles.map((handle) => heap.pageOf(handle).buffer)).size).toBe(heap.capacity >> 20);
  for (const handle of handles.slice(1)) expect(holds(heap, handle, content)).toBe(true);
});

test("a large block given back serves small ones when nothing else is left", () => {
  const heap = new DetailsHeap();
  const large = {
    hostName: bytes(255, 1),
    vendorClass: bytes(255, 2),
    agentInformation: bytes(255, 3),
    clientId: bytes(255, 4),
  };
  const handles = Array.from({ length: 1008 }, () => heap.store(makeClient(large)));
  expect(heap.capacity).toBe(1 << 20);
  for (const handle of handles) heap.release(handle);
  for (let n = 0; n < 20_000; n++)
    heap.store(makeClient({ chaddr: bytes(6, n), clientId: bytes(7, n), hostName: bytes(8, n) }));
  expect(heap.capacity).toBe(1 << 20);
});

const vendorOf = (n: number): Uint8Array => octets(`maker ${n}`);

test("vendor classes beyond those that have numbers are kept whole, and found again", () => {
  const heap = new DetailsHeap();
  const clients = Array.from({ length: 600 }, (_, n) => makeClient({ chaddr: bytes(6, n), vendorClass: vendorOf(n) }));
  const handles = clients.map((client) => heap.store(client));
  for (const [n, handle] of handles.entries()) {
    expect(heap.read(handle).vendorClass).toEqual(vendorOf(n));
    expect(heap.hasDetailsOf(handle, makeClient({ chaddr: bytes(6, n), vendorClass: vendorOf(n) }))).toBe(true);
    expect(heap.hasDetailsOf(handle, makeClient({ chaddr: bytes(6, n), vendorClass: vendorOf(n + 1) }))).toBe(false);
    expect(heap.hasDetailsOf(handle, makeClient({ chaddr: bytes(6, n) }))).toBe(false);
  }
});

const few = (maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.array(fc.nat(1), { maxLength }).map((list) => Uint8Array.from(list));

/** Clients that often share addresses and identifiers, and whose identifiers often are their addresses. */
const someClient = fc
  .record({
    htype: fc.nat(1),
    chaddr: few(3),
    clientId: few(4).filter((id) => id.length !== 1),
    ownId: fc.boolean(),
    hostName: few(2),
    agentInformation: few(2),
    vendorClass: few(2),
  })
  .map(({ ownId, ...parts }) =>
    makeClient(
      ownId && parts.chaddr.length > 0 ? { ...parts, clientId: Uint8Array.of(parts.htype, ...parts.chaddr) } : parts,
    ),
  );

interface Fields {
  readonly htype: number;
  readonly hardware: string;
  readonly clientId: string;
  readonly rest: string;
}

function fieldsOf(client: ClientIdentity): Fields {
  const { clientId, clientIdLength, hostName, agentInformation, vendorClass } = client;
  return {
    // A type without an address says nothing.
    htype: client.hlen === 0 ? 0 : client.htype,
    hardware: String(client.chaddr.slice(0, client.hlen)),
    clientId: String(clientId.slice(0, clientIdLength)),
    rest: [
      hostName.slice(0, client.hostNameLength),
      agentInformation.slice(0, client.agentInformationLength),
      vendorClass.slice(0, client.vendorClassLength),
    ].join("/"),
  };
}

function isSameKey(a: Fields, b: Fields): boolean {
  if (a.clientId !== "" || b.clientId !== "") return a.clientId === b.clientId;
  return a.htype === b.htype && a.hardware === b.hardware;
}

test("a block says what its client said, and knows it from every other", () => {
  fc.assert(
    fc.property(someClient, someClient, (one, other) => {
      const heap = new DetailsHeap();
      const handle = heap.store(one);
      const second = heap.store(other);
      const [fields, others] = [fieldsOf(one), fieldsOf(other)];
      const copied = makeClient({ chaddr: new Uint8Array(16).fill(9) });
      heap.copy(handle, copied);
      expect(fieldsOf(copied)).toEqual(fields);
      const { htype, hardwareAddress, clientId, hostName, agentInformation, vendorClass } = heap.read(handle);
      const rest = [hostName, agentInformation, vendorClass].join("/");
      expect({ htype, hardware: String(hardwareAddress), clientId: String(clientId), rest }).toEqual(fields);
      expect(heap.hasKey(handle)).toBe(fields.hardware !== "" || fields.clientId !== "");
      expect(heap.hasKeyOf(handle, other)).toBe(isSameKey(fields, others));
      expect(heap.isSameKey(handle, second)).toBe(isSameKey(fields, others));
      const isSameHardware = fields.htype === others.htype && fields.hardware === others.hardware;
      expect(heap.hasHardwareOf(handle, other)).toBe(isSameHardware);
      expect(heap.hasDetailsOf(handle, other)).toBe(isSameHardware && fields.rest === others.rest);
      if (heap.hasKey(handle)) expect(heap.hashKey(handle, KEYS.table)).toBe(hashClientKey(one, KEYS.table));
      const adopted = new DetailsHeap(heap.vendorClasses);
      expect(adopted.read(adopted.adopt(heap, handle))).toEqual(heap.read(handle));
    }),
    { numRuns: 2000 },
  );
});
