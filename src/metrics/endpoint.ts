// The HTTP server of the metrics. It is loaded only where the configuration asks for it, on a socket that the launcher has
// opened. Whoever connects is on this host, and trusted with the figures but not with the server's time: requests are
// short, few and soon over, and a text is made a few times a second at most.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  METRICS_ANSWER_MS,
  METRICS_CLIENTS_MAX,
  METRICS_KEPT_MS,
  METRICS_REQUEST_MS,
  METRICS_REQUEST_OCTETS_MAX,
} from "../base/limits/metrics.ts";
import type { Logger } from "../log.ts";
import { ExpositionFormat, exposition } from "./exposition.ts";
import type { MetricsSource } from "./source.ts";

const PLAIN = "text/plain; charset=utf-8";
const LOOK_MS = 500;

/** A text that was made not long ago. */
interface Kept {
  readonly madeAt: number;
  readonly text: Promise<string>;
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
    this.server.maxConnections = METRICS_CLIENTS_MAX;
    this.server.setTimeout(METRICS_ANSWER_MS, (socket) => socket.destroy());
    this.server.on("error", (error) => log.warn({ event: "metrics" }, `metrics: ${error.message}`));
    this.server.listen({ fd });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const refusal = refusalOf(request);
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

  private textIn(format: ExpositionFormat): Promise<string> {
    const now = performance.now();
    const last = this.kept.get(format);
    if (last !== undefined && now - last.madeAt < METRICS_KEPT_MS) return last.text;
    const text = exposition(this.source, format);
    this.kept.set(format, { madeAt: now, text });
    return text;
  }
}

/** OpenMetrics for whom it is among what it takes, as Prometheus asks. */
function formatFor(accept: string): ExpositionFormat {
  return accept.includes("application/openmetrics-text") ? ExpositionFormat.openMetrics : ExpositionFormat.prometheus;
}

/** Why a request gets no metrics; undefined: it gets them. A body would be read for nothing. */
export function refusalOf({
  method,
  url = "",
  headers,
}: Pick<IncomingMessage, "method" | "url" | "headers">): Refusal | undefined {
  if (method !== "GET" && method !== "HEAD") return { status: 405, reason: "ask by GET" };
  const hasBody = headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
  if (hasBody) return { status: 400, reason: "a body is not expected" };
  if (url.split("?", 1)[0] === "/metrics") return undefined;
  return { status: 404, reason: "there is /metrics and nothing else" };
}

function refuse(response: ServerResponse, { status, reason }: Refusal): void {
  const headers = { "content-type": PLAIN, connection: "close", ...(status === 405 && { allow: "GET, HEAD" }) };
  response.writeHead(status, headers).end(`${reason}\n`);
}
