// The RFCs whose clauses are on docs/conformance.md.

import type { Rfc } from "./clause.ts";
import { RFC_2131 } from "./rfc2131.ts";

/** All of them. */
export const RFCS: readonly Rfc[] = [RFC_2131];
