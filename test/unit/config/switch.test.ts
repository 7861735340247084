// `switch` of ISC's dhcpd: which client gets the values of which case.

import { describe, expect, it } from "vitest";
import { headsOf } from "../../support/config-text.ts";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";

/** Lease times that clients with these options get; the subnet's own is 1000. */
function told(statement: string, ...clients: readonly (readonly [number, readonly number[]])[][]): number[] {
  const text = `subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.99; default-lease-time 1000; ${statement} }`;
  const world = new EngineWorld(text, [testInterface(2, "lan0", "10.0.0.1")]);
  return clients.map((options, i) => world.send({ type: 1, chaddr: `02:00:00:00:00:${10 + i}`, options }).leaseSeconds);
}

const userClass = (text: string): [number, number[]] => [77, [...text].map((character) => character.charCodeAt(0))];

describe("switch", () => {
  it("gives each case its values, and the default to all others [C15]", () => {
    const text = `switch (option user-class) {
      case "a": default-lease-time 1; break;
      case "b": case "c": default-lease-time 2; break;
      default: default-lease-time 3;
    }`;
    const clients = ["a", "b", "c", "d"].map((name) => [userClass(name)]);
    expect(told(text, ...clients, [])).toEqual([1, 2, 2, 3, 3]);
  });

  it("goes on with the next case where there is no break, and leaves out what stands behind one", () => {
    const text = `switch (option user-class) {
      case "a": max-lease-time 50000;
      case "b": default-lease-time 2; break; default-lease-time 9;
      case "c": break;
      case "b": default-lease-time 4;
    }`;
    const clients = ["a", "b", "c", "d"].map((name) => [userClass(name)]);
    expect(told(text, ...clients)).toEqual([2, 2, 1000, 1000]);
  });

  it("has a default anywhere, also together with cases and alone", () => {
    const clients = ["a", "b", "c"].map((name) => [userClass(name)]);
    const first = `switch (option user-class) { default: case "a": default-lease-time 1; break; case "b": default-lease-time 2; }`;
    expect(told(first, ...clients)).toEqual([1, 2, 1]);
    expect(told("switch (option user-class) { default: default-lease-time 7; }", ...clients)).toEqual([7, 7, 7]);
    const inner = `switch (option user-class) { case "a": if exists host-name { default-lease-time 5; } break;
      default: switch (substring(hardware, 0, 1)) { case "x": default-lease-time 6; break; default: default-lease-time 8; } }`;
    expect(told(inner, [userClass("a")], [userClass("a"), [12, [104]]], [])).toEqual([1000, 5, 8]);
  });

  it("compares numbers of options and of extract-int", () => {
    const clients = [7, 9, 0].map((architecture) => [[93, [0, architecture]] as [number, number[]]]);
    for (const data of ["option architecture", "extract-int(option architecture, 16)"]) {
      const text = `switch (${data}) { case 7: default-lease-time 1; break; case 9: default-lease-time 2; }`;
      expect(told(text, ...clients)).toEqual([1, 2, 1000]);
    }
  });

  it("says what is wrong with it, once", () => {
    const SUBNET = "\nsubnet 10.0.0.0 netmask 255.255.255.0 { }";
    const complaints = [
      ['switch option user-class { case "a": filename "x"; }', '1:8 error unexpected "option"'],
      ['switch ("a") { case "a": filename "x"; }', "1:9 error this is the same for every client"],
      ['switch (option user-class) { filename "x"; }', '1:30 error unexpected "filename"'],
      ['switch (option user-class) { case option host-name: filename "x"; }', '1:35 error unexpected "option"'],
      ['switch (option user-class) { case "a": filenam "x"; break; }', '1:40 error there is no statement "filenam"'],
      ['case "a": filename "x";', "1:1 error the statement case is not supported"],
    ];
    for (const [text, head] of complaints) expect(headsOf(`${text}${SUBNET}`), text).toEqual([head]);
  });
});
