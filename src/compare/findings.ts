// What the figures say about claims that are made. Pure: from a comparison's parts to sentences.

import type { Comparison, Finding, Noise, NoiseKind } from "./comparison.ts";
import { formatCount, formatNumber, formatShare } from "./numbers.ts";
import { median } from "./rounds.ts";

/** Of one processor: the two ends of the claim. */
const CLAIMED_BEFORE = 0.02;
/** What still counts as nothing. */
const NOTHING = 0.001;

/** All findings that the comparison has figures for. */
export function findingsOf(comparison: Comparison): readonly Finding[] {
  const found: Finding[] = [];
  if (comparison.noise !== undefined) {
    found.push(filterFinding(comparison.noise));
    const backends = backendsFinding(comparison.noise);
    if (backends !== undefined) found.push(backends);
  }
  return found;
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
    figures: `${figures.join("; ")}. ${twoPercent(noise)}${kernelShare(noise)}`,
  };
}

/** How much traffic costs 2 %, read off the line between the two lightest kinds that were measured. */
function twoPercent(noise: Noise): string {
  const points = noise.kinds
    .filter(({ id }) => id !== "forwarded")
    .map(({ id, aimedAt }) => ({ rate: aimedAt, share: shareOf(noise, "socket-open", id) }))
    .filter(({ share }) => Number.isFinite(share));
  for (const [index, { rate, share }] of points.entries()) {
    const before = points[index - 1];
    if (before === undefined || share < CLAIMED_BEFORE || before.share >= CLAIMED_BEFORE) continue;
    const at = before.rate + ((rate - before.rate) * (CLAIMED_BEFORE - before.share)) / (share - before.share);
    return `2 % is what about ${formatCount(Number(at.toPrecision(2)))} packets a second cost here without a filter. `;
  }
  return "";
}

/** What the filter costs where no process is charged for it. */
function kernelShare(noise: Noise): string {
  const cost = (id: string): number =>
    median(noise.listeners.find((listener) => listener.id === id)?.packetNanoseconds ?? []);
  const none = cost("socket-none");
  if (!Number.isFinite(none)) return "";
  const more = (id: string): string => `${formatNumber(Math.max(0, cost(id) - none))} ns`;
  return `No process is charged for the rest: a packet that nobody wants takes the kernel ${formatNumber(none)} ns more or less on its way in, and ${more("socket-filtered")} more past a socket with the filter, ${more("socket-open")} more past one without, ${more("socket-udp")} more beside a UDP socket.`;
}

/** Whether the bpf backend costs more than the udp one while nobody asks. */
function backendsFinding(noise: Noise): Finding | undefined {
  const [udp, bpf] = (["anydhcpd-udp", "anydhcpd-bpf"] as const).map((id) => ({
    silence: shareOf(noise, id, "silence"),
    ports: shareOf(noise, id, "ports"),
    forwarded: shareOf(noise, id, "forwarded"),
  }));
  if (udp === undefined || bpf === undefined || Number.isNaN(udp.ports) || Number.isNaN(bpf.ports)) return undefined;
  const worst = Math.max(bpf.ports - bpf.silence, bpf.forwarded - bpf.silence);
  const tell = (of: { silence: number; ports: number; forwarded: number }): string =>
    `${formatShare(of.silence)} in silence, ${formatShare(of.ports)} and ${formatShare(of.forwarded)} under it`;
  return {
    claim: "Unrelated traffic costs the server's process nothing, whichever backend it uses.",
    verdict: worst <= NOTHING && udp.ports - udp.silence <= NOTHING ? "reproduced" : "refuted",
    figures: `udp ${tell(udp)}; bpf ${tell(bpf)}.`,
  };
}

function shareOf(noise: Noise, listener: string, kind: NoiseKind["id"]): number {
  const runs = noise.listeners.find(({ id }) => id === listener)?.runs[kind] ?? [];
  return median(runs.map((run) => run.cpuShare));
}
