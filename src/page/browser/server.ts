// The page's requests to the server: the control protocol (docs/control-protocol.json), by POST.

import type { AddressExplanation, Explanation } from "../../control/explain-messages.ts";
import type { Health } from "../../control/health-messages.ts";
import type { LeasePage, OperationResult, RefusedClients, Status } from "../../control/messages.ts";
import type { Request } from "../../control/requests.ts";

/** The server's answer to each command. Explanations come with their text. */
interface Answers {
  status: Status;
  health: Health;
  refused: RefusedClients;
  "lease-page": LeasePage;
  explain: Explanation & { text: string };
  "explain-address": AddressExplanation & { text: string };
  release: OperationResult;
  forgive: OperationResult;
  reserve: OperationResult;
}

/** The server's reason for not doing something, in a sentence. */
export class Refused extends Error {
  readonly isTokenWrong: boolean;

  constructor(message: string, isTokenWrong = false) {
    super(message);
    this.isTokenWrong = isTokenWrong;
  }
}

/** Asks. Rejects with Refused where the server says why not, with another error where it does not answer. */
export async function ask<C extends keyof Answers>(
  request: Request & { command: C },
  token?: string,
): Promise<Answers[C]> {
  const headers = {
    "content-type": "application/json",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const response = await fetch("control", {
    method: "POST",
    headers,
    body: JSON.stringify(request),
    cache: "no-store",
  });
  if (!response.ok) throw new Refused((await response.text()).trim(), response.status === 401);
  const answer = await response.json();
  if (typeof answer.error === "string") throw new Refused(answer.error);
  return answer;
}

/** Whether the server takes changes from a page that has the token. */
export const takesChanges = document.documentElement.dataset["changes"] === "token";
