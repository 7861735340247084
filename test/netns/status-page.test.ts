// The status page in Debian's Chromium, with real leases: what is shown, at the width of a telephone, by the keyboard alone,
// and what the token allows.

import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Browser, findChromium } from "../support/browser.ts";
import { Daemon, readLeases } from "../support/daemon.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { CLIENTS } from "../support/real-clients.ts";
import { Scene, sceneConfig } from "../support/scene.ts";
import { addressHex, RawClient } from "../support/wire-tools.ts";

const PAGE = "http://127.0.0.1:8067/";
const TOKEN = "0123456789abcdef-of-the-test";
const MARKUP = "<img src=x onerror=document.title=1>";
const CLIENT = "02:00:00:00:00:07";
const STRANGER = "02:00:00:00:00:66";

let scene: Scene;
let daemon: Daemon;
let browser: Browser;
let client: RawClient;
/** The lease of CLIENT. */
let address: string;
/** The file that the page writes reservations to. */
let reservations: string;
/** Why there is nothing to look at. */
let obstacle: string | undefined;

beforeAll(async () => {
  obstacle = mayMakeNetworks ? undefined : "needs root, or root of a user namespace";
  const chromium = await findChromium();
  if (chromium === undefined) obstacle ??= "Debian's chromium cannot be had";
  if (obstacle !== undefined || chromium === undefined) return;
  scene = await Scene.create();
  const file = join(scene.network.directory, "token");
  writeFileSync(file, `${TOKEN}\n`);
  chmodSync(file, 0o600);
  daemon = new Daemon(scene.network, scene.server, { config: "", backend: "udp" });
  reservations = join(dirname(daemon.leaseFile), "dhcpd.reservations");
  writeFileSync(reservations, "");
  // As the package and systemd have it: the directory is the daemon's own.
  const users = readFileSync("/etc/passwd", "utf8");
  const entry = /^_anydhcpd:.*$/m.exec(users)?.[0] ?? /^nobody:.*$/m.exec(users)?.[0] ?? "";
  const [, , uid = "", gid = ""] = entry.split(":");
  await scene.server.run(["chown", "-R", `${uid}:${gid}`, dirname(reservations)]);
  const statements = [`status-page 127.0.0.1:8067`, `status-page-token "${file}"`, `include "${reservations}"`];
  daemon.configure(sceneConfig({ global: `${statements.join(";\n")};` }));
  await daemon.start();
  client = await RawClient.start(scene.client, "eth0");
  browser = await Browser.start(chromium, scene.server);
  await browser.open(PAGE, 390);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await scene?.network.dispose();
});
beforeEach((context) => {
  if (obstacle !== undefined) context.skip(obstacle);
});

/** The text of what a selector finds, as an expression. */
const text = (selector: string): string =>
  `[...document.querySelectorAll(${JSON.stringify(selector)})].map((e) => e.innerText).join("\\n")`;

const has = (selector: string, wanted: string): string => `${text(selector)}.includes(${JSON.stringify(wanted)})`;

/** Presses Tab until a selector's element has the focus. */
async function tabTo(selector: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    if (await browser.ask<boolean>(`document.activeElement?.matches(${JSON.stringify(selector)}) === true`)) return;
    await browser.press("Tab");
  }
  throw new Error(`the focus never comes to ${selector}`);
}

/** What a request of the control protocol is answered by HTTP. */
function post(request: object, headers: readonly string[] = [], type = "application/json") {
  const more = [`Content-Type: ${type}`, ...headers].flatMap((header) => ["-H", header]);
  const words = ["-sS", "-w", "\n%{http_code}", ...more];
  return scene.server.exec(["curl", ...words, "-d", JSON.stringify(request), `${PAGE}control`]);
}

const name = (value: string): readonly [number, string] => [12, Buffer.from(value).toString("hex")];

