// The HTTP server of the metrics. It is loaded only where the configuration asks for it, on a socket that the launcher has
// opened. Whoever connects is on this host, and trusted with the figures but not with the server's time: requests are
// short, few and soon over, and a text is made a few times a second at most.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  METRICS_ANSWER_MS,
  METRICS_CLIENTS_MAX,
  METRICS_KEPT_MS,
  METRICS_KEPT_TIMES,
  METRICS_REQUEST_MS,
  METRICS_REQUEST_OCTETS_MAX,
} from "../base/limits/metrics.ts";
import type { Logger } from "../log.ts";
import { ExpositionFormat, exposition } from "./exposition.ts";
import type { MetricsSource } from "./source.ts";

const PLAIN = "text/plain; charset=utf-8";
const LOOK_MS = 500;
/** An IPv4 or IPv6 address, localhost, or nothing, with or without a port. */
const OWN_HOST = /^(?:[0-9.]*|\[[0-9a-fA-F:.]+\]|localhost)(?::[0-9]*)?$/i;

/** A text, and until when it is given again (milliseconds of the monotonic clock). */
interface Kept {
  readonly until: number;
  readonly text: string;
}

/** Why there is no answer. */
interface Refusal {
  readonly status: number;
  readonly reason: string;
}

/** Answers GET /metrics. */
export class MetricsEndpoint {
  private readonly source: MetricsSource;
  private readonly log: Logger;
  private readonly server: Server;
  private readonly kept = new Map<ExpositionFormat, Kept>();
  private readonly sockets = new Set<Socket>();
  /** Ends when no text is being made. */
  private making: Promise<void> = Promise.resolve();
  /** No text is made before (milliseconds of the monotonic clock). */
  private restsUntil = 0;

  /** Takes over the listening descriptor `fd`. */
  constructor(fd: number, source: MetricsSource, log: Logger) {
    this.source = source;
    this.log = log;
    this.server = createServer(
      {
        maxHeaderSize: METRICS_REQUEST_OCTETS_MAX,
        headersTimeout: METRICS_REQUEST_MS,
        requestTimeout: METRICS_REQUEST_MS,
        keepAliveTimeout: METRICS_REQUEST_MS,
        connectionsCheckingInterval: LOOK_MS,
      },
      (request, response) => this.answer(request, response),
    );
    // Who has said all that it has to say still waits for the answer.
    Object.assign(this.server, { httpAllowHalfOpen: true });
    this.server.on("connection", (socket) => this.admit(socket));
    this.server.setTimeout(METRICS_ANSWER_MS, (socket) => socket.destroy());
    this.server.on("error", (error) => log.warn({ event: "metrics" }, `metrics: ${error.message}`));
    this.server.listen({ fd });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    // A unix socket's clients have no address.
    const refusal = refusalOf(request, request.socket.remoteAddress !== undefined);
    if (refusal !== undefined) return refuse(response, refusal);
    const { headers } = request;
    const format = formatFor(headers.accept ?? "");
    this.textIn(format).then(
      (text) =>
        response.writeHead(200, { "content-type": format, "content-length": Buffer.byteLength(text) }).end(text),
      (error: Error) => {
        this.log.error({ event: "metrics" }, `metrics: ${error.stack ?? error.message}`);
        refuse(response, { status: 500, reason: "the metrics could not be put together" });
      },
    );
  }

  /** The last text, or a new one; one is made at a time, whatever format is asked for. */
  private textIn(format: ExpositionFormat): Promise<string> {
    const text = this.making.then(async () => {
      const kept = this.kept.get(format);
      if (kept !== undefined && performance.now() < kept.until) return kept.text;
      const pause = this.restsUntil - performance.now();
      if (pause > 0) await sleep(pause);
      const startedAt = performance.now();
      const made = await exposition(this.source, format);
      const now = performance.now();
      this.restsUntil = now + Math.max(METRICS_KEPT_MS, METRICS_KEPT_TIMES * (now - startedAt));
      this.kept.set(format, { until: this.restsUntil, text: made });
      return made;
    });
    this.making = text.then(
      () => undefined,
      () => undefined,
    );
    return text;
  }

  /** One more than there may be: the oldest goes, so that idle ones keep nobody away. */
  private admit(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    const [oldest] = this.sockets;
    if (this.sockets.size > METRICS_CLIENTS_MAX) oldest?.destroy();
  }
}

/** OpenMetrics for whom it is among what it takes, as Prometheus asks. */
function formatFor(accept: string): ExpositionFormat {
  return accept.includes("application/openmetrics-text") ? ExpositionFormat.openMetrics : ExpositionFormat.prometheus;
}

/**
 * Why a request gets no metrics; undefined: it gets them. A body would be read for nothing. `isByAddress`: it came to an
 * address, where a browser can be led to by a page of somebody else's that asks by a name of its own.
 */
export function refusalOf(
  { method, url = "", headers }: Pick<IncomingMessage, "method" | "url" | "headers">,
  isByAddress = true,
): Refusal | undefined {
  if (method !== "GET" && method !== "HEAD") return { status: 405, reason: "ask by GET" };
  const hasBody = headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
  if (hasBody) return { status: 400, reason: "a body is not expected" };
  if (url.split("?", 1)[0] !== "/metrics") return { status: 404, reason: "there is /metrics and nothing else" };
  if (isByAddress && headers.host !== undefined && !OWN_HOST.test(headers.host))
    return { status: 403, reason: "ask by an address, or as localhost" };
  return undefined;
}

function refuse(response: ServerResponse, { status, reason }: Refusal): void {
  const headers = { "content-type": PLAIN, connection: "close", ...(status === 405 && { allow: "GET, HEAD" }) };
  response.writeHead(status, headers).end(`${reason}\n`);
}
