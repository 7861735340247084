// What the pipeline is made of (pipeline.ts).

import type { Backend } from "../backend/backend.ts";
import type { Latencies } from "../base/latency.ts";
import type { Clock } from "../base/time.ts";
import type { Serving } from "../engine/serving.ts";
import type { Logger } from "../log.ts";
import type { LeaseStore } from "../store/store.ts";
import type { HashKeys } from "../wire/client-identity.ts";
import type { Counters } from "./counters.ts";
import type { FirewallSets } from "./firewall/firewall-sets.ts";
import type { LeaseEvents } from "./lease-events.ts";
import type { MessageLog } from "./log/message-log.ts";
import type { RefusedQueries } from "./refused-queries.ts";

/** See the head of this file. */
export interface PipelineParts {
  readonly backend: Backend;
  readonly store: LeaseStore;
  readonly serving: Serving;
  readonly keys: HashKeys;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly messageLog: MessageLog;
  readonly log: Logger;
  readonly events?: LeaseEvents | undefined;
  /** Where there are firewall sets. */
  readonly firewall?: FirewallSets | undefined;
  /** Where checks of free addresses begin: elsewhere on each server of a cluster, so that they offer different ones. */
  readonly seed?: number;
  /** Takes how long things took, where metrics are asked for. */
  readonly latencies?: Latencies | undefined;
  /** Remembers clients that were refused, where there is a status page. */
  readonly refused?: RefusedQueries | undefined;
}
