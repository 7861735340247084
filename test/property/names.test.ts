// Labels of clients' names against anything that a client may say, and the table of names against any order of events.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientLabelOf, labelOf } from "../../src/engine/client-label.ts";
import { NameTable } from "../../src/names/name-table.ts";
import type { Wish } from "../../src/names/wish.ts";

const octetsOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Anything, and what looks like a name more often than chance would. */
const said = fc.oneof(
  fc.uint8Array({ maxLength: 255 }),
  fc
    .array(fc.constantFrom(..."aZ09-_. .--'é\0".split("")), { maxLength: 200 })
    .map((characters) => octetsOf(characters.join(""))),
);

describe("the label of a name", () => {
  it("is none or a label of the DNS, and its own label", () => {
    fc.assert(
      fc.property(said, (name) => {
        const label = labelOf(name);
        if (label !== "") expect(label).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
        expect(labelOf(octetsOf(label))).toBe(label);
        expect(["", label]).toContain(clientLabelOf(name));
      }),
    );
  });
});

/** A step of the life of three addresses whose clients ask for two names. */
const step = fc.record({
  address: fc.integer({ min: 1, max: 3 }),
  label: fc.constantFrom("a", "b", undefined),
  client: fc.constantFrom("x", "y"),
  isReserved: fc.boolean(),
});

function wishOf({
  address,
  label,
  client,
  isReserved,
}: typeof step extends fc.Arbitrary<infer T> ? T : never): Wish | undefined {
  return label === undefined ? undefined : { address, label, name: `${label}.lan`, client, isReserved, since: 0 };
}

describe("the table of names", () => {
  it("gives each name that anybody asks for to one address, and tells each change of it", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const table = new NameTable();
        const wishes = new Map<number, Wish>();
        let before = new Map<number, string>();
        for (const one of steps) {
          const wish = wishOf(one);
          table.set(one.address, wish);
          if (wish === undefined) wishes.delete(one.address);
          else wishes.set(one.address, wish);
          const given = new Map([...table.given32()].flat().map(({ name, address }) => [address, name]));
          expect(new Set(given.values())).toEqual(new Set([...wishes.values()].map(({ name }) => name)));
          expect(new Set(given.values()).size).toBe(given.size);
          const changed = table.takeChanged();
          for (const address of [1, 2, 3]) {
            expect(table.given(address)?.name).toBe(given.get(address));
            if (given.get(address) !== before.get(address)) expect([...changed]).toContain(address);
          }
          before = given;
        }
      }),
    );
  });
});
