// The HTTP server of metrics and status page. It is loaded only where the configuration asks for one of them, on a
// socket that the launcher has opened. Clients are on this host, and not trusted with the server's time: requests are
// short, few and soon over.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import {
  HTTP_ANSWER_MS,
  HTTP_BODY_OCTETS_MAX,
  HTTP_CLIENTS_MAX,
  HTTP_HEAD_OCTETS_MAX,
  HTTP_REQUEST_MS,
} from "../base/limits/http.ts";
import type { Logger } from "../log.ts";
import { type Refusal, type Route, refusalOf, routeOf } from "./routes.ts";

const PLAIN = "text/plain; charset=utf-8";
const LOOK_MS = 500;

/** Answers requests by its routes. */
export class HttpServer {
  private readonly routes: readonly Route[];
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  /** Takes over the listening descriptor `fd`. */
  constructor(fd: number, routes: readonly Route[], log: Logger) {
    this.routes = routes;
    this.server = createServer(
      {
        maxHeaderSize: HTTP_HEAD_OCTETS_MAX,
        headersTimeout: HTTP_REQUEST_MS,
        requestTimeout: HTTP_REQUEST_MS,
        keepAliveTimeout: HTTP_REQUEST_MS,
        connectionsCheckingInterval: LOOK_MS,
      },
      (request, response) => this.answer(request, response),
    );
    // A client that has closed its sending side still waits for the answer.
    Object.assign(this.server, { httpAllowHalfOpen: true });
    this.server.on("connection", (socket) => this.admit(socket));
    this.server.setTimeout(HTTP_ANSWER_MS, (socket) => socket.destroy());
    this.server.on("error", (error) => log.warn({ event: "http" }, `HTTP: ${error.message}`));
    this.server.listen({ fd });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const route = routeOf(this.routes, request.url);
    if (route === undefined) {
      const paths = this.routes.map(({ path }) => path).join(", ");
      return refuse(response, { status: 404, reason: `there is ${paths} and nothing else` });
    }
    // A unix socket's clients have no address.
    const refusal = refusalOf(request, route, request.socket.remoteAddress !== undefined);
    if (refusal !== undefined) return refuse(response, refusal, route);
    if (route.method === "GET") return route.answer(request, response, "");
    readBody(request, response, (body) => route.answer(request, response, body));
  }

  /** A connection more than there may be: the oldest one goes, so that idle ones keep no client away. */
  private admit(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    const [oldest] = this.sockets;
    if (this.sockets.size > HTTP_CLIENTS_MAX) oldest?.destroy();
  }
}

/** A body that is too long is read no further, even if its head says that it is shorter. */
function readBody(request: IncomingMessage, response: ServerResponse, then: (body: string) => void): void {
  let body = "";
  let isRefused = false;
  request.setEncoding("utf8");
  request.on("data", (text: string) => {
    body += text;
    if (isRefused || body.length <= HTTP_BODY_OCTETS_MAX) return;
    isRefused = true;
    request.pause();
    refuse(response, { status: 413, reason: `send at most ${HTTP_BODY_OCTETS_MAX} octets` });
  });
  request.on("end", () => {
    if (!isRefused) then(body);
  });
}

/** Answers with the reason, and ends the connection. */
export function refuse(response: ServerResponse, { status, reason }: Refusal, route?: Route): void {
  const allow = route?.method === "POST" ? "POST" : "GET, HEAD";
  const headers = { "content-type": PLAIN, connection: "close", ...(status === 405 && { allow }) };
  response.writeHead(status, headers).end(`${reason}\n`);
}
