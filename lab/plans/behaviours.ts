// The table of behaviours: every question put to every server that takes part.

import { Interview, type Path } from "../behaviours/interview.ts";
import { QUESTIONS, type Question, servedPaths } from "../behaviours/questions.ts";
import { type Network, wholeServiceFor } from "../network/network.ts";
import type { Behaviour, Observation } from "../results.ts";
import type { Plan } from "../run.ts";
import { RunningServer } from "../servers/running-server.ts";
import type { Preparation, Server } from "../servers/server.ts";

/** What each server does, looked at once. */
export const BEHAVIOURS: Plan = {
  id: "behaviours",
  title: "behaviour on the wire",
  isOnce: true,
  tasks: (run) =>
    run.servers.map((server) => ({
      title: server.id,
      work: async () => {
        const answers = await run.inNetwork({ manyAddresses: true }, (network) => questionServer(network, server));
        run.results.behaviours = addAnswers(run.results.behaviours ?? [], server.id, answers);
        return `${Object.keys(answers).length} questions`;
      },
    })),
};

const UNSERVED: Readonly<Record<Path, Observation>> = {
  direct: { text: "direct clients get no reply", verdict: "plain" },
  relayed: { text: "relays get no reply", verdict: "plain" },
};

/** The observations of one server, by question. */
export type Answers = Readonly<Record<string, Observation>>;

/** Starts a server, asks everything (or the questions named), ends it. Rejects where it does not start. */
export async function questionServer(
  network: Network,
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

/** The table with a server's answers in it, a row a question, in the questions' order. Pure. */
function addAnswers(table: readonly Behaviour[], server: string, answers: Answers): Behaviour[] {
  return QUESTIONS.flatMap(({ id, group, question, how }) => {
    const seen = answers[id];
    const row = table.find((one) => one.id === id) ?? { id, group, question, how, observations: {} };
    const observations = seen === undefined ? row.observations : { ...row.observations, [server]: seen };
    return Object.keys(observations).length === 0 ? [] : [{ ...row, observations }];
  });
}

async function put(question: Question, interview: Interview, served: readonly Path[]): Promise<Observation> {
  const first = served[0] ?? "direct";
  const path = question.path === "either" || question.path === undefined ? first : question.path;
  return served.includes(path) ? question.ask(interview, path) : UNSERVED[path];
}
