// `npm run bench -- --first-offer`: how long a new client on the server's own network waits for its first
// OFFER, with the conflict detection that each server has by default. Unlike the rest of the benchmark this is
// about waiting, not about work: clients come one after another.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "./lab.mjs";
import { percentile, spread } from "./statistics.mjs";

const NEWCOMERS = join(ROOT, "bench", "newcomers.py");
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
/** Hardware addresses of the client that finds out whether the server answers, and of those that count. */
const [PROBE_SERIES, CLIENT_SERIES] = ["1", "2"];
const PROBE_AGAIN_SECONDS = "0.5";

/** Measures one server in the lab; `pauses`: seconds between clients, each with a server that starts anew. */
export async function measureFirstOffers(lab, server, pauses) {
  const results = [];
  for (const pause of pauses) {
    lab.start(server, "direct");
    try {
      const probe = await newcomers(lab, "1", "0", PROBE_SERIES, PROBE_AGAIN_SECONDS);
      if (probe.unanswered > 0) throw new Error(`it does not answer; its log begins:\n${lab.log}`);
      await sleep(SETTLE_MS);
      const clients = server.slowFirstOffer === true ? CLIENTS_OF_SLOW_SERVERS : CLIENTS;
      results.push(summary(pause, await newcomers(lab, String(clients), String(pause), CLIENT_SERIES)));
    } finally {
      await lab.stop();
    }
  }
  return results;
}

async function newcomers(lab, ...args) {
  return JSON.parse(await lab.clients.run(["python3", NEWCOMERS, "eth0", ...args]));
}

function summary(pause, { offers, unanswered, again }) {
  return {
    pause,
    clients: offers.length + unanswered,
    milliseconds: spread(offers),
    p99: offers.length === 0 ? null : percentile(offers, 0.99),
    waited: offers.filter((milliseconds) => milliseconds > AT_ONCE_MS).length,
    unanswered,
    again,
  };
}
