// Metrics as a scraper gets them: of a daemon that serves, through its sandbox, and what becomes of clients that mean no good.

import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { HTTP_CLIENTS_MAX, HTTP_HEAD_OCTETS_MAX, HTTP_REQUEST_MS } from "../../src/base/limits/http.ts";
import { Daemon } from "../support/daemon.ts";
import { debianTool } from "../support/debian-packages.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { Scene, sceneConfig } from "../support/scene.ts";
import { RawClient } from "../support/wire-tools.ts";

const CLIENT = "02:00:00:00:00:07";

let scene: Scene;
let daemon: Daemon;
let client: RawClient;
let path: string;

beforeAll(async () => {
  if (!mayMakeNetworks) return;
  scene = await Scene.create();
  path = join(scene.network.directory, "metrics.sock");
  const config = sceneConfig({ global: `metrics "${path}";` });
  daemon = await Daemon.start(scene.network, scene.server, { config, backend: "udp" });
  client = await RawClient.start(scene.client, "eth0");
});
afterAll(() => scene?.network.dispose());
beforeEach((context) => {
  if (!mayMakeNetworks) context.skip("needs root, or root of a user namespace");
});

/** What the socket answers to octets, until it ends. */
function ask(octets: string, { isHeld = false } = {}): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(path, () => (isHeld ? socket.write(octets) : socket.end(octets)));
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      answer += chunk;
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
  });
}

const scrape = (accept = "*/*"): Promise<string> =>
  ask(`GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: ${accept}\r\nConnection: close\r\n\r\n`);

describe("metrics", () => {
  it("count a lease that a client gets, and how long it took", async () => {
    const before = await scrape();
    expect(before).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(before).toContain("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n".toLowerCase());
    expect(before).toContain('\nanydhcpd_decisions_total{reason="ack-selecting"} 0\n');
    await client.lease(CLIENT);
    const isTold = async (): Promise<boolean> => {
      const text = await scrape();
      const lan = 'subnet="192.168.77.0/24",shared_network=""';
      return (
        text.includes('\nanydhcpd_decisions_total{reason="ack-selecting"} 1\n') &&
        text.includes(`\nanydhcpd_subnet_addresses{${lan},state="bound"} 1\n`) &&
        text.includes(`\nanydhcpd_subnet_addresses{${lan},state="free"} 99\n`) &&
        /^anydhcpd_decide_duration_seconds_count [2-9]/m.test(text) &&
        /^anydhcpd_commit_duration_seconds_count [1-9]/m.test(text) &&
        /^anydhcpd_helper_duration_seconds_count [1-9]/m.test(text) &&
        text.includes("\nanydhcpd_store_ready 1\n")
      );
    };
    await eventually("the lease is among the metrics", isTold);
  });

  it("are good text for Prometheus' own checker, as are the alert rules and the scrape configuration", async (context) => {
    const promtool = await debianTool("prometheus", "usr/bin/promtool");
    if (promtool === undefined) return context.skip("Debian's prometheus cannot be had");
    const text = (await scrape()).split("\r\n\r\n")[1] ?? "";
    const file = join(scene.network.directory, "metrics.txt");
    writeFileSync(file, text);
    expect(await scene.server.run(["sh", "-c", `${promtool} check metrics <${file}`])).toMatchObject({
      ...{ code: 0, stderr: "" },
    });
    const rules = new URL("../../etc/prometheus/alerts.yml", import.meta.url).pathname;
    const { code, stdout } = await scene.server.run([promtool, "check", "rules", rules]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/SUCCESS: \d+ rules found/) });
    const config = new URL("../../etc/prometheus/prometheus.yml", import.meta.url).pathname;
    expect((await scene.server.run([promtool, "check", "config", config])).stdout).toMatch(
      /SUCCESS: 1 rule files found[\s\S]*prometheus\.yml is valid/,
    );
  });

  it("come as OpenMetrics for whom it asks for them", async () => {
    const answer = await scrape("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5");
    expect(answer).toContain("\r\ncontent-type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n");
    expect(answer).toMatch(/\n# EOF\n$/);
  });

  it.each([
    ["another path", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", /^HTTP\/1\.1 404 /],
    ["another method", "DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1\.1 405 /],
    ["a body", "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["no HTTP", "\0\x01\x02 nonsense\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["no host", "GET /metrics HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["headers without end", `GET /metrics HTTP/1.1\r\nX: ${"a".repeat(HTTP_HEAD_OCTETS_MAX)}`, /^HTTP\/1\.1 431 /],
  ])("are refused to a request with %s", async (_what, request, answer) => {
    expect(await ask(request, { isHeld: true })).toMatch(answer);
  });

  it(
    "are still there for others while clients keep silent, and these are sent away",
    async () => {
      const closed = Array.from(
        { length: HTTP_CLIENTS_MAX * 2 },
        () =>
          new Promise<void>((resolve) => {
            const socket = connect(path, () => socket.write("GET /metr"));
            socket.on("error", () => undefined);
            socket.on("close", () => resolve());
            socket.resume();
          }),
      );
      await client.lease("02:00:00:00:00:08");
      await Promise.all(closed);
      expect(await scrape()).toContain('reason="ack-selecting"');
    },
    HTTP_REQUEST_MS * 4,
  );
});

describe("a metrics statement", () => {
  it("opens a port of loopback; a port that is taken is told, and the server serves without", async () => {
    const { relay, network } = scene;
    // With the mark that some editors put in front of a file.
    const config = `\ufeff${sceneConfig({ global: "metrics 127.0.0.1:9567;" })}`;
    const holder = relay.spawn(["python3", "-um", "http.server", "9567", "--bind", "127.0.0.1"]);
    await holder.waitForLine((line) => line.includes("Serving"));
    const other = await Daemon.start(network, relay, { config, backend: "udp", name: "other" });
    expect(other.log).toContain("metrics: cannot listen on 127.0.0.1:9567: Address already in use");
    expect(other.log).toContain("metrics are not served: there is no socket for 127.0.0.1:9567");
    await other.stop();
    await holder.kill();
    await other.start();
    const asked = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:9567/metrics').read().decode())";
    const { stdout } = await relay.run(["python3", "-c", asked]);
    expect(stdout).toContain("\nanydhcpd_store_ready 1\n");
    const byName = "r.Request('http://127.0.0.1:9567/metrics', headers={'Host': 'www.example.com'})";
    const refused = await relay.run(["python3", "-c", `import urllib.request as r; r.urlopen(${byName})`]);
    expect(refused.stderr).toContain("HTTP Error 403");
    await other.stop();
  });

  it("that a reload would change is refused, and says that it takes a restart", async () => {
    daemon.configure(sceneConfig());
    const ctl = new URL("../../bin/anydhcpctl", import.meta.url).pathname;
    const { code, stdout, stderr } = await scene.server.run([ctl, "reload", "--control", daemon.controlSocket]);
    expect({ code, text: stdout + stderr }).toEqual({
      code: 1,
      text: expect.stringContaining("the metrics statement has changed, which takes a restart"),
    });
  });
});