describe("the status page", () => {
  it("shows a lease that a real client gets, and a client's name as text, whatever markup it is", async () => {
    const udhcpc = await CLIENTS["udhcpc"]?.(scene.network, scene.client);
    const running = udhcpc?.start();
    await running?.waitForLine((line) => line.startsWith("event bound"));
    await browser.shows("the lease", `document.querySelectorAll("#leases tbody tr").length === 1`);
    ({ yiaddr: address } = (await client.lease(CLIENT, { options: [name(MARKUP)] })).message);
    await browser.shows("the name", has("#leases tbody .first", MARKUP));
    expect(await browser.ask("document.querySelectorAll('img').length + document.title")).toBe("0anydhcpd");
    await browser.shows("how many", has("#summary", "2 active leases in 2 subnets"));
  });

  it("names a client that was refused, and why, in words, and explains what it would get", async () => {
    await client.exchange({ message: { type: "REQUEST", chaddr: STRANGER, xid: 7, options: [[50, "0a000005"]] } });
    await browser.shows("the refusal", has("#refused tbody", "Wrong network"));
    expect(await browser.ask(text("#refused tbody"))).toMatch(/02:00:00:00:00:66.*nak-wrong-link.*10\.0\.0\.5/s);
    await browser.ask(`document.querySelector("#refused tbody button").click()`);
    await browser.shows("the explanation", has("#explained pre", "DHCPNAK"));
    const explain = async (options: string): Promise<void> => {
      await browser.ask(`document.querySelector("#explain-options").value = ${JSON.stringify(options)}`);
      await browser.ask(`document.querySelector("#explain form").requestSubmit()`);
    };
    await explain("no-such-option=1");
    await browser.shows("what is wrong", has("#explained", 'There is no option "no-such-option"'));
    await explain("vendor-class-identifier=phone\n12=lamp");
    await browser.shows("the explanation", has("#explained pre", "DHCPNAK"));
  });

  it("says at the top that clients choose another server, and that addresses are out of use", async () => {
    const chosen = [
      [50, "c0a84d96"],
      [54, "c0a84dfe"],
    ] as const;
    await client.exchange({ message: { type: "REQUEST", chaddr: STRANGER, xid: 8, options: chosen }, waitMs: 200 });
    const { yiaddr } = (await client.lease("02:00:00:00:00:09")).message;
    const declined = [
      [50, addressHex(yiaddr)],
      [54, "c0a84d01"],
    ] as const;
    const decline = { type: "DECLINE", chaddr: "02:00:00:00:00:09", xid: 9, options: declined } as const;
    await client.exchange({ message: decline, waitMs: 200 });
    await browser.shows("the other server", has("#notices", "choose another DHCP server, 192.168.77.254"));
    await browser.shows("the conflict", has("#notices", "1 address is abandoned"));
    await browser.ask(`document.querySelector("#notices button").click()`);
    await browser.shows("the address", has("#leases tbody", yiaddr));
  });

  it("is as wide as a telephone without scrolling sideways, and as wide as a desk", async () => {
    const beyond = `[...document.querySelectorAll("body *")].filter((e) => {
      const box = e.getBoundingClientRect();
      return e.checkVisibility() && !e.closest(".hidden, .skip, thead") && (box.right > innerWidth + 1 || box.left < -1);
    }).map((e) => e.outerHTML.slice(0, 90))`;
    for (const width of [360, 390, 760, 761, 1200]) {
      await browser.resize(width);
      expect(await browser.ask(beyond), `${width}`).toEqual([]);
      expect(await browser.ask("document.documentElement.scrollWidth"), `${width}`).toBe(width);
    }
    const folder = process.env["ANYDHCPD_PHOTOGRAPHS"];
    if (folder !== undefined)
      for (const width of [390, 1200])
        for (const dark of [false, true]) {
          await browser.resize(width, 1400);
          await browser.photograph(join(folder, `page-${width}${dark ? "-dark" : ""}.png`), dark);
        }
    await browser.resize(390);
  });

  it("searches on the server, by name, address and hardware address", async () => {
    for (const [search, found] of [
      ["IMG SRC", CLIENT],
      ["02-00-00-00-00-07", CLIENT],
      ["0200.0000.0007", CLIENT],
      ["nothing like this", undefined],
    ]) {
      const set = `(e, v) => { e.value = v; e.dispatchEvent(new Event("input")); }`;
      await browser.ask(`document.querySelector("#search-states").value = "bound"`);
      await browser.ask(`(${set})(document.querySelector("#search-text"), ${JSON.stringify(search)})`);
      const rows = `document.querySelectorAll("#leases tbody tr").length`;
      if (found === undefined)
        await browser.shows("nothing", `${rows} === 0 && ${has("#leases-found", "No lease matches")}`);
      else await browser.shows(search ?? "", `${rows} === 1 && ${has("#leases tbody", found)}`);
    }
  });

  it("makes a lease static and ends one by the keyboard alone, with the token", async () => {
    await browser.open(PAGE, 390);
    await browser.shows("leases", `document.querySelectorAll("#leases tbody tr").length === 2`);
    await tabTo("#search-text");
    await browser.type(CLIENT);
    await browser.shows("the lease", `document.querySelectorAll("#leases tbody tr").length === 1`);
    await tabTo("#leases tbody button[data-action='Make static']");
    await browser.press("Enter");
    await browser.shows("the command", has("#change-command", `anydhcpctl reserve ${CLIENT} ${address}`));
    await tabTo("#change-name");
    await browser.ask("document.activeElement.select()");
    await browser.type("lamp");
    await tabTo("#change-token");
    await browser.type("a-wrong-token-of-some-length");
    await browser.press("Enter");
    await browser.shows("that it is wrong", has("#change-result", "The token is wrong"));
    await browser.ask("document.querySelector('#change-token').select()");
    await tabTo("#change-token");
    await browser.type(TOKEN);
    await browser.press("Enter");
    await browser.shows("that it is done", has("#change-result", "host lamp { hardware ethernet 02:00:00:00:00:07;"));
    await browser.press("Escape");
    await browser.shows("the badge", has("#leases tbody .badge", "reserved"));
    expect(readFileSync(reservations, "utf8")).toMatch(/^host lamp \{ .* \}\n$/);
    await tabTo("#leases tbody button[data-action='Release']");
    await browser.press("Enter");
    await browser.shows("the question", has("#change-text", "ends now"));
    await tabTo("#change-do");
    await browser.press("Enter");
    await browser.shows("that it is done", has("#change-result", "released"));
    await eventually("the lease has ended", async () => readLeases(daemon.leases).get(address)?.state !== "active");
    expect(daemon.log).toContain('"command":"reserve"');
    expect(daemon.log).not.toContain(TOKEN);
  });

  it("has had nothing to complain of: no script, style or picture from elsewhere was asked for", () => {
    expect(browser.complaints.filter((text) => !text.includes("401"))).toEqual([]);
  });
});

