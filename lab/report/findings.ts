// What the figures say about the project's claims, and what the choice of a backend changes. Pure: from a comparison's
// parts to sentences. A verdict needs the agreement of all rounds, three at least: without it, the finding says that
// the figures do not tell.

import type { BackgroundTraffic, DroppedPackets, Finding, Measured, Results, TrafficKind } from "../results.ts";
import { formatCount, formatNumber, formatRatio, formatShare } from "./numbers.ts";
import { compareRounds, median, ROUNDS_TO_COMPARE } from "./statistics.ts";
import { byRound, latencyAt } from "./tables.ts";

const [UDP, BPF] = ["anydhcpd", "anydhcpd-bpf"] as const;
/** The share of one processor at the upper end of the claim about filters. */
const CLAIMED_BEFORE = 0.02;
/** What still counts as nothing: of a bare socket, and of a server, which has timers of its own. */
const NOTHING = 0.001;
const NOTHING_OF_A_SERVER = 0.002;
/** Nanoseconds a packet that a measurement cannot tell from nothing. */
const NOTHING_NANOSECONDS = 20;

/** Places where packets are dropped, as a sentence names them. */
const DROPS_TOLD = [
  ["received-only", "Received and not read"],
  ["xdp-passed", "the same behind the shield's program"],
  ["xdp-native", "the shield in a veth's driver"],
  ["xdp-generic", "behind the driver"],
  ["packet-filter", "a packet socket's filter"],
  ["udp-filter", "a UDP socket's filter"],
  ["server-bpf", "the server with --backend=bpf"],
  ["server-udp", "with udp"],
] as const;

/** All findings that the comparison has figures for. */
export function findingsOf(results: Results): Finding[] {
  const { backgroundTraffic: traffic, droppedPackets } = results;
  return [
    differencesFinding(results),
    ...(traffic === undefined ? [] : [filterFinding(traffic), kernelFinding(traffic), serversFinding(traffic)]),
    droppedPackets === undefined ? undefined : dropsFinding(droppedPackets),
  ].filter((finding) => finding !== undefined);
}

/** What changes with --backend=bpf. */
function differencesFinding(results: Results): Finding | undefined {
  const rows = (results.behaviours ?? []).filter(({ observations }) => observations[UDP] && observations[BPF]);
  const differing = rows.filter(({ observations }) => observations[UDP]?.text !== observations[BPF]?.text);
  const parts = differing.map(
    ({ question, observations }) =>
      `${lowerFirst(question)}: udp ${observations[UDP]?.text ?? ""}, bpf ${observations[BPF]?.text ?? ""}`,
  );
  if (rows.length > 0)
    parts.push(
      differing.length === 0
        ? `all ${rows.length} behaviours are the same`
        : `${rows.length - differing.length} of ${rows.length} behaviours are the same`,
    );
  for (const plan of results.plans) {
    const { title, measure } = plan;
    const figureOf = (run: Measured): number | undefined =>
      measure === "speed" ? run.perSecond : latencyAt([run], "p50");
    const ratio = compareRounds(byRound(results, plan, BPF, figureOf), byRound(results, plan, UDP, figureOf));
    if (ratio === "unknown") continue;
    const what = measure === "speed" ? "the exchanges per second" : "the time of an exchange";
    parts.push(`${lowerFirst(title)}: ${formatRatio(ratio)} ${ratio === "unclear" ? "in " : ""}${what}`);
  }
  if (parts.length === 0) return undefined;
  return {
    claim: "What --backend=bpf changes against udp.",
    verdict: "observed",
    figures: `${capital(parts.join("; "))}.`,
  };
}

