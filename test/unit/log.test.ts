// What a line of the log looks like: for people, in the journal, for machines.

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { flushLog, type Logger, type LogOptions, openLog } from "../../src/log.ts";

let folder = "";
let fd = -1;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "anydhcpd-log-"));
  fd = openSync(join(folder, "log"), "w");
});
afterEach(() => {
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

function written(options: Partial<LogOptions>, use: (log: Logger) => void): string {
  use(openLog({ verbose: false, readable: true, fd, ...options }));
  flushLog();
  return readFileSync(join(folder, "log"), "utf8");
}

const ACK = {
  event: "reply",
  type: "DHCPACK",
  address: "192.168.1.20",
  hardware: "02:aa:00:00:00:01",
  xid: 7,
  via: "lan0",
  source: "192.168.1.1",
  to: "192.168.1.20",
};
const ACK_TEXT = "DHCPACK on 192.168.1.20 to 02:aa:00:00:00:01 via lan0";

describe("a readable line [U5]", () => {
  it("says nothing twice, and has no time in the journal", () => {
    const text = written({ journal: true }, (log) => log.info(ACK, ACK_TEXT));
    expect(text).toBe(`<6>${ACK_TEXT} xid=7 source=192.168.1.1\n`);
  });

  it("takes part of a word for nothing that was said", () => {
    const text = written({ journal: true }, (log) => {
      log.info({ first: 7, second: "10.0.0.2", third: "lan" }, "10.0.0.7 and 10.0.0.22 by lan0");
      log.info({ address: "10.0.0.2" }, "nobody gets 10.0.0.2.");
    });
    expect(text).toBe(
      "<6>10.0.0.7 and 10.0.0.22 by lan0 first=7 second=10.0.0.2 third=lan\n<6>nobody gets 10.0.0.2.\n",
    );
  });

  it("knows a word that a colon or a stop follows", () => {
    const text = written({ journal: true }, (log) => {
      log.info({ via: "lan0", first: "02:aa" }, "DHCPREQUEST from 02:aa:00:00:00:01 via lan0: wrong network");
    });
    expect(text).toBe("<6>DHCPREQUEST from 02:aa:00:00:00:01 via lan0: wrong network first=02:aa\n");
  });

  it("leaves structures to machines, and counts of nothing out [U17]", () => {
    const fields = {
      event: "reload",
      newSubnets: { count: 0, first: [] },
      newHosts: { count: 1, first: ["tv"] },
      lost: 0,
    };
    expect(written({ journal: true }, (log) => log.info(fields, "reloaded: new hosts: tv"))).toBe(
      "<6>reloaded: new hosts: tv\n",
    );
  });

  it("has time and level where nobody else adds them", () => {
    const text = written({}, (log) => {
      log.info({ event: "ready" }, "ready");
      log.error({ event: "store" }, "no room");
    });
    expect(text).toMatch(/^\d\d:\d\d:\d\d ready\n\d\d:\d\d:\d\d error: no room\n$/);
  });

  it("gives each level its priority in the journal, as sd-daemon(3) says", () => {
    const text = written({ journal: true, verbose: true }, (log) => {
      for (const level of ["debug", "info", "warn", "error", "fatal"] as const) log[level]({ event: "x" }, level);
    });
    expect(text).toBe("<7>debug: debug\n<6>info\n<4>warning: warn\n<3>error: error\n<2>fatal: fatal\n");
  });

  it("stays one line, and harmless, whatever is in it", () => {
    const text = written({ journal: true }, (log) => log.warn({ says: "a b", x: "y\u001b" }, "one\n<0>two"));
    expect(text).toBe('<4>warning: one?<0>two says="a b" x=y?\n');
  });

  it("colours the level on a terminal only", () => {
    expect(written({ colour: true }, (log) => log.warn({}, "hm"))).toContain("\u001b[33mwarning:\u001b[0m hm\n");
  });

  it("leaves out what is below the level", () => {
    expect(written({}, (log) => log.debug({}, "x"))).toBe("");
  });
});

describe("a line of JSON [U5]", () => {
  it("has all fields under their names", () => {
    const [line = ""] = written({ readable: false }, (log) => log.info(ACK, ACK_TEXT)).split("\n");
    expect(JSON.parse(line)).toEqual({ ...ACK, level: 30, time: expect.any(String), msg: ACK_TEXT });
  });

  it("has the priority in front in the journal", () => {
    const text = written({ readable: false, journal: true }, (log) => {
      log.info({ event: "a" }, "fine");
      log.error({ event: "b" }, "bad");
      log.warn({ event: "c" }, "hm");
    });
    expect(text.match(/^<\d>\{"level":\d+/gm)).toEqual(['<6>{"level":30', '<3>{"level":50', '<4>{"level":40']);
  });
});

it("takes a word in front of a colon for said, and an octet of an address for nothing that was said", () => {
  const text = written({ journal: true }, (log) => {
    log.info({ via: "10.9.0.2" }, "via 10.9.0.2: wrong network");
    log.info({ xid: 7 }, "from 02:00:00:00:00:7 via lan0");
  });
  expect(text).toBe("<6>via 10.9.0.2: wrong network\n<6>from 02:00:00:00:00:7 via lan0 xid=7\n");
});