describe("requests of the status page", () => {
  const release = { command: "release", address: "192.168.77.120" };
  const bearer = `Authorization: Bearer ${TOKEN}`;

  it("are answered as the control socket answers them, but for those that are not the page's", async () => {
    expect(await post({ command: "status" })).toMatch(/^\{"version":.*\}\n200$/s);
    expect(await post({ command: "lease-page", states: ["bound"], protocol: 1 })).toMatch(/^\{"leases":\[.*\n200$/s);
    for (const other of [
      { command: "reload" },
      { command: "leases" },
      { command: "drain" },
      { command: "status", x: 1 },
      [],
    ])
      expect(await post(other, [bearer])).toMatch(/\n400$/);
  });

  it("change something with the token alone", async () => {
    expect(await post(release)).toBe("this takes the token: the one in the file that status-page-token names\n\n401");
    expect(await post(release, ["Authorization: Basic x"])).toMatch(/\n401$/);
    expect(await post(release, [`${bearer}x`])).toMatch(/\n401$/);
    expect(await post(release, [bearer])).toMatch(/^\{"ok":false,.*\n200$/s);
  });

  it("are refused from a page of somebody else's", async () => {
    expect(await post(release, [bearer, "Origin: http://example.org"])).toMatch(/\n403$/);
    expect(await post(release, [bearer, "Host: rebound.example.org"])).toMatch(/\n403$/);
    expect(await post({ command: "status" }, [], "text/plain")).toMatch(/\n415$/);
  });

  it("that are longer than any is are not read to their end", async () => {
    expect(await post({ command: "status", x: "y".repeat(9000) })).toMatch(/\n413$/);
    expect(await post({ command: "status", x: "y".repeat(90_000) }, ["Transfer-Encoding: chunked"])).toMatch(/\n413$/);
  });

  it("come with headers that keep scripts, frames and caches of others out", async () => {
    const { stdout } = await scene.server.run(["curl", "-sSD-", "-o/dev/null", PAGE]);
    expect(stdout).toMatch(
      /^content-security-policy: default-src 'none'; script-src 'self'; .*frame-ancestors 'none'/im,
    );
    expect(stdout).toMatch(/^x-content-type-options: nosniff/im);
    expect(stdout).toMatch(/^cache-control: no-store/im);
    expect(stdout).not.toMatch(/^access-control-/im);
  });
});
