// Requests for metrics and status page, as Node's parser of HTTP hands their heads on.

import { HTTP_BODY_OCTETS_MAX } from "../../../src/base/limits/http.ts";
import { type Route, refusalOf, routeOf } from "../../../src/http/routes.ts";
import { check, octetsOfText, type Target, textOfOctets } from "../target.ts";

const nothing = (): void => undefined;
const ROUTES: readonly Route[] = [
  { path: "/metrics", method: "GET", isForBrowsers: false, answer: nothing },
  { path: "/", method: "GET", isForBrowsers: true, answer: nothing },
  { path: "/control", method: "POST", isForBrowsers: true, answer: nothing },
];
/** Names of the headers, in the order of a seed's lines behind method and path. */
const HEADERS = ["host", "content-length", "transfer-encoding", "content-type", "origin", "sec-fetch-site"];
const JSON_TYPE = "application/json";

const SEEDS = [
  "GET\n/metrics\n127.0.0.1:9567\n",
  "HEAD\n/metrics?x=1\n\n0",
  "GET\n/\nlocalhost:8067",
  `POST\n/control\nlocalhost:8067\n12\n\n${JSON_TYPE}\nhttp://localhost:8067\nsame-origin`,
  `POST\n/control\n[::1]:8067\n\nchunked\n${JSON_TYPE}; charset=utf-8\nhttp://[::1]:8067`,
  `POST\n/control\n127.0.0.1\n9\n\n${JSON_TYPE}\nhttp://example.org\ncross-site`,
  "GET\n//metrics\n\n\nchunked",
];

/** What may be answered, told from the words of RFC 9110 and the Fetch standard alone. */
function mayBeAnswered(method: string, path: string, header: (name: string) => string, isByAddress: boolean): boolean {
  const host = header("host")
    .toLowerCase()
    .replace(/:[0-9]*$/, "");
  const isOwnHost = host === "localhost" || /^(?:[0-9.]*|\[[0-9a-f:.]+\])$/.test(host);
  if (path === "/metrics" ? isByAddress && !isOwnHost : !isOwnHost) return false;
  if (path !== "/control")
    return /^(?:GET|HEAD)$/.test(method) && /^0?$/.test(header("content-length")) && header("transfer-encoding") === "";
  const [origin, site] = [header("origin"), header("sec-fetch-site")];
  const isOwnOrigin = origin === "" || origin.replace(/^https?:\/\//, "") === header("host");
  return (
    method === "POST" &&
    (site === "" ? isOwnOrigin && (origin === "" || /^https?:\/\//.test(origin)) : site === "same-origin") &&
    new RegExp(`^${JSON_TYPE}(?:\\s*;.*)?$`, "i").test(header("content-type")) &&
    !(Number(header("content-length")) > HTTP_BODY_OCTETS_MAX)
  );
}

export const httpTarget: Target = {
  name: "http",
  unit: "requests",
  seeds: SEEDS.map(octetsOfText),
  words: [
    ...["GET", "HEAD", "POST", "/metrics", "/control", "?", "#", "%2f", "..", "0", "1", "\n", "localhost", "127.0.0.1"],
    ...["example.org", "http://", "same-origin", "cross-site", "none", JSON_TYPE, "99999", "[::1]", ":"],
  ].map(octetsOfText),
  octetsMax: 2000,
  run(octets) {
    const [method = "", url = "", ...lines] = textOfOctets(octets).split("\n");
    const route = routeOf(ROUTES, url);
    const path = url.split("?")[0];
    check((route === undefined) === !ROUTES.some((one) => one.path === path), () => `${url} leads to ${route?.path}`);
    if (route === undefined) return 1;
    const header = (name: string): string => lines[HEADERS.indexOf(name)] ?? "";
    const headers = Object.fromEntries(HEADERS.map((name) => [name, header(name)]).filter(([, text]) => text !== ""));
    for (const isByAddress of [true, false]) {
      const refusal = refusalOf({ method, url, headers }, route, isByAddress);
      check(
        (refusal === undefined) === mayBeAnswered(method, route.path, header, isByAddress),
        () => `${JSON.stringify({ method, url, headers })} is answered by ${refusal?.status ?? 200}`,
      );
    }
    return 1;
  },
};
