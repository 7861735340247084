// Looks now and then for conditions that would stop etcd from taking writes: a database near its quota, an alarm, no
// compaction.

import {
  CONDITION_MS,
  DATABASE_OCTETS_WARNED,
  KEPT_REVISIONS_WARNED,
  READ_DEADLINE_MS,
} from "../../base/limits/etcd.ts";
import type { StoreNotice } from "../store.ts";
import { type Alarm, readAlarms, readStatus } from "./condition.ts";
import type { Endpoints } from "./endpoints.ts";
import type { Keys } from "./keys.ts";
import { WireError } from "./protobuf.ts";
import { EMPTY_REQUEST, Method, rangeRequest } from "./wire.ts";

const EMPTY = Buffer.from(EMPTY_REQUEST);
const MEBIBYTE = 1024 * 1024;
const ALARM_TEXTS: Readonly<Record<Alarm, string>> = {
  "no-space":
    "the database has reached its quota, so that etcd takes no writes: compact and defragment it, then " +
    "`etcdctl alarm disarm`; a larger --quota-backend-bytes gives more room",
  corrupt: "a member's data differ from the others': take that member out and add it anew",
  unknown: "an alarm of a kind that this release does not know: see `etcdctl alarm list`",
};

/** What it needs. */
export interface ConditionParts {
  readonly endpoints: Endpoints;
  readonly keys: Keys;
  /** The highest revision of an answer so far. */
  revision(): number;
  notify(notice: StoreNotice): void;
}

/** From `start` to `stop`. Each warning is said once, until what it is about has passed. */
export class ConditionWatch {
  private readonly parts: ConditionParts;
  private readonly said = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(parts: ConditionParts) {
    this.parts = parts;
  }

  start(): void {
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => this.look(), CONDITION_MS).unref();
    this.look();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const { endpoints } = this.parts;
    endpoints.callEach(Method.status, EMPTY, (address, answer) => {
      if (answer !== undefined) this.guarded(() => this.takeStatus(address, answer));
    });
    endpoints.call(Method.alarm, EMPTY, READ_DEADLINE_MS, (failure, answer) => {
      if (failure === undefined) this.guarded(() => this.takeAlarms(readAlarms(answer)));
    });
    this.lookForCompaction();
  }

  private takeStatus(address: string, answer: Buffer): void {
    const { databaseOctets, errors } = readStatus(answer);
    this.say(
      `size ${address}`,
      databaseOctets > DATABASE_OCTETS_WARNED,
      `etcd at ${address}: the database has ${Math.round(databaseOctets / MEBIBYTE)} MiB; at its quota (2048 MiB unless ` +
        "--quota-backend-bytes says otherwise) etcd takes no more writes: see that etcd compacts itself " +
        "(--auto-compaction-mode=revision --auto-compaction-retention=10000), then run `etcdctl defrag`",
    );
    // The code below reports the alarm itself.
    const others = errors.filter((error) => !error.includes("alarm"));
    this.say(`errors ${address}`, others.length > 0, `etcd at ${address}: ${others.join("; ")}`);
  }

  private takeAlarms(alarms: readonly Alarm[]): void {
    for (const alarm of Object.keys(ALARM_TEXTS) as Alarm[]) {
      this.say(`alarm ${alarm}`, alarms.includes(alarm), `etcd: ${ALARM_TEXTS[alarm]}`, "error");
    }
  }

  /** A read at an old revision fails where something compacts the store. */
  private lookForCompaction(): void {
    const { endpoints, keys, revision } = this.parts;
    const old = revision() - KEPT_REVISIONS_WARNED;
    if (old <= 0) return;
    const request = rangeRequest(keys.meta, undefined, { revision: old, countOnly: true });
    endpoints.call(Method.range, request, READ_DEADLINE_MS, (failure) => {
      if (failure !== undefined && failure.kind !== "refused") return;
      this.say(
        "compaction",
        failure === undefined,
        `etcd keeps more than ${KEPT_REVISIONS_WARNED} old revisions: unless it compacts itself the database grows up to ` +
          "its quota, and etcd takes no more writes then: start it with --auto-compaction-mode=revision " +
          "--auto-compaction-retention=10000",
      );
    });
  }

  private say(about: string, isSo: boolean, message: string, level: StoreNotice["level"] = "warn"): void {
    if (!isSo) this.said.delete(about);
    else if (!this.said.has(about)) {
      this.said.add(about);
      this.parts.notify({ level, message });
    }
  }

  private guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
    }
  }
}
