// Whose a name is, and what the hosts file says of it.

import { describe, expect, it } from "vitest";
import { hostsText } from "../../../src/names/hosts-file.ts";
import { NameTable, type Refused } from "../../../src/names/name-table.ts";
import type { Wish } from "../../../src/names/wish.ts";

function wish(address: number, label: string, more: Partial<Wish> = {}): Wish {
  return { address, label, name: `${label}.lan`, client: `${address}`, isReserved: false, since: 0, ...more };
}

function world(): { table: NameTable; refused: Refused[]; holder: (name: string) => number | undefined } {
  const refused: Refused[] = [];
  const table = new NameTable();
  table.onRefused = (one) => refused.push(one);
  return {
    table,
    refused,
    holder: (name) => [...table.given32()].flat().find((given) => given.name === name)?.address,
  };
}

describe("a name", () => {
  it("stays with the first that asks, and goes to who waits longest", () => {
    const { table, refused, holder } = world();
    for (const address of [1, 2, 3]) table.set(address, wish(address, "pc"));
    expect([holder("pc.lan"), refused.length]).toEqual([1, 2]);
    table.takeChanged();
    table.set(1, undefined);
    expect(holder("pc.lan")).toBe(2);
    expect([...table.takeChanged()].sort()).toEqual([1, 2]);
  });

  it("stays with a client that renews, and goes along when it moves", () => {
    const { table, holder } = world();
    table.set(1, wish(1, "pc", { client: "x" }));
    table.set(2, wish(2, "pc", { client: "y" }));
    table.set(1, wish(1, "pc", { client: "x", since: 5 }));
    expect(holder("pc.lan")).toBe(1);
    table.set(3, wish(3, "pc", { client: "x" }));
    expect(holder("pc.lan")).toBe(3);
  });

  it("is a reservation's before any client's, whoever came first", () => {
    const { table, holder } = world();
    table.set(1, wish(1, "printer"));
    table.reserve([wish(9, "printer", { isReserved: true })]);
    expect(holder("printer.lan")).toBe(9);
    table.reserve([]);
    expect(holder("printer.lan")).toBe(1);
  });

  it("is in the hosts file with its address, and bare where no other domain has it", () => {
    const { table } = world();
    table.set(0x0a000002, wish(0x0a000002, "pc"));
    table.set(0x0a000001, wish(0x0a000001, "pc", { name: "pc.guests" }));
    table.set(0x0a000003, wish(0x0a000003, "tv", { name: "tv" }));
    expect([...hostsText(table)].join("").split("\n").slice(1, -2)).toEqual([
      "10.0.0.1 pc.guests",
      "10.0.0.2 pc.lan pc",
      "10.0.0.3 tv",
    ]);
  });
});
