// The alert rules of etc/prometheus, judged by Prometheus' own promtool: each fires for series that it is for, when they have
// been so for as long as it says, and for no others.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { debianTool } from "../support/debian-packages.ts";

const run = promisify(execFile);
const RULES = fileURLToPath(new URL("../../etc/prometheus/alerts.yml", import.meta.url));
const TEXT = readFileSync(RULES, "utf8");
/** Minutes that a test lasts, a sample each. */
const MINUTES = 90;

/** Series by selector, with promtool's text for their values: "1x90" is 1 all the time, "0+6x90" grows by 6 a minute. */
type Series = Readonly<Record<string, string>>;

/** What a rule is for. */
interface Case {
  readonly fires: Series;
  /** Labels of the alert beside its severity. */
  readonly labels: Readonly<Record<string, string>>;
  /** What it says, with its labels and its value filled in. */
  readonly summary: string;
  /** Minute from which its condition holds; default 0. */
  readonly from?: number;
  /** Series for each of which it is silent all the time. */
  readonly silent: readonly Series[];
}

const at = { instance: "dhcp1:9567", job: "anydhcpd" };
const lan = { ...at, subnet: "192.0.2.0/24", shared_network: "" };
const ofSubnet = { instance: at.instance, subnet: lan.subnet };

function series(name: string, labels: Readonly<Record<string, string>>): string {
  const all = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return `${name}{${all.join(",")}}`;
}

const always = (value: number): string => `${value}x${MINUTES}`;
const growing = (aMinute: number): string => `0+${aMinute}x${MINUTES}`;
/** Wrong for one minute in ten, for less long than anything waits. */
const flickering = (good: number, bad: number): string =>
  Array.from({ length: MINUTES }, (_, minute) => (minute % 10 === 5 ? bad : good)).join(" ");
/** A counter that has grown once, ten minutes after the start. */
const once = `${always(0).replace(`${MINUTES}`, "9")} 1x${MINUTES - 10}`;

function subnet(free: number, abandoned = 0, size = 100): Series {
  return {
    [series("anydhcpd_subnet_size_addresses", lan)]: always(size),
    [series("anydhcpd_subnet_addresses", { ...lan, state: "free" })]: always(free),
    [series("anydhcpd_subnet_addresses", { ...lan, state: "abandoned" })]: always(abandoned),
    [series("anydhcpd_subnet_addresses", { ...lan, state: "bound" })]: always(size - free - abandoned),
  };
}

function commits(fast: number, slow: number): Series {
  const bucket = (le: string): string => series("anydhcpd_commit_duration_seconds_bucket", { ...at, le });
  const [quick, all] = [growing(fast), growing(fast + slow)];
  return { [bucket("0.001")]: quick, [bucket("0.5")]: quick, [bucket("1")]: all, [bucket("+Inf")]: all };
}

const counter = (name: string, values: string, labels = {}): Series => ({
  [series(name, { ...at, ...labels })]: values,
});
const set = { set: "inet dhcp guests" };
const condition = (name: string, values: string): Series =>
  counter("anydhcpd_firewall_set_condition", values, { ...set, condition: name });

