// listInterfaces and InterfaceWatch, in a network namespace that changes under them.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { NativeInterface } from "../../src/native/addon.ts";
import { InterfaceWatch, listInterfaces, listNeighbours } from "../../src/native/interfaces.ts";
import { NeighbourTable } from "../../src/native/rows.ts";
import { mayUnshare } from "../support/peer.ts";

describe("listInterfaces", () => {
  it("lists loopback as it is here", () => {
    const loopback = listInterfaces().find((entry) => entry.name === "lo");
    expect(loopback).toMatchObject({ ifindex: 1, type: 772, kind: "" });
    expect(loopback?.addresses).toContainEqual({ address: 0x7f000001, prefixLength: 8, secondary: false });
  });
});

describe("listNeighbours", () => {
  it("lists rows of numbers, none of which is our own address", () => {
    const table = listNeighbours();
    expect(table).toBeInstanceOf(NeighbourTable);
    expect(table.addresses()).not.toContain(0x7f000001);
  });
});

describe("InterfaceWatch", () => {
  it("can be closed, twice, and refuses what is not a function", () => {
    const watch = new InterfaceWatch(() => undefined);
    watch.close();
    watch.close();
    expect(() => new InterfaceWatch(undefined as unknown as () => void)).toThrow(TypeError);
  });
});

describe.skipIf(!mayUnshare)("InterfaceWatch and listInterfaces in a network namespace", () => {
  const steps = new Map<string, NativeInterface[]>();
  beforeAll(() => {
    const child = join(import.meta.dirname, "interfaces-child.cjs");
    const output = execFileSync("unshare", ["-Urn", process.execPath, child], { encoding: "utf8", timeout: 20_000 });
    const { results } = JSON.parse(output) as { results: { step: string; interfaces: NativeInterface[] }[] };
    for (const { step, interfaces } of results) steps.set(step, interfaces);
  });

  const named = (step: string, name: string) => steps.get(step)?.find((entry) => entry.name === name);

  it("tell of a link that is added, with its kind and hardware address", () => {
    const link = named("link add v0 type veth peer name v1", "v0");
    expect(link).toMatchObject({ kind: "veth", type: 1, mtu: 1500, addresses: [] });
    expect(Object.values(link?.hardwareAddress ?? {})).toHaveLength(6);
    expect((link?.flags ?? 1) & 1).toBe(0);
  });

  it("tell of addresses in the kernel's order, and which are secondary", () => {
    const primary = { address: 0x0a010001, prefixLength: 24, secondary: false };
    const secondary = { address: 0x0a010002, prefixLength: 24, secondary: true };
    expect(named("addr add 10.1.0.1/24 dev v0", "v0")?.addresses).toEqual([primary]);
    expect(named("addr add 10.1.0.2/24 dev v0", "v0")?.addresses).toEqual([primary, secondary]);
  });

  it("name our own end of a point-to-point address", () => {
    expect(named("addr add 10.9.0.1 peer 10.9.0.2/32 dev v0", "v0")?.addresses).toContainEqual({
      address: 0x0a090001,
      prefixLength: 32,
      secondary: false,
    });
  });

  it("tell once of more changes than the kernel could queue", () => {
    expect(named("overrun", "lo")?.mtu).toBe(4999);
  });

  it("tell that a link is up, has another name, is gone", () => {
    expect((named("link set v0 up", "v0")?.flags ?? 0) & 1).toBe(1);
    const before = named("link set v0 up", "v0")?.ifindex;
    expect(named("link set v0 name renamed", "renamed")?.ifindex).toBe(before);
    expect(named("link del renamed", "renamed")).toBeUndefined();
  });
});
