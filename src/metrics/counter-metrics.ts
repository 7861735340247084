// The metrics that are counters of the daemon (anydhcpd(8), COUNTERS) under names of Prometheus' kind: each counter is one
// series of one metric, which is there from the start.

/** A metric that only grows. */
export interface CounterMetric {
  readonly name: string;
  readonly help: string;
  /** The label that tells its series apart; "" of a metric with one series. */
  readonly label: string;
  /** Values of the label with their counters. */
  readonly series: readonly (readonly [value: string, counter: string])[];
}

/** A metric whose series are the counters that begin with `prefix`, by the rest of their names. */
function family(name: string, help: string, label: string, prefix: string, words: string): CounterMetric {
  return { name, help, label, series: words.split(" ").map((word) => [word, prefix + word]) };
}

function single(name: string, help: string, counter: string): CounterMetric {
  return { name, help, label: "", series: [["", counter]] };
}

/** All of them but for the decisions. */
export const COUNTER_METRICS: readonly CounterMetric[] = [
  family(
    ...["anydhcpd_malformed_total", "Datagrams that are no DHCP message, by fault.", "fault", "malformed-"],
    "length op hlen hops cookie options message-type",
  ),
  {
    name: "anydhcpd_receive_dropped_total",
    help: "Datagrams and frames that were dropped before they were decided about, by cause.",
    label: "cause",
    series: [
      ..."lost truncated control-cut own-source bad-source interface-not-served destination-unknown"
        .split(" ")
        .map((word) => [word, `receive-${word}`] as const),
      ["too-long", "truncated"],
      ["drained", "drained"],
      ["behind", "drop-behind"],
      ..."frame-truncated frame-not-ipv4 frame-not-udp frame-fragment frame-length frame-ip-checksum frame-udp-checksum frame-other-interface frame-shed"
        .split(" ")
        .map((word) => [word, word] as const),
    ],
  },
  single("anydhcpd_replies_sent_total", "Replies handed to the kernel.", "sent"),
  {
    name: "anydhcpd_replies_failed_total",
    help: "Replies that did not leave, by cause.",
    label: "cause",
    series: [
      ..."source-gone blocked-by-firewall".split(" ").map((word) => [word, word] as const),
      ..."no-route no-device queue-full failed".split(" ").map((word) => [word, `send-${word}`] as const),
      ..."store-failed store-conflict store-unknown".split(" ").map((word) => [word, `drop-${word}`] as const),
    ],
  },
  family(
    ...["anydhcpd_neighbour_failures_total", "Replies broadcast because no neighbour entry could be set, by cause."],
    ...["cause", "neighbour-", "refused full failed unanswered no-helper"],
  ),
  {
    name: "anydhcpd_address_checks_total",
    help: "Pings to addresses before they are given out, by result.",
    label: "result",
    series: [
      ["free", "address-checked"],
      ["in-use", "address-in-use"],
      ["failed", "echo-failed"],
    ],
  },
  single("anydhcpd_leases_expired_total", "Leases that have ended.", "expired"),
  family(
    ...["anydhcpd_firewall_elements_total", "Changes of elements of firewall sets, by what became of them."],
    ...["outcome", "firewall-", "put removed missing full unsuitable failed unreachable unanswered"],
  ),
  single(...["anydhcpd_firewall_late_total", "Replies whose elements were not confirmed in time."], "firewall-late"),
  single(
    ...["anydhcpd_firewall_held_back_total", "Replies that were not sent because a set did not take the element."],
    "firewall-held-back",
  ),
  single(
    ...["anydhcpd_firewall_restarts_total", "Times that the process that changes firewall sets was started again."],
    "firewall-restarted",
  ),
  single("anydhcpd_store_commits_total", "Commits to the lease store that became durable.", "store-commits"),
  single("anydhcpd_store_leases_written_total", "Leases in these commits.", "store-leases"),
  single("anydhcpd_store_failures_total", "Commits that failed.", "store-failures"),
  single("anydhcpd_store_rewrites_total", "Times that the lease file was written anew.", "store-rewrites"),
  single("anydhcpd_store_rewrite_failures_total", "Times that this failed.", "store-rewrite-failures"),
  family(
    ...["anydhcpd_cluster_events_total", "What happened between this server and the store that it shares."],
    ...["kind", "store-", "conflicts unknown snapshots malformed"],
  ),
  {
    name: "anydhcpd_bulk_leasequeries_total",
    help: "Connections for bulk leasequeries, by what became of them.",
    label: "outcome",
    series: [
      ["taken", "bulk-leasequery"],
      ..."denied too-many gone timeout bad-frame bad-query unexpected-type cut"
        .split(" ")
        .map((word) => [word, `bulk-leasequery-${word}`] as const),
    ],
  },
  family(
    ...["anydhcpd_shield_total", "Messages to port 67 that the kernel shield has seen, by what became of them."],
    ...["outcome", "shield-", "passed hardware-address relay-port relay new-client other"],
  ),
  family(
    ...["anydhcpd_observed_total", "What --observe has seen on the wire, by kind.", "kind", "observe-"],
    "queries heard no-listener bad-source rp-filter firewall queue ip-checksum udp-checksum malformed passing " +
      "forgotten lost foreign-offers foreign-acks foreign-naks foreign-requests",
  ),
  single("anydhcpd_hosts_file_writes_total", "Times that the hosts file was written.", "hosts-file-writes"),
  single("anydhcpd_hosts_file_failures_total", "Times that this failed.", "hosts-file-failures"),
  single(
    "anydhcpd_names_refused_total",
    "Leases and hosts without their name, which another client or host has.",
    "names-refused",
  ),
  single("anydhcpd_dns_updates_total", "Steps of updates of zones that have ended.", "dns-updates"),
  single("anydhcpd_dns_update_failures_total", "Steps that a DNS server did not take.", "dns-update-failures"),
  single("anydhcpd_dns_update_conflicts_total", "Names that have another owner in the zone.", "dns-update-conflicts"),
  single("anydhcpd_event_script_runs_total", "Runs of the event script.", "script-runs"),
  single("anydhcpd_event_script_failures_total", "Those of them that failed.", "script-failures"),
  single(
    "anydhcpd_event_script_losses_total",
    "Times that it fell behind and ran for all leases again.",
    "script-losses",
  ),
  single("anydhcpd_event_script_restarts_total", "Times that its process was started again.", "script-restarts"),
  {
    name: "anydhcpd_incidents_total",
    help: "Things to look at, by kind; anydhcpd(8) explains each.",
    label: "kind",
    series: "agent-information-left-out option-left-out doubled-by-relay identifier-shared listener-failed bug"
      .split(" ")
      .map((word) => [word, word]),
  },
];

/** What became of queries, by every reason that there is. */
export function decisionMetric(reasons: readonly string[]): CounterMetric {
  return {
    name: "anydhcpd_decisions_total",
    help: "Queries by decision; anydhcpd(8) explains each reason.",
    label: "reason",
    series: reasons.map((reason) => [reason, reason]),
  };
}
