import { expect, test } from "vitest";
import { equalBytes } from "../../../src/base/bytes.ts";
import { DetailsHeap } from "../../../src/lease/client-details.ts";
import { makeClient } from "../../support/lease-clients.ts";

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