/** Whether a filter takes a packet socket's use of CPU under unrelated traffic from 2 % to nothing. */
function filterFinding(traffic: BackgroundTraffic): Finding {
  const claim = "A filter in the kernel takes a packet socket's CPU use under unrelated traffic from 2 % to 0 %.";
  const share = (listener: string, kind: TrafficKind["id"]): number => shareOf(traffic, listener, kind);
  const [open, filtered, udp] = ["socket-open", "socket-filtered", "socket-udp"];
  if (Number.isNaN(share(open, "ports")) || Number.isNaN(share(filtered, "ports"))) {
    return { claim, verdict: "not measured", figures: "There are no figures of both sockets." };
  }
  const kinds = traffic.kinds.filter(({ aimedAt }) => aimedAt > 0);
  const figures = kinds.map(
    ({ id, title }) =>
      `${title}: ${formatShare(share(open, id))} without a filter, ${formatShare(share(filtered, id))} with it, ${formatShare(share(udp, id))} for a UDP socket`,
  );
  const isGone = agreed(kinds.map(({ id }) => agreement(sharesOf(traffic, filtered, id), (left) => left <= NOTHING)));
  const wasThere = agreement(sharesOf(traffic, open, "ports"), (before) => before >= CLAIMED_BEFORE);
  return {
    claim,
    verdict: verdictOf(isGone, wasThere),
    figures: `${figures.join("; ")}.${twoPercent(traffic)}`,
  };
}

/** The verdict on a claim of two parts. */
function verdictOf(...parts: readonly (boolean | undefined)[]): Finding["verdict"] {
  if (parts.includes(undefined)) return "untold";
  return parts.every(Boolean) ? "reproduced" : parts.some(Boolean) ? "partly" : "refuted";
}

/** What all rounds say to a question; undefined where they disagree, or are too few. */
function agreement(rounds: readonly number[], holds: (value: number) => boolean): boolean | undefined {
  if (rounds.length < ROUNDS_TO_COMPARE) return undefined;
  const [first] = rounds.map(holds);
  return rounds.every((value) => holds(value) === first) ? first : undefined;
}

/** Whether all of several things hold: false if one surely does not, undefined if one is unknown. */
function agreed(parts: readonly (boolean | undefined)[]): boolean | undefined {
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}

/** How much traffic costs 2 %, read off the line between the two measured rates around it. */
function twoPercent(traffic: BackgroundTraffic): string {
  const points = traffic.kinds
    .filter(({ id }) => id !== "forwarded")
    .map(({ id, aimedAt }) => ({ rate: aimedAt, share: shareOf(traffic, "socket-open", id) }))
    .filter(({ share }) => Number.isFinite(share));
  for (const [index, { rate, share }] of points.entries()) {
    const before = points[index - 1];
    if (before === undefined || share < CLAIMED_BEFORE || before.share >= CLAIMED_BEFORE) continue;
    const at = before.rate + ((rate - before.rate) * (CLAIMED_BEFORE - before.share)) / (share - before.share);
    return ` 2 % is what about ${formatCount(Number(at.toPrecision(2)))} packets a second cost here without a filter.`;
  }
  return "";
}

/** The cost that no process is charged for. */
function kernelFinding(traffic: BackgroundTraffic): Finding | undefined {
  const roundsOf = (id: string): readonly number[] =>
    traffic.listeners.find((listener) => listener.id === id)?.packetNanoseconds ?? [];
  const cost = (id: string): number => median(roundsOf(id));
  const rounds = roundsOf("socket-none");
  const none = median(rounds);
  const [open, filtered, udp] = [cost("socket-open"), cost("socket-filtered"), cost("socket-udp")].map(
    (nanoseconds) => nanoseconds - none,
  );
  if (open === undefined || filtered === undefined || udp === undefined || !Number.isFinite(open + filtered + udp)) {
    return undefined;
  }
  const more = (id: string): readonly number[] =>
    roundsOf(id).flatMap((nanoseconds, round) => {
      const without = rounds[round];
      return without === undefined ? [] : [nanoseconds - without];
    });
  const costsNothing = agreement(more("socket-filtered"), (value) => Math.abs(value) <= NOTHING_NANOSECONDS);
  // More in every round, by more than the rounds without a listener differ: then it is a cost, not chance.
  const isCost = agreement(more("socket-filtered"), (value) => value > NOTHING_NANOSECONDS + widthOf(rounds));
  const isLess = compareRounds(roundsOf("socket-filtered"), roundsOf("socket-open"));
  const tell = (more: number): string => `${more < 0 ? "−" : "+"}${formatNumber(Math.abs(more))} ns`;
  return {
    claim: "With a filter, unrelated traffic costs nothing at all.",
    verdict:
      costsNothing === true
        ? "reproduced"
        : isCost !== true
          ? "untold"
          : typeof isLess === "number" && isLess < 1
            ? "partly"
            : "refuted",
    figures: `No process is charged for it, but the kernel runs the filter: one unwanted packet takes ${formatNumber(none)} ns from sender to nobody (rounds: ${formatNumber(Math.min(...rounds))} to ${formatNumber(Math.max(...rounds))}); ${tell(filtered)} past a packet socket with the filter, ${tell(open)} past one without, ${tell(udp)} beside a UDP socket.`,
  };
}

