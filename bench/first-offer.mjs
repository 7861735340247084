// `npm run bench -- --first-offer`: how long a new client on the server's own network waits for its first
// OFFER, with the conflict detection that each server has by default. Unlike the rest of the benchmark this is
// about waiting, not about work: clients come one after another.

import { setTimeout as sleep } from "node:timers/promises";
import { percentile, spread } from "../dist/compare/statistics.js";

/** Clients where the first OFFER is there at once, and where it takes seconds. */
const CLIENTS = 40;
const CLIENTS_OF_SLOW_SERVERS = 10;
/** What takes no longer has waited for no check. */
const AT_ONCE_MS = 100;
/**
 * From the first answer of a server to the first client counted: it has been up for a while. A check ahead on
 * a link of our own takes nine seconds.
 */
const SETTLE_MS = 12_000;
/** A client asks again after 4 s, 8 s, ... (RFC 2131 section 4.1), three times at most. */
const PATIENCE = { timeoutMs: 4000, tries: 3 };
/** Longer than any of this takes. */
const SECONDS_MAX = 600;

/** Measures one server; `pauses`: seconds between clients, each with a server that starts anew. */
export async function measureFirstOffers(track, entrant, pauses) {
  const results = [];
  for (const pause of pauses) {
    results.push(
      await track.withServer(entrant, "direct", { conflictCheck: true }, async (run) => {
        await sleep(SETTLE_MS);
        const clients = entrant.slowFirstOffer === true ? CLIENTS_OF_SLOW_SERVERS : CLIENTS;
        const [report] = await run.load({
          clients,
          once: true,
          finish: true,
          window: 1,
          pauseMs: pause * 1000,
          offers: true,
          seconds: SECONDS_MAX,
          ...PATIENCE,
        });
        return summary(pause, clients, report);
      }),
    );
  }
  return results;
}

function summary(pause, clients, { offersMicroseconds, retransmissions, lies, lieKinds }) {
  const offers = offersMicroseconds.map((microseconds) => microseconds / 1000);
  return {
    pause,
    clients,
    milliseconds: spread(offers),
    p99: percentile(offers, 0.99) ?? null,
    waited: offers.filter((milliseconds) => milliseconds > AT_ONCE_MS).length,
    unanswered: clients - offers.length,
    again: retransmissions,
    lies,
    lieKinds,
  };
}
