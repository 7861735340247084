// The status page's requests: what takes the token, and that one is answered after the other, with rest between.

import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, it, vi } from "vitest";
import type { Answering } from "../../../src/control/answer.ts";
import type { Logger } from "../../../src/log.ts";
import { PageRequests } from "../../../src/page/status-page.ts";
import { Token } from "../../../src/page/token.ts";

const TOKEN = "0123456789abcdef";
const RELEASE = JSON.stringify({ command: "release", address: "192.0.2.9" });

function pageOf(token: Token | undefined) {
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const daemon = {
    release: vi.fn(() => Promise.resolve({ ok: true, message: "done" })),
    status: vi.fn(() => ({ a: 1 })),
  };
  const route = new PageRequests(daemon as unknown as Answering, token, log as unknown as Logger);
  const post = (body: string, authorization?: string): Promise<{ status: number; text: string }> =>
    new Promise((resolve) => {
      let status = 0;
      const response = {
        destroyed: false,
        writeHead(code: number) {
          status = code;
          return this;
        },
        end: (text: string) => resolve({ status, text }),
      };
      const request = { headers: authorization === undefined ? {} : { authorization } };
      route.answer(request as IncomingMessage, response as unknown as ServerResponse, body);
    });
  return { log, daemon, post };
}

describe("the token of the status page", () => {
  it("is 16 to 256 printable characters, and perhaps an end of line", () => {
    for (const good of [TOKEN, `${TOKEN}\n`, `${TOKEN}\r\n`, "~".repeat(256)])
      expect(new Token(good).isIn(`Bearer ${good.trim()}`)).toBe(true);
    for (const bad of ["", "short", `${TOKEN} x`, `${TOKEN}\n\n`, `${TOKEN}\u00e9`, "x".repeat(257)])
      expect(() => new Token(bad), JSON.stringify(bad)).toThrow("16 to 256 printable characters");
  });

  it("is what it is, with nothing before or behind it", () => {
    const token = new Token(TOKEN);
    const wrong = [
      undefined,
      "",
      "Bearer",
      "Bearer ",
      TOKEN,
      `bearer ${TOKEN}`,
      `Bearer ${TOKEN}x`,
      `Bearer  ${TOKEN}`,
    ];
    expect(wrong.map((text) => token.isIn(text))).toEqual(wrong.map(() => false));
  });
});

describe("a request of the status page", () => {
  it("that changes something takes the token, and is in the log without it", async () => {
    const { daemon, log, post } = pageOf(new Token(TOKEN));
    const needed = "this takes the token: the one in the file that status-page-token names\n";
    expect(await post(RELEASE)).toEqual({ status: 401, text: needed });
    expect(log.warn).not.toHaveBeenCalled();
    const wrong = { status: 401, text: "the token is wrong\n" };
    expect(await post(RELEASE, "Bearer 0123456789abcdeF")).toEqual(wrong);
    expect(daemon.release).not.toHaveBeenCalled();
    expect(log.warn).toHaveBeenCalledTimes(1);
    expect(await post(RELEASE, `Bearer ${TOKEN}`)).toEqual({ status: 200, text: '{"ok":true,"message":"done"}' });
    expect(log.info).toHaveBeenCalledWith(
      { event: "status-page", command: "release", address: "192.0.2.9" },
      "status page: done",
    );
  });

  it("changes nothing where there is no token, whatever it brings", async () => {
    const { daemon, post } = pageOf(undefined);
    expect(await post(RELEASE, "Bearer undefined")).toMatchObject({ status: 403 });
    expect(daemon.release).not.toHaveBeenCalled();
    expect(await post(JSON.stringify({ command: "status" }))).toMatchObject({ status: 200 });
  });

  it("is answered after the one before it; beyond a number of them, others are sent away", async () => {
    const { post } = pageOf(undefined);
    const answers = await Promise.all(Array.from({ length: 40 }, () => post(JSON.stringify({ command: "status" }))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(32);
    expect(answers.filter(({ status }) => status === 503)).toHaveLength(8);
    expect(await post(JSON.stringify({ command: "status" }))).toMatchObject({ status: 200 });
  });

  it.each([
    ["{}", "it has no command"],
    ["", "it is not JSON"],
    ["[]", "it has no command"],
    ['{"command":"frob"}', "there is no such command"],
    ['{"command":"reload"}', "the status page does not ask for reload"],
    ['{"command":"leases"}', "the status page does not ask for leases"],
    ['{"command":"status","x":1}', 'status takes no "x"'],
    ['{"command":"release"}', '"address" is missing'],
    ['{"command":"release","address":"10.0.0.300"}', '"address" cannot be "10.0.0.300"'],
    [`{"command":"release","address":"${"1".repeat(99)}"}`, `"address" cannot be "${"1".repeat(59)}...`],
  ])("is not %j, with the token or without, and the answer says why", async (body, why) => {
    const { post } = pageOf(new Token(TOKEN));
    expect(await post(body, `Bearer ${TOKEN}`)).toEqual({ status: 400, text: `${why}\n` });
    expect(await post(body)).toEqual({ status: 400, text: `${why}\n` });
  });
});
