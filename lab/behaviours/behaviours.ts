// The table of behaviours: every question put to every server that takes part.

import type { Behaviour, Observation } from "../comparison.ts";
import { type ComparisonNetwork, wholeServiceFor } from "../network/comparison-network.ts";
import { RunningServer } from "../servers/running-server.ts";
import type { Preparation, Server } from "../servers/server.ts";
import { Interview, type Path } from "./interview.ts";
import { QUESTIONS, type Question, servedPaths } from "./questions.ts";

const UNSERVED: Readonly<Record<Path, Observation>> = {
  direct: { text: "direct clients get no reply", verdict: "plain" },
  relayed: { text: "relays get no reply", verdict: "plain" },
};

/** What was seen of one server, by question. */
export type Answers = Readonly<Record<string, Observation>>;

/** Starts a server, asks everything (or the questions named), ends it. Rejects where it does not start. */
export async function questionServer(
  network: ComparisonNetwork,
  server: Server,
  questions: readonly Question[] = QUESTIONS,
): Promise<Answers> {
  const running = await RunningServer.start(asPackaged(server), network.server, wholeServiceFor(server), {
    name: `behaviour-${server.id}`,
  });
  try {
    await using interview = await Interview.begin(network, running);
    const served = await servedPaths(interview);
    if (served.length === 0) throw new Error(`it answers nobody:\n${running.program.output.slice(-2000)}`);
    const answers: Record<string, Observation> = {};
    for (const question of questions) answers[question.id] = await put(question, interview, served);
    return answers;
  } finally {
    await running.stop();
  }
}

/** The server with the privileges that its package gives it; without root there is no other user to change to. */
function asPackaged(server: Server): Server {
  if (process.getuid?.() !== 0) return server;
  const start = (preparation: Preparation): Preparation => server.withPackagedPrivileges?.(preparation) ?? preparation;
  return { ...server, prepare: (service, places) => start(server.prepare(service, places)) };
}

/** The table, a row a question, from the answers by server. Pure. */
export function behavioursOf(answers: Readonly<Record<string, Answers>>): readonly Behaviour[] {
  return QUESTIONS.map(({ id, group, question, how }) => {
    const observations: Record<string, Observation> = {};
    for (const [server, seen] of Object.entries(answers)) {
      const observation = seen[id];
      if (observation !== undefined) observations[server] = observation;
    }
    return { id, group, question, how, observations };
  }).filter(({ observations }) => Object.keys(observations).length > 0);
}

async function put(question: Question, interview: Interview, served: readonly Path[]): Promise<Observation> {
  const first = served[0] ?? "direct";
  const path = question.path === "either" || question.path === undefined ? first : question.path;
  return served.includes(path) ? question.ask(interview, path) : UNSERVED[path];
}
