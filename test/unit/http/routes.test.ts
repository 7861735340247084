// Which requests are answered, by their heads: hosts that a browser was led to by another name, and pages of others.

import { describe, expect, it } from "vitest";
import { HTTP_BODY_OCTETS_MAX } from "../../../src/base/limits/http.ts";
import { type Route, refusalOf, routeOf } from "../../../src/http/routes.ts";

const answer = (): void => undefined;
const METRICS: Route = { path: "/metrics", method: "GET", isForBrowsers: false, answer };
const PAGE: Route = { path: "/", method: "GET", isForBrowsers: true, answer };
const CONTROL: Route = { path: "/control", method: "POST", isForBrowsers: true, answer };

const statusOf = (route: Route, headers: Record<string, string>, isByAddress = true, method: string = route.method) =>
  refusalOf({ method, url: route.path, headers }, route, isByAddress)?.status;

const OWN = ["127.0.0.1:9567", "127.1.2.3", "[::1]:9567", "localhost", "LOCALHOST:9567", ""];
const OTHERS = ["www.example.com", "localhost.example.com:9567", "127.0.0.1.example.com", "x"];

describe("a request by HTTP", () => {
  it("is answered where it names an address or localhost", () => {
    for (const route of [METRICS, PAGE]) {
      expect(OWN.map((host) => statusOf(route, { host }))).toEqual(OWN.map(() => undefined));
      expect(OTHERS.map((host) => statusOf(route, { host }))).toEqual(OTHERS.map(() => 403));
    }
  });

  it("for the page is refused by another name at a unix socket too, because a browser may come through a tunnel", () => {
    expect(statusOf(PAGE, { host: "www.example.com" }, false)).toBe(403);
    expect(statusOf(METRICS, { host: "www.example.com" }, false)).toBe(undefined);
  });

  it("finds its route by the path, whatever follows a question mark", () => {
    const routes = [METRICS, PAGE, CONTROL];
    expect(["/metrics?a=1", "/", "/control?", "/metrics/", "", "//"].map((url) => routeOf(routes, url)?.path)).toEqual([
      ...["/metrics", "/", "/control"],
      ...[undefined, undefined, undefined],
    ]);
  });

  it("is refused with another method, and with a body that nobody expects", () => {
    expect(["PUT", "DELETE", "OPTIONS", "GET"].map((method) => statusOf(CONTROL, {}, true, method))).toEqual([
      ...[405, 405, 405, 405],
    ]);
    expect(statusOf(PAGE, { "content-length": "1" })).toBe(400);
    expect(statusOf(PAGE, { "transfer-encoding": "chunked" })).toBe(400);
  });
});

describe("a request of the control protocol by HTTP", () => {
  const own = { host: "127.0.0.1:8067", "content-type": "application/json" };

  it("is answered from the page itself, and from a program that names no origin", () => {
    expect(statusOf(CONTROL, own)).toBe(undefined);
    expect(statusOf(CONTROL, { ...own, origin: "http://127.0.0.1:8067" })).toBe(undefined);
    expect(statusOf(CONTROL, { ...own, origin: "http://127.0.0.1:8067", "sec-fetch-site": "same-origin" })).toBe(
      undefined,
    );
  });

  it.each([
    ["another origin", { origin: "http://127.0.0.1:9999" }],
    ["an origin that is hidden", { origin: "null" }],
    ["another site, whatever its origin says", { origin: "http://127.0.0.1:8067", "sec-fetch-site": "cross-site" }],
    ["another port of the same host", { "sec-fetch-site": "same-site" }],
  ])("is refused from %s", (_where, headers) => {
    expect(statusOf(CONTROL, { ...own, ...headers })).toBe(403);
  });

  it("is refused as what a form can send without being asked, and when it is too long", () => {
    expect(statusOf(CONTROL, { host: own.host, "content-type": "text/plain" })).toBe(415);
    expect(statusOf(CONTROL, { host: own.host })).toBe(415);
    expect(statusOf(CONTROL, { ...own, "content-length": String(HTTP_BODY_OCTETS_MAX + 1) })).toBe(413);
  });
});
