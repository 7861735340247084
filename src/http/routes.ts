// Which requests are answered, and why others are not: decided from the head of a request alone, before its body is
// read. Clients are on this host, or have a tunnel to it. A foreign page may have led a browser here: it asks by a name
// of its own, or sends a request that the user did not mean.

import type { IncomingMessage, ServerResponse } from "node:http";
import { HTTP_BODY_OCTETS_MAX } from "../base/limits/http.ts";

/** Something that can be asked for. */
export interface Route {
  readonly path: string;
  /** GET stands for HEAD too. */
  readonly method: "GET" | "POST";
  /** Whether the host's name is looked at even by a unix socket, whose clients may be browsers behind a tunnel. */
  readonly isForBrowsers: boolean;
  /** Answers a request that was not refused; `body` is "" but for POST. */
  answer(request: IncomingMessage, response: ServerResponse, body: string): void;
}

/** Why there is no answer. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

/** The head of a request. */
export type RequestHead = Pick<IncomingMessage, "method" | "url" | "headers">;

/** An IPv4 or IPv6 address, localhost, or nothing, with or without a port. */
const OWN_HOST = /^(?:[0-9.]*|\[[0-9a-fA-F:.]+\]|localhost)(?::[0-9]*)?$/i;
const JSON_TYPE = /^application\/json(?:\s*;.*)?$/i;

/** The route of a path, without the part behind a question mark. */
export function routeOf(routes: readonly Route[], url = ""): Route | undefined {
  const [path] = url.split("?", 1);
  return routes.find((route) => route.path === path);
}

/**
 * Why a request is not answered by its route; undefined: it is. `isByAddress`: it came to an address, and not to a unix
 * socket.
 */
export function refusalOf(head: RequestHead, route: Route, isByAddress: boolean): Refusal | undefined {
  const { method, headers } = head;
  const isAllowed = method === route.method || (method === "HEAD" && route.method === "GET");
  if (!isAllowed) return { status: 405, reason: `ask by ${route.method}` };
  const isNamed = headers.host !== undefined && !OWN_HOST.test(headers.host);
  if (isNamed && (isByAddress || route.isForBrowsers))
    return { status: 403, reason: "ask by an address, or as localhost" };
  return route.method === "POST" ? refusalOfPost(headers) : refusalOfBody(headers);
}

/** A body would be read for nothing. */
function refusalOfBody(headers: RequestHead["headers"]): Refusal | undefined {
  const hasBody = headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
  return hasBody ? { status: 400, reason: "a body is not expected" } : undefined;
}

/** A page of another origin can send only what a form can, without being asked first; and its browser says that it does. */
function refusalOfPost(headers: RequestHead["headers"]): Refusal | undefined {
  const { host = "", origin } = headers;
  const site = headers["sec-fetch-site"];
  const isOwn = site === undefined ? origin === undefined || isOriginOf(host, origin) : site === "same-origin";
  if (!isOwn) return { status: 403, reason: "a page of another origin may not ask" };
  if (!JSON_TYPE.test(headers["content-type"] ?? "")) return { status: 415, reason: "send application/json" };
  if (Number(headers["content-length"] ?? "0") > HTTP_BODY_OCTETS_MAX)
    return { status: 413, reason: `send at most ${HTTP_BODY_OCTETS_MAX} octets` };
  return undefined;
}

function isOriginOf(host: string, origin: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}
