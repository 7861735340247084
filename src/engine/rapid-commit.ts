// Rapid commit (RFC 4039): where it is configured, a DISCOVER that carries option 80 is a request, and
// is answered with an ACK that carries it too. The lease is durable before that leaves.

import type { Scope } from "../config/model/scope.ts";
import { OptionCode } from "../wire/options/option-code.ts";
import type { Query } from "../wire/query.ts";

/** Whether a DISCOVER asks for a committed address and may have one. */
export function asksForRapidCommit(query: Query, scope: Scope): boolean {
  return scope.rapidCommit && query.optionLength(OptionCode.rapidCommit) === 0;
}
