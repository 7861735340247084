// Requests for metrics, as Node's parser of HTTP hands them on.

import { refusalOf } from "../../../src/metrics/endpoint.ts";
import { check, octetsOfText, type Target, textOfOctets } from "../target.ts";

const SEEDS = ["GET\n/metrics\n\n", "HEAD\n/metrics?x=1\n0\n", "POST\n/metrics\n12\n", "GET\n//metrics\n\nchunked"];

export const metricsTarget: Target = {
  name: "metrics",
  unit: "requests",
  seeds: SEEDS.map(octetsOfText),
  words: ["GET", "HEAD", "/metrics", "?", "#", "%2f", "..", "0", "1", "\n"].map(octetsOfText),
  octetsMax: 2000,
  run(octets) {
    const [method = "", url = "", length = "", coding = ""] = textOfOctets(octets).split("\n");
    const headers = {
      ...(length !== "" && { "content-length": length }),
      ...(coding !== "" && { "transfer-encoding": coding }),
    };
    const refusal = refusalOf({ method, url, headers });
    const isPlain =
      /^(GET|HEAD)$/.test(method) && /^\/metrics(\?.*)?$/s.test(url) && /^0?$/.test(length) && coding === "";
    check((refusal === undefined) === isPlain, () => `${method} ${url} is answered by ${refusal?.status ?? 200}`);
    return 1;
  },
};
