// `metrics` and `status-page`, each with a socket: 127.0.0.1:9567 or "/run/anydhcpd/metrics.sock"; and
// `status-page-token "/etc/anydhcpd.token"`. The launcher looks for the statements too, because it opens the sockets
// and the file (launcher/control_socket.c).

import { formatIpv4, isInNetwork } from "../../base/ipv4.ts";
import { HTTP_PORT_MIN, SOCKET_PATH_OCTETS_MAX } from "../../base/limits/http.ts";
import type { Cursor } from "./cursor.ts";
import { readPath } from "./path.ts";
import type { Parameter } from "./syntax.ts";
import { readAddress, readDecimal } from "./values.ts";

const LOOPBACK = { network: 0x7f000000, mask: 0xff000000 };
const PORT_MAX = 65_535;
const TOKEN_PATH_OCTETS_MAX = 1024;

/** Where something is served by HTTP: a loopback address and a port, or the path of a unix socket. */
export function httpStatement(kind: "metrics" | "status-page") {
  return (cursor: Cursor, at: number): Parameter | undefined => {
    if (cursor.isWord("off") || cursor.isWord("none"))
      return cursor.unexpected(`no such statement, which leaves it off, or ${kind} 127.0.0.1:9567;`);
    const isPath = cursor.peek().kind === "string";
    const value = isPath
      ? readPath(cursor, { what: "a socket", octetsMax: SOCKET_PATH_OCTETS_MAX })
      : readLoopback(cursor, kind);
    return value === undefined ? undefined : { kind, value, at };
  };
}

/** The file that holds the token of the status page. */
export function readTokenFile(cursor: Cursor, at: number): Parameter | undefined {
  const value = readPath(cursor, { what: "a file with a token", octetsMax: TOKEN_PATH_OCTETS_MAX });
  return value === undefined ? undefined : { kind: "status-page-token", value, at };
}

function readLoopback(cursor: Cursor, statement: string): string | undefined {
  const isAddress = cursor.peek().kind === "word" && cursor.isMark(".", 1);
  if (!isAddress) return cursor.unexpected(`ADDRESS:PORT or the path of a socket, as in ${statement} 127.0.0.1:9567;`);
  const placed = readAddress(cursor);
  if (placed === undefined) return undefined;
  if (!isInNetwork(placed.address, LOOPBACK.network, LOOPBACK.mask))
    return cursor.report.error(placed.at, `${formatIpv4(placed.address)} can be reached from other hosts`, {
      expected: "a loopback address, like 127.0.0.1; a proxy in front of it may serve others",
    });
  if (!cursor.takeMark(":")) return cursor.unexpected(`a colon and a port, as in ${statement} 127.0.0.1:9567;`);
  const port = readDecimal(cursor, { least: HTTP_PORT_MIN, most: PORT_MAX, what: "a port" });
  return port === undefined ? undefined : `${formatIpv4(placed.address)}:${port}`;
}
