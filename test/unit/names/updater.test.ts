// What updates are sent for addresses, in which order, and what is done where a zone's server fails.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DNS_CONFLICT_MS, DNS_PAUSE_MS, NAME_NOTICES_MAX } from "../../../src/base/limits/names.ts";
import type { DnsZone } from "../../../src/config/model/dns.ts";
import type { Logger } from "../../../src/log.ts";
import { failureText } from "../../../src/names/dns/failure-text.ts";
import { Rcode, Type, type Update } from "../../../src/names/dns/message.ts";
import type { DnsName } from "../../../src/names/dns/rules.ts";
import { Updater } from "../../../src/names/dns/updater.ts";
import { NoAnswer } from "../../../src/names/dns/zone-server.ts";
import { idlePace } from "../../support/paces.ts";

const FORWARD = { name: "lan.example", server: 0x7f000001, port: 53, key: undefined } as DnsZone;
const REVERSE = { ...FORWARD, name: "10.in-addr.arpa" } as DnsZone;

const told: string[] = [];
const say = (_fields: unknown, text: string): unknown => told.push(text);
const log = { error: say, info: say } as unknown as Logger;

/** What was sent: "lan.example A", and how the stand-in answers it. */
let sent: string[];
let answer: (zone: string, update: Update) => number;
let wanted: Map<number, DnsName>;
let updater: Updater;

function dnsName(address: number, label = `h${address}`): DnsName {
  const reverseName = `${address}.0.0.10.in-addr.arpa`;
  return { address, name: `${label}.lan.example`, reverseName, dhcid: Uint8Array.of(address), ttl: 60 };
}

function want(address: number, label?: string): void {
  wanted.set(address, dnsName(address, label));
  updater.note(address);
}

beforeEach(() => {
  vi.useFakeTimers();
  told.length = 0;
  sent = [];
  answer = () => Rcode.noError;
  wanted = new Map();
  updater = new Updater({
    zones: [REVERSE, FORWARD],
    wanted: (address) => wanted.get(address),
    send: async (zone, update) => {
      const [first] = update.changes;
      sent.push(`${zone.name} ${first?.name}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      return answer(zone.name, update);
    },
    log,
    pace: idlePace(),
  });
});
afterEach(() => vi.useRealTimers());

describe("updates of zones", () => {
  it("add the name of an address to its lookup by address when that zone's server takes it again", async () => {
    answer = (zone) => (zone === REVERSE.name ? Rcode.serverFailure : Rcode.noError);
    want(5);
    await vi.advanceTimersByTimeAsync(100);
    expect(told).toEqual([expect.stringContaining("zone 10.in-addr.arpa is not updated")]);
    answer = () => Rcode.noError;
    await vi.advanceTimersByTimeAsync(2 * DNS_PAUSE_MS);
    const reverse = "10.in-addr.arpa 5.0.0.10.in-addr.arpa";
    expect(sent).toEqual(["lan.example h5.lan.example", reverse, reverse]);
    expect(told.slice(1)).toEqual(["zone 10.in-addr.arpa is updated again"]);
    expect(updater.waiting).toBe(0);
  });

  it("are not looked for again by each note while a server is down, and all are sent afterwards", async () => {
    answer = () => {
      throw new NoAnswer("nothing listens there");
    };
    for (let i = 1; i <= 1000; i++) want(i);
    await vi.advanceTimersByTimeAsync(500);
    const looks = vi.spyOn(wanted, "get");
    const before = sent.length;
    expect(before).toBeLessThanOrEqual(8);
    for (let i = 1; i <= 1000; i++) updater.note(i);
    expect(looks).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(100);
    expect(looks).toHaveBeenCalledTimes(1000);
    expect(sent).toHaveLength(before);
    expect(updater.waiting).toBe(1000);
    answer = () => Rcode.noError;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(updater.waiting).toBe(0);
    expect(sent.length).toBe(before + 2000);
  });

  it("ask for a name that is somebody else's once in ten minutes, with few lines in the log", async () => {
    answer = (_zone, { prerequisites: [first] }) => (first?.type === Type.ANY ? Rcode.nameExists : Rcode.noSuchSet);
    want(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(sent).toHaveLength(2);
    for (let i = 0; i < 10; i++) updater.note(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(DNS_CONFLICT_MS);
    expect(sent).toHaveLength(4);
    for (let i = 0; i < 50; i++) {
      want(1, `other${i}`);
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(updater.counters["dns-update-conflicts"]).toBe(52);
    expect(told.length).toBeLessThanOrEqual(NAME_NOTICES_MAX + 2);
    wanted.clear();
    updater.note(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(sent).toHaveLength(104);
    await vi.advanceTimersByTimeAsync(2 * DNS_CONFLICT_MS);
    expect(sent).toHaveLength(104);
  });

  it("remove a name whose lease ends while it is added", async () => {
    want(1);
    await vi.advanceTimersByTimeAsync(0);
    wanted.clear();
    updater.note(1);
    await vi.advanceTimersByTimeAsync(100);
    const name = "lan.example h1.lan.example";
    expect(sent).toEqual([name, name, name]);
    expect(updater.waiting).toBe(0);
  });
});

it("the log says of each refusal of a key what to correct", () => {
  const zone = { ...FORWARD, key: { name: "dhcp", algorithm: "hmac-sha256", secret: new Uint8Array(32) } } as DnsZone;
  expect(failureText(zone, Rcode.badKey)).toMatch(/BADKEY: it does not know the key dhcp/);
  expect(failureText(zone, Rcode.badSignature)).toMatch(/BADSIG: the key dhcp has another secret/);
  expect(failureText(zone, Rcode.badTime)).toMatch(/BADTIME: .*NTP/);
  expect(failureText(zone, Rcode.refused)).toMatch(/REFUSED: allow updates with the key dhcp/);
});
