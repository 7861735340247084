// Other servers, by what their replies say: named while there is room, counted always.

import { describe, expect, it } from "vitest";
import { ForeignServers } from "../../../src/backend/observe/foreign-servers.ts";
import { FOREIGN_SERVERS_MAX } from "../../../src/base/limits/backend.ts";
import { MessageType } from "../../../src/wire/message-type.ts";

describe("other servers", () => {
  it("are told apart by source, server identifier and link, and counted by what they say", () => {
    const servers = new ForeignServers();
    for (const type of [MessageType.offer, MessageType.ack, MessageType.ack, MessageType.nak])
      servers.serverOfReply(1, 2, 3, type);
    servers.serverOfReply(1, 2, 4, MessageType.offer);
    servers.serverOfReply(1, 9, 3, MessageType.offer);
    expect(servers.list().map(({ offers, acks, naks }) => [offers, acks, naks])).toEqual([
      [1, 2, 1],
      [1, 0, 0],
      [1, 0, 0],
    ]);
    expect(servers.total).toEqual({ offers: 3, acks: 2, naks: 1, requests: 0 });
  });

  it("are known from the clients that choose them, before and after a reply of theirs [D16]", () => {
    const servers = new ForeignServers();
    expect(servers.noteRequest(2, 3)).toMatchObject({ source: 0, serverIdentifier: 2, ifindex: 3, requests: 1 });
    servers.serverOfReply(1, 2, 3, MessageType.ack);
    servers.noteRequest(2, 3);
    servers.noteRequest(2, 4);
    expect(servers.list().map(({ source, ifindex, acks, requests }) => [source, ifindex, acks, requests])).toEqual([
      [1, 3, 1, 2],
      [0, 4, 0, 1],
    ]);
    expect(servers.total).toEqual({ offers: 0, acks: 1, naks: 0, requests: 3 });
  });

  it("are not made of answers to leasequeries", () => {
    const servers = new ForeignServers();
    expect(servers.serverOfReply(1, 2, 3, MessageType.leaseActive)).toBeUndefined();
    expect(servers.list()).toEqual([]);
  });

  it("are counted without a name when there are too many", () => {
    const servers = new ForeignServers();
    for (let source = 0; source < FOREIGN_SERVERS_MAX + 5; source++)
      servers.serverOfReply(source, 0, 1, MessageType.offer);
    expect(servers.list()).toHaveLength(FOREIGN_SERVERS_MAX);
    expect(servers.total.offers).toBe(FOREIGN_SERVERS_MAX + 5);
    expect(servers.serverOfReply(0, 0, 1, MessageType.offer)?.offers).toBe(2);
  });
});