const CASES: Readonly<Record<string, Case>> = {
  AnydhcpdDown: {
    fires: counter("up", always(0)),
    labels: at,
    summary: "anydhcpd on dhcp1:9567 does not answer",
    silent: [counter("up", always(1)), counter("up", flickering(1, 0)), counter("up", always(0), { job: "node" })],
  },
  AnydhcpdStoreNotReady: {
    fires: counter("anydhcpd_store_ready", always(0)),
    labels: at,
    summary: "anydhcpd on dhcp1:9567 cannot store leases",
    silent: [counter("anydhcpd_store_ready", always(1)), counter("anydhcpd_store_ready", flickering(1, 0))],
  },
  AnydhcpdListenerAbsent: {
    fires: counter("anydhcpd_listener_present", always(0), { listener: "192.0.2.53 port 67" }),
    labels: { ...at, listener: "192.0.2.53 port 67" },
    summary: "192.0.2.53 port 67 on dhcp1:9567: the address is on no interface",
    silent: [
      counter("anydhcpd_listener_present", always(1), { listener: "192.0.2.53 port 67" }),
      counter("anydhcpd_listener_present", flickering(1, 0), { listener: "192.0.2.53 port 67" }),
    ],
  },
  AnydhcpdSubnetFull: {
    fires: subnet(0),
    labels: ofSubnet,
    summary: "192.0.2.0/24 on dhcp1:9567 has no free address",
    // A subnet without a range has no free address either.
    silent: [subnet(1), subnet(0, 0, 0)],
  },
  AnydhcpdSubnetNearlyFull: {
    fires: subnet(4),
    labels: ofSubnet,
    summary: "192.0.2.0/24 on dhcp1:9567 has 4% of its addresses free",
    silent: [subnet(5), subnet(0, 0, 0)],
  },
  AnydhcpdAddressesAbandoned: {
    fires: subnet(50, 11),
    labels: ofSubnet,
    summary: "192.0.2.0/24 on dhcp1:9567: hosts use addresses that they were not given",
    silent: [subnet(50, 10), subnet(0, 0, 0)],
  },
  AnydhcpdRepliesBlocked: {
    fires: counter("anydhcpd_replies_failed_total", growing(1), { cause: "blocked-by-firewall" }),
    labels: { ...at, cause: "blocked-by-firewall" },
    summary: "this host's firewall drops replies of anydhcpd on dhcp1:9567",
    from: 1,
    silent: [
      counter("anydhcpd_replies_failed_total", always(7), { cause: "blocked-by-firewall" }),
      counter("anydhcpd_replies_failed_total", once, { cause: "blocked-by-firewall" }),
      counter("anydhcpd_replies_failed_total", growing(1), { cause: "no-route" }),
    ],
  },
  AnydhcpdDatagramsLost: {
    fires: counter("anydhcpd_receive_dropped_total", growing(120), { cause: "lost" }),
    labels: { ...at, cause: "lost" },
    summary: "anydhcpd on dhcp1:9567 loses 2 datagrams a second",
    // Until then the rate is less, as a counter that begins with 0 has it.
    from: 3,
    silent: [
      counter("anydhcpd_receive_dropped_total", growing(60), { cause: "lost" }),
      counter("anydhcpd_receive_dropped_total", growing(120), { cause: "own-source" }),
    ],
  },
  AnydhcpdReloadFailed: {
    fires: counter("anydhcpd_config_last_reload_successful", always(0)),
    labels: at,
    summary: "anydhcpd on dhcp1:9567 serves by an old configuration",
    silent: [
      counter("anydhcpd_config_last_reload_successful", always(1)),
      counter("anydhcpd_config_last_reload_successful", flickering(1, 0)),
    ],
  },
  AnydhcpdSlowStore: {
    fires: commits(90, 10),
    labels: { instance: at.instance },
    summary: "the lease store of anydhcpd on dhcp1:9567 takes 950ms for a commit",
    from: 1,
    // And one that nobody commits to.
    silent: [commits(1000, 1), commits(0, 0)],
  },
  AnydhcpdFirewallSet: {
    fires: condition("full", always(1)),
    labels: { ...at, ...set, condition: "full" },
    summary: "the firewall set inet dhcp guests of anydhcpd on dhcp1:9567 is full",
    silent: [
      { ...condition("ok", always(1)), ...condition("full", always(0)) },
      condition("missing", flickering(0, 1)),
    ],
  },
  AnydhcpdHostsFileFailures: {
    fires: counter("anydhcpd_hosts_file_failures_total", growing(1)),
    labels: at,
    summary: "anydhcpd on dhcp1:9567 cannot write its hosts file",
    from: 1,
    // One failure, which the next attempt mended, is over before anybody is told; so in the next rule.
    silent: [
      counter("anydhcpd_hosts_file_failures_total", always(3)),
      counter("anydhcpd_hosts_file_failures_total", once),
    ],
  },
  AnydhcpdDnsUpdateFailures: {
    fires: counter("anydhcpd_dns_update_failures_total", growing(1)),
    labels: at,
    summary: "DNS servers do not take the updates of anydhcpd on dhcp1:9567",
    from: 1,
    silent: [
      counter("anydhcpd_dns_update_failures_total", always(3)),
      counter("anydhcpd_dns_update_failures_total", once),
    ],
  },
  AnydhcpdBug: {
    fires: counter("anydhcpd_incidents_total", once, { kind: "bug" }),
    labels: { ...at, kind: "bug" },
    summary: "anydhcpd on dhcp1:9567 met a mistake of its own",
    from: 10,
    silent: [
      counter("anydhcpd_incidents_total", always(1), { kind: "bug" }),
      counter("anydhcpd_incidents_total", growing(1), { kind: "log-lost" }),
    ],
  },
};