/** Whether unrelated traffic costs our server's process anything. */
function serversFinding(traffic: BackgroundTraffic): Finding | undefined {
  const [udp, bpf] = [UDP, BPF].map((id) => ({
    silence: shareOf(traffic, id, "silence"),
    ports: shareOf(traffic, id, "ports"),
    forwarded: shareOf(traffic, id, "forwarded"),
  }));
  if (udp === undefined || bpf === undefined || Number.isNaN(udp.ports) || Number.isNaN(bpf.ports)) return undefined;
  const costsNothing = agreed(
    [UDP, BPF].map((id) => {
      const silence = sharesOf(traffic, id, "silence");
      const kinds = (["ports", "forwarded"] as const).map((kind) => sharesOf(traffic, id, kind));
      const more = silence.map((share, round) => Math.max(...kinds.map((kind) => kind[round] ?? 0)) - share);
      return agreement(more, (value) => value <= NOTHING_OF_A_SERVER);
    }),
  );
  const tell = (of: typeof udp): string =>
    `${formatShare(of.silence)} in silence, ${formatShare(of.ports)} with traffic to other ports, ${formatShare(of.forwarded)} with forwarded traffic`;
  return {
    claim: "Unrelated traffic costs the server's process nothing, whichever backend it uses.",
    verdict: verdictOf(costsNothing),
    figures: `udp: ${tell(udp)}; bpf: ${tell(bpf)}.`,
  };
}

/** Whether a packet costs less where it is dropped earlier. */
function dropsFinding({ places }: DroppedPackets): Finding | undefined {
  const roundsOf = (id: string): readonly number[] => places.find((place) => place.id === id)?.nanoseconds ?? [];
  const isLess = (earlier: string, later: string): boolean | undefined => {
    const others = roundsOf(later);
    const more = roundsOf(earlier).map((value, round) => (others[round] ?? Number.NaN) - value);
    return agreement(more.filter(Number.isFinite), (value) => value > 0);
  };
  const steps = [
    isLess("xdp-native", "udp-filter"),
    isLess("xdp-generic", "udp-filter"),
    isLess("packet-filter", "server-bpf"),
    isLess("udp-filter", "server-udp"),
  ];
  const told = DROPS_TOLD.map(([id, name]) => [name, median(roundsOf(id))] as const).filter(([, value]) =>
    Number.isFinite(value),
  );
  if (told.length === 0) return undefined;
  const figures = told.map(([name, value]) => `${name} ${formatNumber(value)} ns`).join(", ");
  return {
    claim: "A packet costs less the earlier it is dropped.",
    verdict: verdictOf(...steps),
    figures: `${figures}.`,
  };
}

function shareOf(traffic: BackgroundTraffic, listener: string, kind: TrafficKind["id"]): number {
  return median(sharesOf(traffic, listener, kind));
}

/** The share in each round. */
function sharesOf(traffic: BackgroundTraffic, listener: string, kind: TrafficKind["id"]): readonly number[] {
  const runs = traffic.listeners.find(({ id }) => id === listener)?.runs[kind] ?? [];
  return runs.map((run) => run.cpuShare);
}

function widthOf(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
