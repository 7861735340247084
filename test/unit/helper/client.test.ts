// The helper's client against a socket of the test's: answers, deadlines, loss, and a peer that
// breaks the protocol.

import { closeSync, fstatSync, openSync } from "node:fs";
import { constants } from "node:os";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  HELPER_BATCH,
  HELPER_DEADLINE_MS,
  HELPER_PENDING_MAX,
  HELPER_SLOW_MS,
  HELPER_WAIT_US,
  LISTEN_DEADLINE_MS,
} from "../../../src/base/limits/helper.ts";
import { absentHelper, connectHelperBy } from "../../../src/helper/client.ts";
import { type Helper, NeighbourResult } from "../../../src/helper/helper.ts";
import { HELPER_VERSION, HelperVerb, Layout, ListenOutcome } from "../../../src/helper/protocol.ts";
import { REPLY_COLUMNS, ReplyColumn } from "../../../src/native/columns.ts";
import { NeighbourRows, ReplyRows } from "../../../src/native/rows.ts";

const { EACCES, EADDRINUSE, EADDRNOTAVAIL, EAGAIN, EMFILE, EPERM, EPIPE } = constants.errno;
const UDP = { kind: "udp", address: 0x0a000001, freebind: true, receiveBufferOctets: 4096 } as const;
/** Neighbour entries of these numbers, four each. */
function neighbourRows(numbers: readonly number[]): NeighbourRows {
  const rows = new NeighbourRows(numbers.length / 4);
  rows.columns.set(numbers);
  return rows;
}

const ENTRIES = neighbourRows([7, 0x0a000032, 0x0200, 0x01020304, 8, 0x0a000033, 0xfffe, 0xffffffff]);

/** The other end: keeps what was sent, answers when told. */
class Peer {
  readonly sent: Uint8Array[] = [];
  sendErrno = 0;
  isClosed = false;
  message: (bytes: Uint8Array, fd: number) => void = () => undefined;
  end: (errno: number) => void = () => undefined;
  receive: (microseconds: number) => boolean = () => false;

  connect(sendsFrames = false): Helper {
    return connectHelperBy((onMessage, onEnd) => {
      this.message = onMessage;
      this.end = onEnd;
      return {
        send: (bytes, length) => {
          if (this.sendErrno === 0) this.sent.push(bytes.slice(0, length));
          return this.sendErrno;
        },
        receive: (microseconds) => this.receive(microseconds),
        close: () => {
          this.isClosed = true;
        },
      };
    }, sendsFrames);
  }

  sequenceOf(request: number): number {
    const octets = this.sent[request];
    if (octets === undefined) throw new Error(`request ${request} was not sent`);
    return new Uint32Array(octets.slice(4, 8).buffer)[0] ?? 0;
  }

  answerSet(request: number, results: readonly number[], sequence = this.sequenceOf(request)): void {
    const octets = new Uint8Array(Layout.neighbourReply.octets);
    octets.set([HELPER_VERSION, HelperVerb.neighbourSet]);
    new Uint16Array(octets.buffer)[1] = results.length;
    new Uint32Array(octets.buffer)[1] = sequence;
    octets.set(results, Layout.neighbourReply.results);
    this.message(octets, -1);
  }

  answerFrame(request: number, result: number): void {
    const octets = new Uint8Array(Layout.listenReply.octets);
    octets.set([HELPER_VERSION, HelperVerb.frame]);
    new Uint32Array(octets.buffer).set([this.sequenceOf(request), result, 0], 1);
    this.message(octets, -1);
  }

  answerListen(request: number, { result = ListenOutcome.ok as number, error = 0, fd = -1 }): void {
    const octets = new Uint8Array(Layout.listenReply.octets);
    octets.set([HELPER_VERSION, HelperVerb.listen]);
    new Uint32Array(octets.buffer).set([this.sequenceOf(request), result, error], 1);
    this.message(octets, fd);
  }
}

let peer: Peer;
let helper: Helper;
let gone: string[];
const descriptors: number[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  peer = new Peer();
  helper = peer.connect();
  gone = [];
  helper.onGone = (reason) => gone.push(reason);
});
afterEach(() => {
  vi.useRealTimers();
  for (const fd of descriptors.splice(0)) if (isOpen(fd)) closeSync(fd);
});

