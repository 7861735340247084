// Kea's lease files: what becomes of a row, and which are named as lost.

import { describe, expect, it } from "vitest";
import { importKeaLeases } from "../../../src/import/kea-leases.ts";
import { readLeases } from "../../../src/lease/file/leases-file.ts";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";

const HEAD = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n";

function importOf(rows: string): { records: LeaseRecord[]; said: string[] } {
  const { text, notices } = importKeaLeases("leases.csv", HEAD + rows);
  const bytes = new TextEncoder().encode(text);
  const records: LeaseRecord[] = [];
  readLeases(
    bytes,
    0,
    bytes.length,
    (record) => records.push(record),
    (_, message) => expect(message).toBe(""),
  );
  return { records, said: notices.map(({ line, reason }) => `${line}: ${reason}`) };
}

describe("importKeaLeases", () => {
  it("gives every address its last row", () => {
    const { records } = importOf(`10.0.0.1,02:00:00:00:00:01,,60,1060,1,0,0,,0,
10.0.0.2,02:00:00:00:00:02,01:02,60,1060,1,0,0,a.example.org.,0,
10.0.0.1,02:00:00:00:00:03,,60,2060,1,0,0,,0,\n`);
    expect(records.map(({ address, endsAt, hardwareAddress }) => [address & 255, endsAt, hardwareAddress[5]])).toEqual([
      [2, 1060, 2],
      [1, 2060, 3],
    ]);
    expect(records[0]).toMatchObject({
      state: BindingState.bound,
      startsAt: 1000,
      clientId: Uint8Array.of(1, 2),
      htype: 1,
    });
    expect(String.fromCharCode(...(records[0]?.hostName ?? []))).toBe("a.example.org");
  });

  it.each([
    ["10.0.0.1,,,86400,100000,1,0,0,,1,", BindingState.abandoned],
    ["10.0.0.1,02:00:00:00:00:01,,60,1060,1,0,0,,2,", BindingState.expired],
    ["10.0.0.1,02:00:00:00:00:01,,60,1060,1,0,0,,3,", BindingState.released],
  ])("knows Kea's states: %s", (row, state) => {
    expect(importOf(`${row}\r\n`).records.map((record) => record.state)).toEqual([state]);
  });

  it("leaves out leases that Kea has deleted", () => {
    expect(
      importOf("10.0.0.1,02:00:00:00:00:01,,60,1060,1,0,0,,0,\n10.0.0.1,02:00:00:00:00:01,,0,1060,1,0,0,,0,\n"),
    ).toEqual({
      records: [],
      said: [],
    });
  });

  it("tells when an infinite lease began, which Kea writes as the start and 4294967295 seconds", () => {
    const [record] = importOf(
      `10.0.0.1,02:00:00:00:00:01,,4294967295,${1_795_231_200 + 4_294_967_295},1,0,0,,0,\n`,
    ).records;
    expect(record).toMatchObject({ startsAt: 1_795_231_200, endsAt: Number.POSITIVE_INFINITY });
  });

  it("never ends an infinite lease", () => {
    const [record] = importOf("10.0.0.1,02:00:00:00:00:01,,4294967295,1060,1,0,0,,0,\n").records;
    expect(record?.endsAt).toBe(Number.POSITIVE_INFINITY);
  });

  it("keeps what the relay said", () => {
    const context = '{ "ISC": { "relay-agent-info": { "sub-options": "0x010178" } } }';
    const [record] = importOf(`10.0.0.1,02:00:00:00:00:01,,60,1060,1,0,0,,0,${context}\n`).records;
    expect(record?.agentInformation).toEqual(Uint8Array.of(1, 1, 120));
  });

  it.each([
    ["10.0.0.300,02:00:00:00:00:01,,60,1060,1,0,0,,0,", "2: 10.0.0.300 is no IP address"],
    ["10.0.0.1,xx,,60,1060,1,0,0,,0,", "2: its hwaddr is no address in hexadecimal"],
    ["10.0.0.1,,q,60,1060,1,0,0,,0,", "2: its client_id is no octets in hexadecimal"],
    ["10.0.0.1,02:00:00:00:00:01,,-1,1060,1,0,0,,0,", "2: its times are no numbers"],
    ["10.0.0.1,02:00:00:00:00:01,,60,1060,1,0,0,,9,", "2: it is in a state of no meaning here, 9"],
    ["10.0.0.1,,,60,1060,1,0,0,,0,", "2: nothing says whose it is"],
    ["10.0.0.1", "2: its times are no numbers"],
  ])("names a row that it cannot read: %s", (row, said) => {
    const { records, said: told } = importOf(`${row}\n10.0.0.9,02:00:00:00:00:01,,60,1060,1,0,0,,0,\n`);
    expect(told).toEqual([said]);
    expect(records).toHaveLength(1);
  });

  it("takes the leases of a file without the column state, as Kea's first versions wrote it [C22]", () => {
    const head = HEAD.replace(",state", "").replace(",user_context", "");
    const { text, notices } = importKeaLeases("l.csv", `${head}10.0.0.1,02:00:00:00:00:01,,60,1060,1,0,0,pc\n`);
    expect(notices).toEqual([]);
    expect(text).toContain("lease 10.0.0.1 {\n");
    expect(text).toContain("binding state active;");
  });

  it("says which columns a file lacks", () => {
    expect(importKeaLeases("leases.csv", "address,hwaddr,client_id\n10.0.0.1,,\n")).toMatchObject({
      text: "",
      notices: [{ line: 1, reason: "it has no column valid_lifetime, expire, hostname" }],
    });
  });
});
