// Load on servers, as plans of a run: each kind of load, latency at half load, and the run that counts calls.

import type { LoadedServer } from "../network/track.ts";
import type { Measurement } from "../results.ts";
import type { Plan, Run, Task } from "../run.ts";
import type { ListedServer } from "../servers/list.ts";
import { LOAD_PLANS, type LoadPlan, type LoadSettings, openLoop, RELAYED, warmUp } from "./load-plans.ts";

/** Seconds that starting and ending a server take, for an estimate. */
const START_SECONDS = 1;
/** Length of the measurements while calls are counted. */
const COUNTING_SECONDS = 1;

/** Servers that are given half the load which the slowest of them can carry, and their latency compared. */
const HALF_LOAD = [
  ["anydhcpd", "anydhcpd-bpf", "baseline-echo-journal"],
  ["anydhcpd-unsynced", "baseline-echo"],
];

const HALF: Plan = {
  id: "half-load",
  title: "latency at half the rate that the slower of ours and the baseline reached in the same round",
  estimate: (run) => 3 * lengths(run).warmup + lengths(run).seconds + START_SECONDS,
  tasks: (run) => HALF_LOAD.flatMap((group) => halfLoad(run, group)),
};

const COUNTING: Plan = {
  id: "counting",
  title: "syncs and instructions for an exchange",
  isOnce: true,
  estimate: (run) => RELAYED.estimate({ ...lengths(run), seconds: COUNTING_SECONDS }) + START_SECONDS,
  tasks: (run) =>
    run.servers.map((server) => ({
      title: server.id,
      work: async () => {
        const seconds = Math.min(COUNTING_SECONDS, lengths(run).seconds);
        const settings = { ...lengths(run), seconds };
        const counted = await (await run.track()).withServer(server, RELAYED.scene, {}, (loaded) =>
          loaded.count(RELAYED.orders(settings, loaded.clients)),
        );
        for (const [at, figures] of counted.entries()) run.keep(server.id, RELAYED.names[at] ?? "", figures);
        return counted.map(({ syncsPer1000 }) => `${syncsPer1000?.toFixed(1)} syncs for 1,000`).join(", ");
      },
    })),
};

/** All kinds of load, as plans. */
export const LOADS: readonly (Plan & { readonly usual: LoadPlan["usual"] })[] = [
  { ...planOf(RELAYED), usual: "bench" },
  { ...HALF, usual: "bench" },
  { ...COUNTING, usual: "bench" },
  ...LOAD_PLANS.filter((plan) => plan !== RELAYED).map((plan) => ({ ...planOf(plan), usual: plan.usual })),
];

function planOf(plan: LoadPlan): Plan {
  const { id, title, description, measure } = plan;
  const names = plan.names.filter((name) => name !== undefined);
  return {
    id,
    title,
    load: { id, title, measure, names, ...(description === undefined ? {} : { description }) },
    estimate: (run) => plan.estimate(lengths(run)) + START_SECONDS,
    tasks: (run) => run.servers.filter((server) => serves(server, plan)).map((server) => loadTask(run, plan, server)),
  };
}

/** Whether the server can be asked for this at all: Kea with UDP sockets, for one, hears relays only. */
function serves(server: ListedServer, { scene }: LoadPlan): boolean {
  return scene === "relayed" || server.hearsOwnNetwork !== false || server.onOwnNetwork !== undefined;
}

function loadTask(run: Run, plan: LoadPlan, server: ListedServer): Task {
  const settings = lengths(run);
  return {
    title: server.id,
    work: async () => {
      const measured = await (await run.track()).withServer(server, plan.scene, {}, async (loaded) => {
        if (plan.isWarm === true) await loaded.warmUp(warmUp(settings, loaded.clients));
        return loaded.measure(plan.orders(settings, loaded.clients));
      });
      return keepAll(run, server, plan.names, measured);
    },
  };
}

/** Half the rate of the slowest of a group in this round, for each of them. */
function halfLoad(run: Run, group: readonly string[]): readonly Task[] {
  const settings = lengths(run);
  const reached = (id: string): number | undefined => run.results.rounds[run.round]?.[id]?.["dora"]?.perSecond;
  const servers = run.servers.filter(({ id }) => group.includes(id) && reached(id) !== undefined);
  if (servers.length < 2) return [];
  const rate = Math.min(...servers.map(({ id }) => reached(id) ?? Number.POSITIVE_INFINITY)) / 2;
  const measure = async (loaded: LoadedServer): Promise<readonly Measurement[]> => {
    await loaded.warmUp(warmUp(settings, loaded.clients));
    return loaded.measure(openLoop(settings, rate));
  };
  return servers.map((server) => ({
    title: server.id,
    work: async () => {
      const measured = await (await run.track()).withServer(server, "relayed", {}, measure);
      return keepAll(run, server, ["half-load"], measured);
    },
  }));
}

/** Keeps measurements by their names; tells them in a line. */
function keepAll(run: Run, server: ListedServer, names: LoadPlan["names"], measured: readonly Measurement[]): string {
  const told: string[] = [];
  for (const [at, one] of measured.entries()) {
    const name = names[at];
    // A phase without clients is none.
    if (name === undefined || one.seconds === 0) continue;
    run.keep(server.id, name, one);
    const { perSecond, p99, lost, invalidReplies, invalidKinds } = one;
    const wrong = invalidReplies === 0 ? "" : `, INVALID REPLIES ${JSON.stringify(invalidKinds)}`;
    told.push(
      `${Math.round(perSecond)} ${name}/s p99 ${(p99 / 1000).toFixed(1)} ms${lost === 0 ? "" : `, ${lost} lost`}${wrong}`,
    );
  }
  return told.join(", ");
}

function lengths({ options: { settings } }: Run): LoadSettings {
  const { rounds = 1, seconds = 1, warmup = 0, window = 1 } = settings;
  return { rounds, seconds, warmup, window };
}
