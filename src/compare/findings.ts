// What the figures say about claims that are made, and what the choice of a backend changes. Pure: from a
// comparison's parts to sentences.

import type { Comparison, Finding, LoadRun, Noise, NoiseKind } from "./comparison.ts";
import { formatCount, formatNumber, formatRatio, formatShare } from "./numbers.ts";
import { median, medianRatio } from "./rounds.ts";
import { byRound, latencyAt } from "./tables.ts";

const [UDP, BPF] = ["anydhcpd-udp", "anydhcpd-bpf"] as const;
/** Of one processor: the upper end of the claim about filters. */
const CLAIMED_BEFORE = 0.02;
/** What still counts as nothing: of a bare socket, and of a server, which has timers of its own. */
const NOTHING = 0.001;
const NOTHING_OF_A_SERVER = 0.002;
/** Nanoseconds a packet that a measurement cannot tell from nothing. */
const NOTHING_NANOSECONDS = 20;

/** All findings that the comparison has figures for. */
export function findingsOf(comparison: Comparison): readonly Finding[] {
  const { noise } = comparison;
  return [
    differencesFinding(comparison),
    ...(noise === undefined ? [] : [filterFinding(noise), kernelFinding(noise), serversFinding(noise)]),
  ].filter((finding) => finding !== undefined);
}

/** What changes with --backend=bpf. */
function differencesFinding(comparison: Comparison): Finding | undefined {
  const rows = comparison.behaviours.filter(({ observations }) => observations[UDP] && observations[BPF]);
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
  for (const { title, measure, runs } of comparison.loads) {
    const figureOf = (run: LoadRun): number => (measure === "speed" ? run.exchangesPerSecond : latencyAt([run], 0.5));
    const ratio = medianRatio(byRound(comparison, runs[BPF], figureOf), byRound(comparison, runs[UDP], figureOf));
    if (Number.isNaN(ratio)) continue;
    const what = measure === "speed" ? "the exchanges per second" : "the time of an exchange";
    parts.push(`${lowerFirst(title)}: ${formatRatio(ratio)} ${what}`);
  }
  if (parts.length === 0) return undefined;
  return {
    claim: "What --backend=bpf changes against udp.",
    verdict: "observed",
    figures: `${capital(parts.join("; "))}.`,
  };
}

/** Whether a filter takes a packet socket's use of CPU under unrelated traffic from 2 % to nothing. */
function filterFinding(noise: Noise): Finding {
  const claim = "A filter in the kernel takes a packet socket's CPU use under unrelated traffic from 2 % to 0 %.";
  const share = (listener: string, kind: NoiseKind["id"]): number => shareOf(noise, listener, kind);
  const [open, filtered, udp] = ["socket-open", "socket-filtered", "socket-udp"];
  if (Number.isNaN(share(open, "ports")) || Number.isNaN(share(filtered, "ports"))) {
    return { claim, verdict: "not measured", figures: "There are no figures of both sockets." };
  }
  const kinds = noise.kinds.filter(({ aimedAt }) => aimedAt > 0);
  const figures = kinds.map(
    ({ id, title }) =>
      `${title}: ${formatShare(share(open, id))} without a filter, ${formatShare(share(filtered, id))} with it, ${formatShare(share(udp, id))} for a UDP socket`,
  );
  const isGone = kinds.every(({ id }) => share(filtered, id) <= NOTHING);
  const wasThere = share(open, "ports") >= CLAIMED_BEFORE;
  return {
    claim,
    verdict: isGone && wasThere ? "reproduced" : isGone || wasThere ? "partly" : "refuted",
    figures: `${figures.join("; ")}.${twoPercent(noise)}`,
  };
}

/** How much traffic costs 2 %, read off the line between the two measured rates around it. */
function twoPercent(noise: Noise): string {
  const points = noise.kinds
    .filter(({ id }) => id !== "forwarded")
    .map(({ id, aimedAt }) => ({ rate: aimedAt, share: shareOf(noise, "socket-open", id) }))
    .filter(({ share }) => Number.isFinite(share));
  for (const [index, { rate, share }] of points.entries()) {
    const before = points[index - 1];
    if (before === undefined || share < CLAIMED_BEFORE || before.share >= CLAIMED_BEFORE) continue;
    const at = before.rate + ((rate - before.rate) * (CLAIMED_BEFORE - before.share)) / (share - before.share);
    return ` 2 % is what about ${formatCount(Number(at.toPrecision(2)))} packets a second cost here without a filter.`;
  }
  return "";
}

/** What is left where no process is charged for it. */
function kernelFinding(noise: Noise): Finding | undefined {
  const roundsOf = (id: string): readonly number[] =>
    noise.listeners.find((listener) => listener.id === id)?.packetNanoseconds ?? [];
  const cost = (id: string): number => median(roundsOf(id));
  const rounds = roundsOf("socket-none");
  const none = median(rounds);
  const [open, filtered, udp] = [cost("socket-open"), cost("socket-filtered"), cost("socket-udp")].map(
    (nanoseconds) => nanoseconds - none,
  );
  if (open === undefined || filtered === undefined || udp === undefined || !Number.isFinite(open + filtered + udp)) {
    return undefined;
  }
  const tell = (more: number): string => `${more < 0 ? "−" : "+"}${formatNumber(Math.abs(more))} ns`;
  return {
    claim: "With a filter, unrelated traffic costs nothing at all.",
    verdict: filtered <= NOTHING_NANOSECONDS ? "reproduced" : filtered < open ? "partly" : "refuted",
    figures: `No process is charged for it, but the kernel runs the filter: one unwanted packet takes ${formatNumber(none)} ns from sender to nobody (rounds: ${formatNumber(Math.min(...rounds))} to ${formatNumber(Math.max(...rounds))}), ${tell(filtered)} past a packet socket with the filter, ${tell(open)} past one without, ${tell(udp)} beside a UDP socket.`,
  };
}

/** Whether unrelated traffic costs our server's process anything. */
function serversFinding(noise: Noise): Finding | undefined {
  const [udp, bpf] = [UDP, BPF].map((id) => ({
    silence: shareOf(noise, id, "silence"),
    ports: shareOf(noise, id, "ports"),
    forwarded: shareOf(noise, id, "forwarded"),
  }));
  if (udp === undefined || bpf === undefined || Number.isNaN(udp.ports) || Number.isNaN(bpf.ports)) return undefined;
  const more = ({ silence, ports, forwarded }: typeof udp): number => Math.max(ports, forwarded) - silence;
  const tell = (of: typeof udp): string =>
    `${formatShare(of.silence)} in silence, ${formatShare(of.ports)} with traffic to other ports, ${formatShare(of.forwarded)} with forwarded traffic`;
  return {
    claim: "Unrelated traffic costs the server's process nothing, whichever backend it uses.",
    verdict: Math.max(more(udp), more(bpf)) <= NOTHING_OF_A_SERVER ? "reproduced" : "refuted",
    figures: `udp: ${tell(udp)}; bpf: ${tell(bpf)}.`,
  };
}

function shareOf(noise: Noise, listener: string, kind: NoiseKind["id"]): number {
  const runs = noise.listeners.find(({ id }) => id === listener)?.runs[kind] ?? [];
  return median(runs.map((run) => run.cpuShare));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
