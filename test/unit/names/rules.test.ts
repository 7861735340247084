// The rules by which names come into a zone and go (RFC 4703 section 5), against a zone that keeps them.

import { describe, expect, it } from "vitest";
import { octetsOfUint32 } from "../../../src/base/bytes.ts";
import { Class, type DnsRecord, nameOctets, Rcode, Type, type Update } from "../../../src/names/dns/message.ts";
import {
  addForward,
  addReverse,
  type DnsName,
  removeForward,
  removeReverse,
  reverseNameOf,
} from "../../../src/names/dns/rules.ts";

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");
const ME = Uint8Array.of(0, 1, 1, 7);
const OTHER = Uint8Array.of(0, 1, 1, 9);
const A = octetsOfUint32(0x0a000001);

function nameOf(more: Partial<DnsName> = {}): DnsName {
  const reverseName = reverseNameOf(0x0a000001, "in-addr.arpa");
  return { address: 0x0a000001, name: "tv.lan", reverseName, dhcid: ME, ttl: 300, ...more };
}

/** A zone's server as RFC 2136 has it (sections 3.2 and 3.4), as far as the rules ask for it. */
class Zone {
  /** "NAME TYPE" to the data of its records. */
  readonly sets = new Map<string, Set<string>>();
  /** Answers that come instead of what would have happened. */
  readonly answers: number[] = [];
  readonly asked: Update[] = [];
  readonly send = (update: Update): Promise<number> => {
    this.asked.push(update);
    const answer = this.answers.shift();
    if (answer !== undefined) return Promise.resolve(answer);
    for (const record of update.prerequisites) {
      const rcode = this.fails(record);
      if (rcode !== undefined) return Promise.resolve(rcode);
    }
    for (const record of update.changes) this.change(record);
    return Promise.resolve(Rcode.noError);
  };

  put(name: string, type: number, ...data: readonly Uint8Array[]): void {
    this.sets.set(`${name} ${type}`, new Set(data.map(hex)));
  }

  get(name: string, type: number): readonly string[] {
    return [...(this.sets.get(`${name} ${type}`) ?? [])];
  }

  private has(name: string): boolean {
    return [...this.sets.keys()].some((key) => key.startsWith(`${name} `));
  }

  private fails({ name, type, class: of, data }: DnsRecord): number | undefined {
    const set = this.sets.get(`${name} ${type}`);
    if (of === Class.NONE && type === Type.ANY) return this.has(name) ? Rcode.nameExists : undefined;
    if (of === Class.NONE) return set === undefined ? undefined : Rcode.setExists;
    if (!this.has(name)) return Rcode.noSuchName;
    return set?.size === 1 && set.has(hex(data)) ? undefined : Rcode.noSuchSet;
  }

  private change({ name, type, class: of, data }: DnsRecord): void {
    const key = `${name} ${type}`;
    const set = this.sets.get(key) ?? new Set();
    if (of === Class.IN) this.sets.set(key, set.add(hex(data)));
    else if (of === Class.NONE) set.delete(hex(data));
    if (of === Class.ANY || set.size === 0) this.sets.delete(key);
  }
}

