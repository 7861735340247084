// Whether a node of a cluster goes by its own clock, and how long an address rests after its lease.

import { describe, expect, it } from "vitest";
import { ClockTrust } from "../../../src/store/etcd/clock-trust.ts";

const [GUARD, SKEW, BEAT, SILENCE] = [70, 30, 2000, 10_000];
const NEVER = Number.POSITIVE_INFINITY;

/** A node's clock that a test sets, and what the node makes of it. */
class Node {
  /** Seconds that have passed, and that the wall clock is wrong by. */
  passed = 0;
  wrong = 0;
  readonly trust: ClockTrust;

  constructor() {
    const clock = {
      wall: () => 1_000_000 + this.passed + this.wrong,
      monotonic: () => this.passed * 1000,
    };
    this.trust = new ClockTrust({
      clock,
      guardSeconds: GUARD,
      clockSkewSeconds: SKEW,
      beat: BEAT,
      silence: SILENCE,
    });
  }

  /** Another node's heartbeat, by a clock that is wrong by so much. */
  hear(name: string, wrong = 0, isTrusted = true): void {
    this.trust.takeBeat(name, 1_000_000 + this.passed + wrong, isTrusted);
  }

  /** Seconds pass, with this node's own heartbeats. */
  pass(seconds: number): void {
    for (let i = 0; i < seconds; i += BEAT / 1000) {
      this.passed += BEAT / 1000;
      this.trust.look(true);
    }
  }
}

function trustedNode(): Node {
  const node = new Node();
  node.trust.startListening(false);
  return node;
}

describe("the clock of a node that starts", () => {
  it("is trusted at once where there have never been other nodes", () => {
    expect(trustedNode().trust.isTrusted).toBe(true);
  });

  it("is trusted once another node's heartbeat agrees with it", () => {
    const node = new Node();
    node.trust.startListening(true);
    expect([node.trust.isTrusted, node.trust.guardSeconds, node.trust.isDoubted]).toEqual([false, NEVER, false]);
    node.passed += 1;
    node.hear("b", 20);
    expect([node.trust.isTrusted, node.trust.guardSeconds]).toEqual([true, GUARD]);
  });

  it("is trusted when no other node is heard of for a while", () => {
    const node = new Node();
    node.trust.startListening(true);
    node.pass(4);
    expect(node.trust.isTrusted).toBe(false);
    node.pass(2);
    expect(node.trust.isTrusted).toBe(true);
  });

  it("is never trusted while it differs from the others', and is doubted after a while", () => {
    const node = new Node();
    node.wrong = 3600;
    node.trust.startListening(true);
    for (let i = 0; i < 10; i++) {
      node.pass(2);
      node.hear("b");
    }
    expect([node.trust.isTrusted, node.trust.isDoubted]).toEqual([false, true]);
    node.wrong = 0;
    node.hear("b");
    expect([node.trust.isTrusted, node.trust.isDoubted]).toEqual([true, false]);
  });
});

describe("the clock of a node that runs", () => {
  it("is not trusted from the moment in which it is set, in either direction, without a heartbeat in between", () => {
    for (const step of [3600, -3600, 31, -31]) {
      const node = trustedNode();
      node.wrong = step;
      expect([node.trust.isTrusted, node.trust.isDoubted, node.trust.guardSeconds]).toEqual([false, true, NEVER]);
    }
  });

  it("goes on being trusted when it is set by no more than what clocks usually differ by", () => {
    const node = trustedNode();
    node.wrong = -30;
    expect(node.trust.isTrusted).toBe(true);
  });

  it("is trusted again when it is set back, and when others that are heard after that agree with it", () => {
    const node = trustedNode();
    node.hear("b", 3600);
    node.wrong = 3600;
    expect(node.trust.isTrusted).toBe(false);
    node.wrong = 0;
    expect(node.trust.isTrusted).toBe(true);
    node.wrong = 3600;
    expect(node.trust.isTrusted).toBe(false);
    node.passed += 1;
    node.hear("b", 3600);
    expect(node.trust.isTrusted).toBe(true);
  });

  it("stays doubted while the others disagree, or there are none", () => {
    const node = trustedNode();
    node.wrong = -3600;
    expect(node.trust.isTrusted).toBe(false);
    node.pass(60);
    node.hear("b");
    expect(node.trust.isTrusted).toBe(false);
  });
});

describe("the guard behind the end of a lease", () => {
  it("is infinite while the clock of a node that writes leases is off, and not for one that writes none", () => {
    const node = trustedNode();
    node.hear("b", -3600, false);
    expect(node.trust.guardSeconds).toBe(GUARD);
    node.hear("b", -31);
    expect([node.trust.guardSeconds, [...node.trust.differing]]).toEqual([NEVER, [["b", 31]]]);
    node.hear("b", -29);
    expect([node.trust.guardSeconds, [...node.trust.differing]]).toEqual([GUARD, []]);
  });

  it("forgets a node that is gone", () => {
    const node = trustedNode();
    node.hear("b", 3600);
    node.pass(12);
    expect(node.trust.guardSeconds).toBe(GUARD);
  });
});
