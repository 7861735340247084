// A user's login at a member of etcd, which gives a token for the requests that follow.

import { READ_DEADLINE_MS } from "../../base/limits/etcd.ts";
import { type GrpcError, type GrpcMetadata, GrpcStatus } from "./grpc.ts";
import type { Asked, Member } from "./member.ts";
import type { EtcdLogin } from "./settings.ts";
import { authenticateRequest, Method, readToken } from "./wire.ts";

/** Asks a member for a token; `done` is called once, with the token or with why there is none. */
export function logIn<T extends Asked>(
  member: Member<T>,
  { user, password }: EtcdLogin,
  metadata: GrpcMetadata,
  done: (token: string | undefined, error: Pick<GrpcError, "code" | "details">) => void,
): void {
  const request = authenticateRequest(user, password);
  member.send(Method.authenticate, request, metadata, READ_DEADLINE_MS, (error, answer) => {
    const token = error === null && answer !== undefined ? tokenIn(answer) : undefined;
    done(token, error ?? { code: GrpcStatus.internal, details: "the answer to a login is none" });
  });
}

/** The token of an answer; undefined if it is none. */
function tokenIn(answer: Uint8Array): string | undefined {
  try {
    return readToken(answer);
  } catch {
    return undefined;
  }
}