describe("a client's name", () => {
  it("that nobody has is added with the mark of whose it is", async () => {
    const zone = new Zone();
    expect(await addForward("lan", nameOf(), zone.send)).toBe("done");
    expect([zone.get("tv.lan", Type.A), zone.get("tv.lan", Type.DHCID)]).toEqual([[hex(A)], [hex(ME)]]);
    expect(zone.asked[0]?.changes.map(({ ttl }) => ttl)).toEqual([300, 300]);
  });

  it("that is its own gets the new address instead of the former one", async () => {
    const zone = new Zone();
    zone.put("tv.lan", Type.A, octetsOfUint32(0x0a000063));
    zone.put("tv.lan", Type.DHCID, ME);
    expect(await addForward("lan", nameOf(), zone.send)).toBe("done");
    expect(zone.get("tv.lan", Type.A)).toEqual([hex(A)]);
  });

  it.each([
    ["another client's", OTHER],
    ["somebody's who has written it by hand", undefined],
  ])("that is %s stays as it is", async (_whose, mark) => {
    const zone = new Zone();
    const theirs = octetsOfUint32(0x0a000063);
    zone.put("tv.lan", Type.A, theirs);
    if (mark !== undefined) zone.put("tv.lan", Type.DHCID, mark);
    expect(await addForward("lan", nameOf(), zone.send)).toBe("conflict");
    expect(await removeForward("lan", nameOf(), zone.send)).toBe("done");
    expect(zone.get("tv.lan", Type.A)).toEqual([hex(theirs)]);
  });

  it("that goes between the two questions is asked for once more, and not for ever", async () => {
    const zone = new Zone();
    zone.answers.push(Rcode.nameExists, Rcode.noSuchName);
    expect(await addForward("lan", nameOf(), zone.send)).toBe("done");
    zone.answers.push(Rcode.nameExists, Rcode.noSuchName, Rcode.nameExists, Rcode.noSuchName);
    expect(await addForward("lan", nameOf(), zone.send)).toBe("conflict");
  });

  it("goes with its mark, which stays where another server has an address of it", async () => {
    const zone = new Zone();
    await addForward("lan", nameOf(), zone.send);
    zone.put("tv.lan", Type.AAAA, new Uint8Array(16));
    expect(await removeForward("lan", nameOf(), zone.send)).toBe("done");
    expect([zone.get("tv.lan", Type.A), zone.get("tv.lan", Type.DHCID)]).toEqual([[], [hex(ME)]]);
    zone.sets.delete(`tv.lan ${Type.AAAA}`);
    expect(await removeForward("lan", nameOf(), zone.send)).toBe("done");
    expect(zone.sets.size).toBe(0);
    expect(await removeForward("lan", nameOf(), zone.send)).toBe("done");
  });

  it("is what its address leads to, whatever it led to, until it goes or leads elsewhere", async () => {
    const zone = new Zone();
    const { reverseName } = nameOf();
    expect(reverseName).toBe("1.0.0.10.in-addr.arpa");
    zone.put(reverseName, Type.PTR, nameOctets("old.lan"));
    expect(await addReverse("10.in-addr.arpa", nameOf(), zone.send)).toBe("done");
    expect(zone.get(reverseName, Type.PTR)).toEqual([hex(nameOctets("tv.lan"))]);
    expect(await removeReverse("10.in-addr.arpa", nameOf({ name: "radio.lan" }), zone.send)).toBe("done");
    expect(zone.get(reverseName, Type.PTR)).toEqual([hex(nameOctets("tv.lan"))]);
    expect(await removeReverse("10.in-addr.arpa", nameOf(), zone.send)).toBe("done");
    expect(zone.sets.size).toBe(0);
  });

  it("that two servers of a cluster add and remove, each for itself, is there once and gone once", async () => {
    const zone = new Zone();
    const both = (rule: typeof addForward): Promise<unknown[]> =>
      Promise.all([rule("lan", nameOf(), zone.send), rule("lan", nameOf(), zone.send)]);
    expect([...(await both(addForward)), ...(await both(addReverse))]).toEqual(["done", "done", "done", "done"]);
    expect([zone.get("tv.lan", Type.A), zone.get("tv.lan", Type.DHCID)]).toEqual([[hex(A)], [hex(ME)]]);
    // The client has moved: a server that is late removes the address that it knows, and nothing of the new one.
    const moved = nameOf({ address: 0x0a000002, reverseName: reverseNameOf(0x0a000002, "in-addr.arpa") });
    expect(await addForward("lan", moved, zone.send)).toBe("done");
    expect(await both(removeForward)).toEqual(["done", "done"]);
    expect(zone.get("tv.lan", Type.A)).toEqual([hex(octetsOfUint32(0x0a000002))]);
    expect(await removeForward("lan", moved, zone.send)).toBe("done");
    expect(await both(removeReverse)).toEqual(["done", "done"]);
    expect(zone.sets.size).toBe(0);
  });

  it.each([
    ["added", addForward],
    ["what its address leads to", addReverse],
    ["removed", removeForward],
    ["removed from its address", removeReverse],
  ])("that a server refuses is not %s, and the answer says why", async (_what, rule) => {
    const REFUSED = 5;
    const zone = new Zone();
    zone.answers.push(REFUSED);
    expect(await rule("lan", nameOf(), zone.send)).toBe(REFUSED);
  });
});
