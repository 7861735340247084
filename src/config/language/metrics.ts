// `metrics 127.0.0.1:9567;` or `metrics "/run/anydhcpd/metrics.sock";`. The launcher looks for the statement too, because it
// opens the socket (launcher/statements.c).

import { formatIpv4, isInNetwork } from "../../base/ipv4.ts";
import { METRICS_PORT_MIN, SOCKET_PATH_OCTETS_MAX } from "../../base/limits/metrics.ts";
import type { Cursor } from "./cursor.ts";
import type { Parameter } from "./syntax.ts";
import { readAddress, readDecimal } from "./values.ts";

const LOOPBACK = { network: 0x7f000000, mask: 0xff000000 };
const PORT_MAX = 65_535;

/** Where the metrics are asked for: a loopback address and a port, or the path of a unix socket. */
export function readMetrics(cursor: Cursor, at: number): Parameter | undefined {
  if (cursor.isWord("off") || cursor.isWord("none"))
    return cursor.unexpected("no such statement, which leaves metrics off, or metrics 127.0.0.1:9567;");
  const listener = cursor.peek().kind === "string" ? readSocketPath(cursor) : readLoopback(cursor);
  return listener === undefined ? undefined : { kind: "metrics", listener, at };
}

function readSocketPath(cursor: Cursor): string | undefined {
  const { text, at } = cursor.next();
  if (text.startsWith("/") && text.length <= SOCKET_PATH_OCTETS_MAX && !/[\\\0\n]/.test(text)) return text;
  return cursor.report.error(at, "this is no place for a socket", {
    expected: `a path from the root on, at most ${SOCKET_PATH_OCTETS_MAX} octets, without a backslash`,
  });
}

function readLoopback(cursor: Cursor): string | undefined {
  const placed = readAddress(cursor);
  if (placed === undefined) return undefined;
  if (!isInNetwork(placed.address, LOOPBACK.network, LOOPBACK.mask))
    return cursor.report.error(placed.at, `${formatIpv4(placed.address)} can be reached from other hosts`, {
      expected: "a loopback address, like 127.0.0.1; a proxy in front of it may serve others",
    });
  if (!cursor.takeMark(":")) return cursor.unexpected("a colon and a port, as in metrics 127.0.0.1:9567;");
  const port = readDecimal(cursor, { least: METRICS_PORT_MIN, most: PORT_MAX, what: "a port" });
  return port === undefined ? undefined : `${formatIpv4(placed.address)}:${port}`;
}
