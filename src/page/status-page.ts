// The status page: static files, and the requests of the control protocol that they send, answered one at a time.
// Requests that change something need the token.

import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { PAGE_REST_MS_MAX, PAGE_REST_TIMES, PAGE_TOKEN_NOTICE_MS, PAGE_WAITING_MAX } from "../base/limits/page.ts";
import { type Answering, answerTo, isChange, type SingleRequest } from "../control/answer.ts";
import type { AddressExplanation, Explanation } from "../control/explain-messages.ts";
import { formatAddressExplanation, formatExplanation } from "../control/explain-text.ts";
import { readRequest } from "../control/request.ts";
import { refuse } from "../http/http-server.ts";
import type { Refusal, Route } from "../http/routes.ts";
import type { Logger } from "../log.ts";
import { OPTIONS_BY_NAME } from "../wire/options/option-code.ts";
import type { Token } from "./token.ts";

const HTML = "text/html; charset=utf-8";
const CSS = "text/css; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";

/** Files beside this one, by the path that they are asked for at. */
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/": ["page.html", HTML],
  "/page.css": ["page.css", CSS],
  "/parts.css": ["parts.css", CSS],
  "/narrow.css": ["narrow.css", CSS],
  "/page.js": ["page.js", SCRIPT],
  "/elements.js": ["elements.js", SCRIPT],
  "/server.js": ["server.js", SCRIPT],
  "/leases.js": ["leases.js", SCRIPT],
  "/overview.js": ["overview.js", SCRIPT],
  "/explain.js": ["explain.js", SCRIPT],
  "/changes.js": ["changes.js", SCRIPT],
};

/** Only these files, no text taken for a script, and no foreign frame around it. */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cache-control": "no-store",
} as const;

/** The page's requests without a token, and with it. */
const READS: ReadonlySet<string> = new Set<SingleRequest["command"]>([
  "status",
  "health",
  "refused",
  "lease-page",
  "explain",
  "explain-address",
]);
const CHANGES: ReadonlySet<string> = new Set<SingleRequest["command"]>(["release", "forgive", "reserve"]);

/** Makes its routes. `token`: undefined where the page is to be read only. */
export function pageRoutes(daemon: Answering, token: Token | undefined, log: Logger): readonly Route[] {
  const files = Object.entries(FILES).map(([path, [file, type]]) => fileRoute(path, contentOf(file, token), type));
  return [...files, new PageRequests(daemon, token, log)];
}

function contentOf(file: string, token: Token | undefined): string {
  const text = readFileSync(new URL(`../page/browser/${file}`, import.meta.url), "utf8");
  if (file !== "page.html") return text;
  const names = [...OPTIONS_BY_NAME].map(([name, { code }]) => `${name}=${code}`);
  return text.replace("CHANGES", token === undefined ? "none" : "token").replace("OPTION_NAMES", names.join(" "));
}

function fileRoute(path: string, text: string, type: string): Route {
  const headers = { ...HEADERS, "content-type": type, "content-length": Buffer.byteLength(text) };
  const answer: Route["answer"] = (_request, response) => void response.writeHead(200, headers).end(text);
  return { path, method: "GET", isForBrowsers: true, answer };
}

/** Answers POST /control: the body is a request of the control protocol, and the answer is the control socket's. */
export class PageRequests implements Route {
  readonly path = "/control";
  readonly method = "POST";
  readonly isForBrowsers = true;
  private readonly daemon: Answering;
  private readonly token: Token | undefined;
  private readonly log: Logger;
  /** Ends when no request is being answered. */
  private answering: Promise<void> = Promise.resolve();
  private waiting = 0;
  /** Milliseconds of the monotonic clock. */
  private restsUntil = 0;
  private toldAt = Number.NEGATIVE_INFINITY;

  constructor(daemon: Answering, token: Token | undefined, log: Logger) {
    this.daemon = daemon;
    this.token = token;
    this.log = log;
  }

  answer({ headers }: IncomingMessage, response: ServerResponse, body: string): void {
    const request = readRequest(body);
    if (typeof request === "string") return refuse(response, { status: 400, reason: request });
    if (!isForPage(request))
      return refuse(response, { status: 400, reason: `the status page does not ask for ${request.command}` });
    const refusal = isChange(request) ? this.refusalOfChange(headers.authorization) : undefined;
    if (refusal !== undefined) return refuse(response, refusal);
    if (this.waiting >= PAGE_WAITING_MAX)
      return refuse(response, { status: 503, reason: "too many requests are waiting" });
    this.waiting += 1;
    this.answering = this.answering.then(() => this.answerOne(request, response)).finally(() => (this.waiting -= 1));
  }

  private refusalOfChange(authorization: string | undefined): Refusal | undefined {
    const { token, log } = this;
    if (token === undefined) return { status: 403, reason: "the page is read-only: it has no status-page-token" };
    if (token.isIn(authorization)) return undefined;
    if (authorization === undefined)
      return { status: 401, reason: "this takes the token: the one in the file that status-page-token names" };
    const now = performance.now();
    if (now - this.toldAt >= PAGE_TOKEN_NOTICE_MS) {
      this.toldAt = now;
      log.warn({ event: "status-page" }, "status page: a change was refused: its token is wrong");
    }
    return { status: 401, reason: "the token is wrong" };
  }

  private async answerOne(request: SingleRequest, response: ServerResponse): Promise<void> {
    const pause = this.restsUntil - performance.now();
    if (pause > 0) await sleep(pause);
    if (response.destroyed) return;
    const begun = performance.now();
    try {
      const answering = answerTo(this.daemon, request);
      // What goes on behind a promise takes turns with the clients' queries by itself.
      const took = performance.now() - begun;
      this.restsUntil = begun + took + Math.min(PAGE_REST_MS_MAX, PAGE_REST_TIMES * took);
      const answer = await answering;
      if (isChange(request)) this.log.info({ event: "status-page", ...request }, `status page: ${toldOf(answer)}`);
      send(response, typeof answer === "string" ? { error: answer } : withText(request, answer));
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.log.error({ event: "status-page" }, `status page: ${text}`);
      refuse(response, { status: 500, reason: "the server failed to answer; its log says why" });
    }
  }
}

function isForPage(request: { readonly command: string }): request is SingleRequest {
  return READS.has(request.command) || CHANGES.has(request.command);
}

/** An explanation also has the text that anydhcpctl prints. */
function withText({ command }: SingleRequest, answer: object): object {
  if (command === "explain") return { ...answer, text: formatExplanation(answer as Explanation) };
  if (command === "explain-address") return { ...answer, text: formatAddressExplanation(answer as AddressExplanation) };
  return answer;
}

function toldOf(answer: object | string): string {
  return typeof answer === "object" && "message" in answer ? String(answer.message) : String(answer);
}

function send(response: ServerResponse, answer: object): void {
  const text = JSON.stringify(answer);
  const headers = { ...HEADERS, "content-type": JSON_TYPE, "content-length": Buffer.byteLength(text) };
  response.writeHead(200, headers).end(text);
}