/** What the file says of a rule. */
interface Rule {
  readonly minutes: number;
  readonly severity: string;
  readonly description: string;
}

function ruleOf(name: string): Rule {
  const [, text = ""] = TEXT.split(`- alert: ${name}\n`);
  const [own = ""] = text.split("- alert: ");
  const value = (pattern: RegExp): string => pattern.exec(own)?.[1] ?? "";
  return {
    minutes: Number(value(/^ +for: (\d+)m$/m)),
    severity: value(/^ +labels: \{ severity: (\w+) \}$/m),
    description: value(/^ +description: "(.*)"$/m),
  };
}

interface ExpectedAlert {
  readonly exp_labels: Readonly<Record<string, string>>;
  readonly exp_annotations: Readonly<Record<string, string>>;
}

/** A test of promtool's: what fires at each of the minutes. */
function promtoolTest(name: string, input: Series, expected: ReadonlyMap<number, readonly ExpectedAlert[]>): object {
  return {
    interval: "1m",
    input_series: Object.entries(input).map(([one, values]) => ({ series: one, values })),
    alert_rule_test: [...expected].map(([minute, exp_alerts]) => ({
      ...{ eval_time: `${minute}m`, alertname: name, exp_alerts },
    })),
  };
}

let folder: string;
let promtool: string | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "alert-rules-"));
  promtool = await debianTool("prometheus", "usr/bin/promtool");
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach((context) => {
  if (promtool === undefined) context.skip("Debian's prometheus cannot be had");
});

async function judge(tests: readonly object[]): Promise<string> {
  const file = join(folder, "tests.yml");
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ rule_files: [RULES], evaluation_interval: "1m", tests }));
  try {
    return (await run(promtool ?? "", ["test", "rules", file])).stdout;
  } catch (error) {
    return String((error as { stdout?: string }).stdout) + String((error as { stderr?: string }).stderr);
  }
}

it("is known of each alert when it fires", () => {
  expect([...TEXT.matchAll(/- alert: (\w+)$/gm)].map(([, name]) => name)).toEqual(Object.keys(CASES));
});

it.each(Object.entries(CASES))("%s fires when it has to, and says for what", async (name, one) => {
  const { minutes, severity, description } = ruleOf(name);
  const alert = {
    exp_labels: { ...one.labels, severity },
    exp_annotations: { summary: one.summary, description },
  };
  const first = (one.from ?? 0) + minutes;
  const before = first === 0 ? [] : [[first - 1, []] as const];
  const expected = new Map<number, readonly ExpectedAlert[]>([...before, [first, [alert]], [first + 5, [alert]]]);
  expect(await judge([promtoolTest(name, one.fires, expected)])).toContain("SUCCESS");
});

it.each(Object.entries(CASES))("%s is silent else", async (name, { silent }) => {
  const never = new Map(Array.from({ length: MINUTES }, (_, minute) => [minute, []] as const));
  expect(silent.length).toBeGreaterThan(0);
  expect(await judge(silent.map((input) => promtoolTest(name, input, never)))).toContain("SUCCESS");
});
