// Answers scrapers: it makes a text a few times a second at most, however often they ask.

import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { METRICS_KEPT_MS, METRICS_KEPT_TIMES } from "../base/limits/metrics.ts";
import { refuse } from "../http/http-server.ts";
import type { Route } from "../http/routes.ts";
import type { Logger } from "../log.ts";
import { ExpositionFormat, exposition } from "./exposition.ts";
import type { MetricsSource } from "./source.ts";

/** A text, and until when it is given again (milliseconds of the monotonic clock). */
interface Kept {
  readonly until: number;
  readonly text: string;
}

/** Answers GET /metrics. */
export class MetricsEndpoint implements Route {
  readonly path = "/metrics";
  readonly method = "GET";
  readonly isForBrowsers = false;
  private readonly source: MetricsSource;
  private readonly log: Logger;
  private readonly kept = new Map<ExpositionFormat, Kept>();
  /** Ends when no text is being made. */
  private making: Promise<void> = Promise.resolve();
  /** No text is made before (milliseconds of the monotonic clock). */
  private restsUntil = 0;

  constructor(source: MetricsSource, log: Logger) {
    this.source = source;
    this.log = log;
  }

  answer({ headers }: IncomingMessage, response: ServerResponse): void {
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

  /** The last text, or a new one; one is made at a time, in either format. */
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
}

/** OpenMetrics if the client accepts it, as Prometheus does. */
function formatFor(accept: string): ExpositionFormat {
  return accept.includes("application/openmetrics-text") ? ExpositionFormat.openMetrics : ExpositionFormat.prometheus;
}
