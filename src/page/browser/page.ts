// The status page: joins its parts, and asks the server every few seconds while the page is visible.

import { Changes } from "./changes.ts";
import { byId, tellMoments } from "./elements.ts";
import { ExplainForm } from "./explain.ts";
import { Leases } from "./leases.ts";
import { Overview } from "./overview.ts";
import { ask, Refused } from "./server.ts";

const REFRESH_MS = 5000;

const trouble = byId("trouble", HTMLElement);
const updated = byId("updated", HTMLElement);

function fail(error: unknown): void {
  const reason = error instanceof Refused ? error.message : "the server does not answer";
  trouble.textContent = `What is shown may be out of date: ${reason}. The page tries again every ${REFRESH_MS / 1000} seconds.`;
  trouble.hidden = false;
}

const explainForm = new ExplainForm();
const changes = new Changes(() => void refresh());
const leases = new Leases({
  explain: (address) => explainForm.explainAddress(address),
  reserve: (lease) => changes.reserve(lease),
  release: (lease) => changes.release(lease),
  failed: fail,
});
const overview = new Overview({
  showAbandoned: () => leases.showOnly("abandoned"),
  explainRefused: (client) => explainForm.explainRefused(client),
});

async function refresh(): Promise<void> {
  try {
    const [status, health, refused] = await Promise.all([
      ask({ command: "status" }),
      ask({ command: "health" }),
      ask({ command: "refused" }),
      leases.refresh(),
    ]);
    overview.show(status, health, refused);
    tellMoments();
    trouble.hidden = true;
    updated.textContent = `as of ${new Date().toLocaleTimeString()}`;
  } catch (error) {
    fail(error);
  }
}

let timer = 0;

/** A hidden page needs no refresh. */
async function follow(): Promise<void> {
  clearTimeout(timer);
  if (document.visibilityState !== "visible") return;
  await refresh();
  clearTimeout(timer);
  timer = setTimeout(() => void follow(), REFRESH_MS);
}

document.addEventListener("visibilitychange", () => void follow());
void follow();
