// `npm run bench -- --first-offer`: how long a new client waits for its first OFFER, with the conflict detection that
// each server has by default: soon after a start, with one link and with many, one client after another and all at once.
// Unlike the rest of the benchmark this is about waiting, not about work.

import { setTimeout as sleep } from "node:timers/promises";
import { percentile, spread } from "./build/js/lab/statistics.js";
import { LINKS, ordersOfLink } from "./track.mjs";

/** What takes no longer has waited for no check. */
const AT_ONCE_MS = 100;
/** From a server's word that it serves to its first client. */
const AFTER_START_MS = 1200;
/** Until a server has been up for a while. */
const SETTLE_MS = 12_000;
/** A client asks again after 4 s, 8 s, ... (RFC 2131 section 4.1), three times at most. */
const PATIENCE = { timeoutMs: 4000, tries: 3 };
/** Longer than any of this takes. */
const SECONDS_MAX = 600;
/** Starts of a server for one figure; of one where an OFFER takes seconds, one start and so many clients. */
const STARTS = 3;
const CLIENTS_OF_SLOW_SERVERS = 10;

/**
 * `waitMs`: from the start to the first client; `loads`: the clients of one start, as orders for one load after another;
 * `isAtOnce`: a slow server is given all of them, too.
 */
export const SITUATIONS = [
  {
    title: "1.2 s after a start, 1 subnet, one client after another",
    scene: "direct",
    waitMs: AFTER_START_MS,
    loads: () => [{ clients: 100, window: 1 }],
  },
  {
    title: "1.2 s after a start, 50 subnets, one client after another on each",
    scene: "links",
    waitMs: AFTER_START_MS,
    loads: () =>
      Array.from({ length: LINKS }, (_, i) => ({ ...ordersOfLink(i), series: i + 3, clients: 2, window: 1 })),
  },
  {
    title: "1.2 s after a start, 1 subnet, 200 clients at once",
    scene: "direct",
    waitMs: AFTER_START_MS,
    loads: () => [{ clients: 200, window: 200 }],
    isAtOnce: true,
  },
  {
    title: "1.2 s after a start, 1 subnet behind a relay, one client after another",
    scene: "relayed",
    waitMs: AFTER_START_MS,
    loads: () => [{ clients: 100, window: 1 }],
  },
  {
    title: "after 12 s, 1 subnet, a client half a second after the other",
    scene: "direct",
    waitMs: SETTLE_MS,
    loads: () => [{ clients: 20, window: 1, pauseMs: 500 }],
  },
];

/** Measures one server in one situation. */
export async function measureFirstOffers(track, entrant, { title, scene, waitMs, loads, isAtOnce = false }) {
  const isSlow = entrant.slowFirstOffer === true && !isAtOnce;
  const reports = [];
  let clients = 0;
  for (let start = 0; start < (isSlow ? 1 : STARTS); start++) {
    await track.withServer(entrant, scene, { conflictCheck: true, isFresh: true }, async (run) => {
      await sleep(waitMs);
      for (const orders of loads()) {
        const wanted = Math.min(orders.clients, isSlow ? CLIENTS_OF_SLOW_SERVERS - clients : orders.clients);
        if (wanted <= 0) break;
        clients += wanted;
        reports.push(...(await run.load({ ...COMMON, ...orders, clients: wanted })));
      }
    });
  }
  return { title, clients, ...summary(clients, reports) };
}

const COMMON = { once: true, finish: true, offers: true, seconds: SECONDS_MAX, ...PATIENCE };

function summary(clients, reports) {
  const offers = reports.flatMap(({ offersMicroseconds }) => offersMicroseconds.map((time) => time / 1000));
  const sum = (of) => reports.reduce((total, report) => total + of(report), 0);
  return {
    milliseconds: spread(offers),
    p99: percentile(offers, 0.99) ?? null,
    waited: offers.filter((milliseconds) => milliseconds > AT_ONCE_MS).length,
    unanswered: clients - offers.length,
    again: sum(({ retransmissions }) => retransmissions),
    invalidReplies: sum(({ invalidReplies }) => invalidReplies),
  };
}
