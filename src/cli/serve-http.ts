// Opens the HTTP services: metrics and status page. Loads only those that the configuration asks for.

import { closeSync } from "node:fs";
import { textOf } from "../base/errors.ts";
import type { Latencies } from "../base/latency.ts";
import type { Config } from "../config/model/model.ts";
import type { Route } from "../http/routes.ts";
import type { Logger } from "../log.ts";
import type { Token } from "../page/token.ts";
import { REASON_TEXTS } from "../server/log/reason-texts.ts";
import type { Launch } from "./launch.ts";
import type { RunningDaemon } from "./running-daemon.ts";

/** Its parts. */
export interface HttpParts {
  readonly launch: Pick<Launch, "metrics" | "statusPage" | "tokenFile">;
  readonly log: Logger;
  /** The configuration that the daemon starts with. */
  readonly started: Config;
  /** Where metrics are asked for. */
  readonly latencies: Latencies | undefined;
}

/**
 * Serves both, at one socket where both name the same. A failure goes to the log, and the daemon serves clients all the
 * same.
 */
export async function serveHttp(parts: HttpParts, daemon: RunningDaemon): Promise<void> {
  const { launch, started } = parts;
  const { metrics, statusPage } = started;
  if (metrics !== undefined)
    await serve(parts, { event: "metrics", failure: "metrics are not served: ", at: metrics, fd: launch.metrics }, () =>
      makeRoutes(parts, daemon, metrics === statusPage),
    );
  if (statusPage !== undefined && statusPage !== metrics)
    await serve(
      parts,
      { event: "status-page", failure: "the status page is not served: ", at: statusPage, fd: launch.statusPage },
      () => makePage(parts, daemon),
    );
}

interface Place {
  readonly event: string;
  readonly failure: string;
  /** As the configuration names it. */
  readonly at: string;
  readonly fd: number | undefined;
}

async function serve(
  { log }: HttpParts,
  { event, failure, at, fd }: Place,
  routesOf: () => Promise<readonly Route[]>,
): Promise<void> {
  const failed = (reason: string): void => log.error({ event }, `${failure}${reason}`);
  if (fd === undefined)
    return failed(
      `there is no socket for ${at}: a note above says why; if there is none, write the statement as dhcpd.conf(5) has it`,
    );
  try {
    const { HttpServer } = await import("../http/http-server.ts");
    new HttpServer(fd, await routesOf(), log);
  } catch (error) {
    return failed(textOf(error));
  }
  log.info({ event }, `${event}: served at ${at}`);
}

async function makeRoutes(parts: HttpParts, daemon: RunningDaemon, hasPage: boolean): Promise<readonly Route[]> {
  const { latencies, log } = parts;
  const { MetricsEndpoint } = await import("../metrics/endpoint.ts");
  if (latencies === undefined) return [];
  const source = { reasons: Object.keys(REASON_TEXTS), latencies, status: () => daemon.status() };
  return [...(hasPage ? await makePage(parts, daemon) : []), new MetricsEndpoint(source, log)];
}

async function makePage(parts: HttpParts, daemon: RunningDaemon): Promise<readonly Route[]> {
  const { pageRoutes } = await import("../page/status-page.ts");
  return pageRoutes(daemon, await readToken(parts), parts.log);
}

/** If the token cannot be read, the page is read-only, as it is without a token. */
async function readToken({ launch: { tokenFile }, log, started }: HttpParts): Promise<Token | undefined> {
  const { statusPageToken } = started;
  if (statusPageToken === undefined) return undefined;
  const failed = (reason: string): undefined =>
    void log.error({ event: "status-page" }, `the status page is read-only: ${statusPageToken}: ${reason}`);
  if (tokenFile === undefined) return failed("a note above says why it cannot be used");
  try {
    const { Token } = await import("../page/token.ts");
    return Token.read(tokenFile);
  } catch (error) {
    return failed(textOf(error));
  } finally {
    closeSync(tokenFile);
  }
}