function openDescriptor(): number {
  const fd = openSync("/dev/null", "r");
  descriptors.push(fd);
  return fd;
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

/** Asks for both ENTRIES; what `done` was called with. */
function ask(): { results: number[][] } {
  const results: number[][] = [];
  helper.setNeighbours(ENTRIES, 2, (given) => results.push([...given]));
  return { results };
}

const { ok, refused, unanswered } = NeighbourResult;

describe("waiting for an answer", () => {
  it("hands it on before it returns, and waits for none that is not due", () => {
    const results: number[][] = [];
    expect(helper.awaitAnswer()).toBe(false);
    peer.receive = () => {
      peer.answerSet(0, [NeighbourResult.ok, NeighbourResult.refused]);
      return true;
    };
    helper.setNeighbours(ENTRIES, 2, (got) => results.push([...got]));
    expect(results).toEqual([]);
    expect(helper.awaitAnswer()).toBe(true);
    expect(results).toEqual([[NeighbourResult.ok, NeighbourResult.refused]]);
    expect(helper.awaitAnswer()).toBe(false);
  });

  it("is left out for a while after it was in vain, and when the helper is gone", () => {
    const waits: number[] = [];
    peer.receive = (microseconds) => {
      waits.push(microseconds);
      return false;
    };
    helper.setNeighbours(ENTRIES, 2, () => undefined);
    for (let i = 0; i < 3; i++) expect(helper.awaitAnswer()).toBe(false);
    expect(waits).toEqual([HELPER_WAIT_US]);
    vi.advanceTimersByTime(HELPER_SLOW_MS);
    helper.awaitAnswer();
    expect(waits).toHaveLength(2);
    vi.advanceTimersByTime(HELPER_SLOW_MS);
    helper.setNeighbours(ENTRIES, 2, () => undefined);
    peer.end(0);
    helper.awaitAnswer();
    expect(waits).toHaveLength(2);
  });
});

describe("setNeighbours", () => {
  it("sends the rows as they are and hands on the results", () => {
    const { results } = ask();
    const sent = peer.sent[0] ?? new Uint8Array();
    expect(sent.length).toBe(8 + 2 * 16);
    expect([...sent.subarray(0, 2)]).toEqual([HELPER_VERSION, HelperVerb.neighbourSet]);
    expect([...new Uint16Array(sent.slice(2, 4).buffer)]).toEqual([2]);
    expect([...new Uint32Array(sent.slice(8).buffer)]).toEqual([...ENTRIES.columns]);
    expect(results).toEqual([]);
    peer.answerSet(0, [ok, refused]);
    expect(results).toEqual([[ok, refused]]);
  });

  it("takes as many entries as a message has room for", () => {
    const rows = neighbourRows(Array.from({ length: HELPER_BATCH * 4 }, (_, i) => i));
    const results: number[] = [];
    helper.setNeighbours(rows, HELPER_BATCH, (given) => results.push(...given));
    expect(peer.sent[0]?.length).toBe(8 + HELPER_BATCH * 16);
    peer.answerSet(0, Array(HELPER_BATCH).fill(ok));
    expect(results).toEqual(Array(HELPER_BATCH).fill(ok));
  });

  it("answers for a helper that is silent until the deadline, once", () => {
    const { results } = ask();
    vi.advanceTimersByTime(HELPER_DEADLINE_MS - 5);
    expect(results).toEqual([]);
    vi.advanceTimersByTime(10);
    expect(results).toEqual([[unanswered, unanswered]]);
    peer.answerSet(0, [ok, ok]);
    expect(results).toEqual([[unanswered, unanswered]]);
    expect(helper.present).toBe(true);
  });

  it("keeps each request's own deadline", () => {
    const first = ask();
    vi.advanceTimersByTime(30);
    const second = ask();
    vi.advanceTimersByTime(HELPER_DEADLINE_MS - 25);
    expect([first.results.length, second.results.length]).toEqual([1, 0]);
    vi.advanceTimersByTime(30);
    expect([first.results.length, second.results.length]).toEqual([1, 1]);
  });

  it("deletes what was set after its deadline", () => {
    ask();
    vi.advanceTimersByTime(HELPER_DEADLINE_MS + 5);
    peer.answerSet(0, [refused, ok]);
    const sent = peer.sent[1] ?? new Uint8Array();
    expect(sent[1]).toBe(HelperVerb.neighbourDelete);
    expect([...new Uint32Array(sent.slice(8).buffer)]).toEqual([...ENTRIES.columns.subarray(4)]);
  });

  it("sends nothing after a late answer that set nothing", () => {
    ask();
    vi.advanceTimersByTime(HELPER_DEADLINE_MS + 5);
    peer.answerSet(0, [refused, refused]);
    expect(peer.sent.length).toBe(1);
  });

  it("does not let requests to a stopped helper pile up", async () => {
    const asked = Array.from({ length: HELPER_PENDING_MAX + 1 }, () => ask());
    expect(peer.sent.length).toBe(HELPER_PENDING_MAX);
    expect(asked.at(-1)?.results).toEqual([]);
    await Promise.resolve();
    expect(asked.at(-1)?.results).toEqual([[unanswered, unanswered]]);
    for (let i = 0; i < HELPER_PENDING_MAX; i++) peer.answerSet(i, [ok, ok]);
    expect(asked.slice(0, -1).every(({ results }) => results[0]?.[0] === ok)).toBe(true);
    ask();
    expect(peer.sent.length).toBe(HELPER_PENDING_MAX + 1);
  });

  it("answers for a socket that is full, but not from inside the call", async () => {
    peer.sendErrno = EAGAIN;
    const { results } = ask();
    expect(results).toEqual([]);
    await Promise.resolve();
    expect(results).toEqual([[unanswered, unanswered]]);
    expect(helper.present).toBe(true);
  });

  it("may be called again from inside an answer", () => {
    const results: number[][] = [];
    helper.setNeighbours(ENTRIES, 2, () => helper.setNeighbours(ENTRIES, 1, (given) => results.push([...given])));
    peer.answerSet(0, [ok, ok]);
    peer.answerSet(1, [refused]);
    expect(results).toEqual([[refused]]);
  });

  it("may be called again from inside a deadline", () => {
    const results: number[][] = [];
    helper.setNeighbours(ENTRIES, 2, () => helper.setNeighbours(ENTRIES, 1, (given) => results.push([...given])));
    vi.advanceTimersByTime(HELPER_DEADLINE_MS + 5);
    expect(peer.sent.length).toBe(2);
    vi.advanceTimersByTime(HELPER_DEADLINE_MS + 5);
    expect(results).toEqual([[unanswered]]);
  });
});

describe("sendFrames", () => {
  const ROW = { offset: 8, length: 300, destination: 0x0a000032, source: 0x0a000001, ifindex: 7 };
  const arena = new Uint8Array(400).map((_, i) => i & 255);
  const replies = new ReplyRows(2);
  const { columns } = replies;
  for (const base of [0, REPLY_COLUMNS]) {
    for (const [name, value] of Object.entries(ROW)) columns[base + ReplyColumn[name as keyof typeof ROW]] = value;
    columns[base + ReplyColumn.hardwareHigh] = 0x0200;
    columns[base + ReplyColumn.hardwareLow] = 0x01020304;
  }

  function send(rows: readonly number[] = [0, 1]): { results: number[][] } {
    const results: number[][] = [];
    helper.sendFrames(arena, replies, Uint32Array.from(rows), rows.length, (given) => results.push([...given]));
    return { results };
  }

  it("gives the helper one message a row, with the addresses and the octets of the reply", () => {
    helper = peer.connect(true);
    expect(helper.sendsFrames).toBe(true);
    send();
    expect(peer.sent.map((octets) => octets.length)).toEqual([328, 328]);
    const [first = new Uint8Array(), second = new Uint8Array()] = peer.sent;
    expect([...new Uint32Array(first.slice(8, 28).buffer)]).toEqual([7, 0x0a000001, 0x0a000032, 0x0200, 0x01020304]);
    expect([first[0], first[1], new Uint16Array(first.buffer, 2, 1)[0]]).toEqual([HELPER_VERSION, 5, 300]);
    expect(first.subarray(28)).toEqual(arena.subarray(8, 308));
    expect(second.subarray(8)).toEqual(first.subarray(8));
  });

  it("is answered when all of its frames are", () => {
    const { results } = send();
    peer.answerFrame(0, ok);
    expect(results).toEqual([]);
    peer.answerFrame(1, refused);
    expect(results).toEqual([[ok, refused]]);
    expect(gone).toEqual([]);
  });

  it("is answered by the deadline where the helper is slow, whose answers are taken in still", () => {
    const { results } = send();
    peer.answerFrame(0, ok);
    vi.advanceTimersByTime(HELPER_DEADLINE_MS + 1);
    expect(results).toEqual([[unanswered, unanswered]]);
    peer.answerFrame(1, ok);
    const next = ask();
    peer.answerSet(2, [ok, ok]);
    expect([results.length, next.results, gone]).toEqual([1, [[ok, ok]], []]);
  });

  it("leaves unanswered what the helper does not take, and what is too short or too long for it", () => {
    peer.sendErrno = EAGAIN;
    const { results } = send();
    vi.runAllTicks();
    return Promise.resolve().then(() => {
      expect(results).toEqual([[unanswered, unanswered]]);
      peer.sendErrno = 0;
      columns[REPLY_COLUMNS + ReplyColumn.length] = 1473;
      const half = send();
      columns[REPLY_COLUMNS + ReplyColumn.length] = 300;
      expect(peer.sent).toHaveLength(1);
      peer.answerFrame(0, ok);
      expect(half.results).toEqual([[ok, unanswered]]);
    });
  });

  it.each<[string, () => void]>([
    ["neighbours", () => peer.answerSet(0, [ok, ok])],
    ["another frame", () => peer.answerFrame(1, ok)],
  ])("ends with a helper that answers for %s", (_what, answer) => {
    const { results } = send();
    answer();
    expect([results, gone]).toEqual([[[unanswered, unanswered]], ["has sent an unexpected message"]]);
  });
});

describe("deleteNeighbours", () => {
  it("sends the rows and waits for nothing", () => {
    helper.deleteNeighbours(ENTRIES, 2);
    expect(peer.sent[0]?.[1]).toBe(HelperVerb.neighbourDelete);
    expect([...new Uint32Array((peer.sent[0] ?? new Uint8Array()).slice(8).buffer)]).toEqual([...ENTRIES.columns]);
    helper.deleteNeighbours(ENTRIES, 0);
    expect(peer.sent.length).toBe(1);
  });
});

describe("listen", () => {
  it("asks for a UDP socket and resolves with its descriptor", async () => {
    const result = helper.listen(UDP);
    const sent = peer.sent[0] ?? new Uint8Array();
    expect(sent.length).toBe(Layout.listenRequest.octets);
    expect([...sent.subarray(8, 12)]).toEqual([1, 1, 0, 0]);
    expect([...new Uint32Array(sent.slice(12).buffer)]).toEqual([0x0a000001, 4096, 0]);
    const fd = openDescriptor();
    peer.answerListen(0, { fd });
    expect(await result).toEqual({ fd });
    expect(isOpen(fd)).toBe(true);
  });

  it("leaves nothing of an earlier request in a later one", async () => {
    helper.setNeighbours(neighbourRows(Array(8).fill(0xffffffff)), 2, () => undefined);
    void helper.listen({ kind: "icmp" });
    expect([...(peer.sent[1] ?? [])].slice(8)).toEqual([2, ...new Uint8Array(15)]);
  });

  it("asks for a packet socket on one interface", () => {
    void helper.listen({ kind: "packet", ifindex: 7, receiveBufferOctets: 4096 });
    const sent = peer.sent[0] ?? new Uint8Array();
    expect([...sent.subarray(8, 12)]).toEqual([3, 0, 0, 0]);
    expect([...new Uint32Array(sent.slice(12).buffer)]).toEqual([0, 4096, 7]);
  });

  it("asks for a TCP socket without a receive buffer", () => {
    void helper.listen({ kind: "tcp", address: 0x0a000001, freebind: true });
    const sent = peer.sent[0] ?? new Uint8Array();
    expect([...sent.subarray(8, 12)]).toEqual([4, 1, 0, 0]);
    expect([...new Uint32Array(sent.slice(12).buffer)]).toEqual([0x0a000001, 0, 0]);
  });

  it.each([
    [ListenOutcome.refused, 0, "refused"],
    [ListenOutcome.failed, EADDRINUSE, "in-use"],
    [ListenOutcome.failed, EADDRNOTAVAIL, "no-address"],
    [ListenOutcome.failed, EACCES, "no-permission"],
    [ListenOutcome.failed, EPERM, "no-permission"],
    [ListenOutcome.failed, EMFILE, "failed"],
  ])("tells result %i with error %i as %s", async (result, error, code) => {
    const answer = helper.listen(UDP);
    peer.answerListen(0, { result, error });
    expect(await answer).toMatchObject({ fd: -1, code });
  });

  it("answers requests in their order", async () => {
    const answers = [helper.listen(UDP), helper.listen({ kind: "icmp" })];
    const fds = [openDescriptor(), openDescriptor()];
    peer.answerListen(0, { fd: fds[0] ?? -1 });
    peer.answerListen(1, { fd: fds[1] ?? -1 });
    expect(await Promise.all(answers)).toEqual([{ fd: fds[0] }, { fd: fds[1] }]);
  });

  it("gives up after its deadline and closes a descriptor that comes later", async () => {
    const answer = helper.listen(UDP);
    vi.advanceTimersByTime(LISTEN_DEADLINE_MS + 1);
    expect(await answer).toMatchObject({ fd: -1, code: "failed" });
    const fd = openDescriptor();
    peer.answerListen(0, { fd });
    expect(isOpen(fd)).toBe(false);
    expect(helper.present).toBe(true);
  });

  it("fails when the helper takes no request", async () => {
    peer.sendErrno = EAGAIN;
    expect(await helper.listen(UDP)).toMatchObject({ fd: -1, code: "failed" });
    peer.sendErrno = EPIPE;
    expect(await helper.listen(UDP)).toMatchObject({ fd: -1, code: "failed" });
  });
});

describe("the loss of the helper", () => {
  it("is told once, and answers everything that waits", async () => {
    const { results } = ask();
    const listening = helper.listen(UDP);
    peer.end(0);
    expect(results).toEqual([[unanswered, unanswered]]);
    expect(await listening).toMatchObject({ fd: -1, code: "helper-gone" });
    expect(helper.present).toBe(false);
    expect(peer.isClosed).toBe(true);
    expect(gone).toEqual(["has ended"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is a state: later requests are answered at once", async () => {
    peer.end(EPIPE);
    const { results } = ask();
    await Promise.resolve();
    expect(results).toEqual([[unanswered, unanswered]]);
    expect(await helper.listen(UDP)).toMatchObject({ fd: -1, code: "helper-gone" });
    helper.deleteNeighbours(ENTRIES, 2);
    expect(peer.sent).toEqual([]);
    expect(gone.length).toBe(1);
  });

  it("is not told when the daemon itself lets go", () => {
    const { results } = ask();
    helper.close();
    helper.close();
    expect(results).toEqual([[unanswered, unanswered]]);
    expect(gone).toEqual([]);
    expect(peer.isClosed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a helper that breaks the protocol is let go", () => {
  const withFd = (send: (fd: number) => void): void => {
    const fd = openDescriptor();
    send(fd);
    expect(isOpen(fd)).toBe(false);
  };

  it.each<[string, () => void]>([
    ["an answer to nothing", () => peer.answerSet(0, [ok], 1)],
    ["a short message", () => peer.message(Uint8Array.of(HELPER_VERSION), -1)],
    ["a long message", () => peer.message(new Uint8Array(Layout.neighbourReply.octets + 1), -1)],
    ["another version", () => peer.message(new Uint8Array(Layout.neighbourReply.octets).fill(HELPER_VERSION + 1), -1)],
    ["another verb", () => peer.message(Uint8Array.of(HELPER_VERSION, 9, 0, 0, 0, 0, 0, 0), -1)],
    ["a descriptor that nobody asked for", () => withFd((fd) => peer.message(new Uint8Array(8), fd))],
  ])("%s", (_what, misbehave) => {
    misbehave();
    expect(helper.present).toBe(false);
    expect(gone).toEqual(["has sent an unexpected message"]);
  });

  it("another sequence number, or another count", () => {
    for (const misbehave of [() => peer.answerSet(0, [ok, ok], 99), () => peer.answerSet(0, [ok])]) {
      peer = new Peer();
      helper = peer.connect();
      const { results } = ask();
      misbehave();
      expect(helper.present).toBe(false);
      expect(results).toEqual([[unanswered, unanswered]]);
    }
  });

  it("success without a descriptor, or a descriptor without success", async () => {
    const first = helper.listen(UDP);
    peer.answerListen(0, {});
    expect(helper.present).toBe(false);
    expect(await first).toMatchObject({ code: "helper-gone" });
    peer = new Peer();
    helper = peer.connect();
    const second = helper.listen(UDP);
    withFd((fd) => peer.answerListen(0, { result: ListenOutcome.failed, error: EADDRINUSE, fd }));
    expect(helper.present).toBe(false);
    expect(await second).toMatchObject({ code: "helper-gone" });
  });
});

describe("no helper", () => {
  it("opens nothing and sets nothing, and says why", async () => {
    const absent = absentHelper("started by hand");
    expect(absent.present).toBe(false);
    expect(await absent.listen(UDP)).toEqual({
      fd: -1,
      code: "no-permission",
      reason: "there is no helper: started by hand",
    });
    const results: number[][] = [];
    absent.setNeighbours(ENTRIES, 2, (given) => results.push([...given]));
    await Promise.resolve();
    expect(results).toEqual([[unanswered, unanswered]]);
    absent.deleteNeighbours(ENTRIES, 2);
    absent.close();
  });
});
