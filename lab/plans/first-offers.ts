// How long a new client waits for its first OFFER, with the conflict detection that each server has by default: soon
// after a start, with one link and with many, one client after another and all at once. This is about waiting, not about
// work.

import { setTimeout as sleep } from "node:timers/promises";
import type { LoadOrders, LoadReport } from "../network/load.ts";
import { LINKS, ordersOf, type Scene } from "../network/network.ts";
import { formatRange } from "../report/numbers.ts";
import { percentile, spread } from "../report/statistics.ts";
import type { FirstOffer } from "../results.ts";
import type { Plan, Run } from "../run.ts";
import type { ListedServer } from "../servers/list.ts";

/** What takes no longer has waited for no check. */
const AT_ONCE_MS = 100;
/** From a server's word that it serves to its first client. */
const AFTER_START_MS = 1200;
/** Until a server has been up for a while. */
const SETTLE_MS = 12_000;
/** A client asks again after 4 s, 8 s, ... (RFC 2131 section 4.1), three times at most; longer than any of this takes. */
const PATIENCE = { timeoutMs: 4000, tries: 3, seconds: 600 };
/** Starts of a server for one figure; of one where an OFFER takes seconds, one start and so many clients. */
const STARTS = 3;
const CLIENTS_OF_SLOW_SERVERS = 10;

/** One situation. */
interface Situation {
  readonly id: string;
  readonly title: string;
  readonly scene: Scene;
  /** From the start to the first client. */
  readonly waitMs: number;
  /** The clients of one start, as orders for one load after another. */
  readonly loads: readonly (Partial<LoadOrders> & { readonly clients: number })[];
  /** Whether a slow server is given all of them, too. */
  readonly isAtOnce?: boolean;
}

const SITUATIONS: readonly Situation[] = [
  {
    id: "one-link",
    title: "1.2 s after a start, 1 subnet, one client after another",
    scene: "direct",
    waitMs: AFTER_START_MS,
    loads: [{ clients: 100, window: 1 }],
  },
  {
    id: "many-links",
    title: "1.2 s after a start, 50 subnets, one client after another on each",
    scene: "links",
    waitMs: AFTER_START_MS,
    loads: Array.from({ length: LINKS }, (_, link) => ({
      ...ordersOf("links", link),
      series: link + 3,
      clients: 2,
      window: 1,
    })),
  },
  {
    id: "at-once",
    title: "1.2 s after a start, 1 subnet, 200 clients at once",
    scene: "direct",
    waitMs: AFTER_START_MS,
    loads: [{ clients: 200, window: 200 }],
    isAtOnce: true,
  },
  {
    id: "relay",
    title: "1.2 s after a start, 1 subnet behind a relay, one client after another",
    scene: "relayed",
    waitMs: AFTER_START_MS,
    loads: [{ clients: 100, window: 1 }],
  },
  {
    id: "settled",
    title: "after 12 s, 1 subnet, a client half a second after the other",
    scene: "direct",
    waitMs: SETTLE_MS,
    loads: [{ clients: 20, window: 1, pauseMs: 500 }],
  },
];

/** First OFFERs, a plan a situation. */
export const FIRST_OFFERS: readonly Plan[] = SITUATIONS.map((situation) => ({
  id: situation.id,
  title: situation.title,
  isOnce: true,
  tasks: (run) =>
    run.servers
      .filter(({ conflicts }) => conflicts !== undefined)
      .map((server) => ({
        title: server.id,
        work: async () => {
          const measured = await measureFirstOffers(run, server, situation);
          run.results.firstOffers = [...(run.results.firstOffers ?? []), measured];
          return `${formatRange(measured.milliseconds)} ms`;
        },
      })),
}));

async function measureFirstOffers(run: Run, server: ListedServer, situation: Situation): Promise<FirstOffer> {
  const isSlow = server.isSlowToOffer === true && situation.isAtOnce !== true;
  const starts = isSlow || run.options.settings.quick === true ? 1 : STARTS;
  const reports: LoadReport[] = [];
  let clients = 0;
  const track = await run.track();
  for (let start = 0; start < starts; start++) {
    await track.withServer(server, situation.scene, { conflictCheck: true, isFresh: true }, async (loaded) => {
      await sleep(situation.waitMs);
      for (const orders of situation.loads) {
        const wanted = Math.min(orders.clients, isSlow ? CLIENTS_OF_SLOW_SERVERS - clients : orders.clients);
        if (wanted <= 0) break;
        clients += wanted;
        const common = { once: true, finish: true, offers: true, ...PATIENCE };
        reports.push(...(await loaded.load({ ...common, ...orders, clients: wanted })));
      }
    });
  }
  const offers = reports.flatMap(({ offersMicroseconds = [] }) => offersMicroseconds.map((time) => time / 1000));
  const sum = (of: (report: LoadReport) => number): number => reports.reduce((total, one) => total + of(one), 0);
  return {
    server: server.id,
    situation: situation.title,
    clients,
    milliseconds: spread(offers),
    p99: percentile(offers, 0.99) ?? null,
    waited: offers.filter((milliseconds) => milliseconds > AT_ONCE_MS).length,
    unanswered: clients - offers.length,
    again: sum(({ retransmissions }) => retransmissions),
    invalidReplies: sum(({ invalidReplies }) => invalidReplies),
  };
}
