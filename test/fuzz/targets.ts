// Everything that is fuzzed.

import type { Target } from "./target.ts";
import { bulkTarget } from "./targets/bulk.ts";
import { configurationTarget } from "./targets/configuration.ts";
import { controlTarget } from "./targets/control.ts";
import { dnsAnswerTarget } from "./targets/dns-answer.ts";
import { explainTarget } from "./targets/explain.ts";
import { httpTarget } from "./targets/http.ts";
import { IMPORT_TARGETS } from "./targets/imports.ts";
import { leasesTarget } from "./targets/leases.ts";
import { frameTarget, packetTarget } from "./targets/packet.ts";
import { replyTarget } from "./targets/reply.ts";
import { scriptTarget } from "./targets/script.ts";
import { sequenceTarget } from "./targets/sequence.ts";
import { storeTarget } from "./targets/store.ts";

export const TARGETS: readonly Target[] = [
  packetTarget,
  frameTarget,
  replyTarget,
  sequenceTarget,
  configurationTarget,
  controlTarget,
  explainTarget,
  leasesTarget,
  ...IMPORT_TARGETS,
  storeTarget,
  bulkTarget,
  httpTarget,
  dnsAnswerTarget,
  scriptTarget,
];
