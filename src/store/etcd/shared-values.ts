// The nodes' messages to each other through the store, as JSON: the metadata, which all have to agree on, and the
// heartbeat of each node. Other nodes write them, so they are checked.

import { createHash } from "node:crypto";
import { z } from "zod";
import { CLUSTER_VALUE_OCTETS_MAX } from "../../base/limits/etcd.ts";
import type { EtcdSettings } from "./settings.ts";

/** The format of keys and values that this release knows. */
export const CLUSTER_FORMAT = 1;

const seconds = z.number().min(0);

/** What nodes have to have alike. */
const agreement = {
  reserve: seconds,
  guard: seconds,
  /** A hash of the secret. */
  secret: z.string().max(64),
  /** A hash of the statements that decide about addresses. */
  configuration: z.string().max(64),
};

const metadata = z.object({
  format: z.number(),
  ...agreement,
  /** Seconds since 1970: before, leases are only renewed, because the store is an older state of itself. */
  renewOnlyUntil: seconds,
});

const anyFormat = z.object({ format: z.number() });

const heartbeat = z.object({
  format: z.number(),
  /** Differs each time that a node is started. */
  instance: z.string().max(64),
  /** The node's wall clock, in seconds since 1970. */
  wall: z.number(),
  /** Whether the node goes by it: writes leases. */
  isClockTrusted: z.boolean(),
  ...agreement,
});

/** The value of PREFIX/meta. */
export type Metadata = z.infer<typeof metadata>;
/** The value of PREFIX/n/NAME. */
export type Heartbeat = z.infer<typeof heartbeat>;
/** What nodes have to have alike. */
export type Agreement = Pick<Metadata, "reserve" | "guard" | "secret" | "configuration">;

/** What a node has by its settings. */
export function agreementOf(settings: EtcdSettings, configuration: string): Agreement {
  const { reserve, guard, secret } = settings;
  const hash = createHash("sha256").update("anydhcpd cluster secret\0").update(secret).digest("hex");
  return { reserve, guard, secret: hash.slice(0, 32), configuration };
}

/** In words, where two differ; empty where they agree. */
export function differencesOf(here: Agreement, there: Agreement): string[] {
  const differences: string[] = [];
  for (const name of ["reserve", "guard"] as const) {
    if (here[name] !== there[name])
      differences.push(`the ${name} is ${here[name]} seconds here and ${there[name]} in the cluster`);
  }
  if (here.secret !== there.secret) differences.push("the secret is another one than the cluster's");
  if (here.configuration !== there.configuration)
    differences.push("subnets, pools or reservations differ from the cluster's");
  return differences;
}

/** Reads metadata: what they say, the number of a format that is another one, or undefined if they are none. */
export function readMetadata(octets: Uint8Array): Metadata | number | undefined {
  const format = parse(anyFormat, octets)?.format;
  return format === undefined || format === CLUSTER_FORMAT ? parse(metadata, octets) : format;
}

/** Reads a heartbeat; undefined if it is none. */
export function readHeartbeat(octets: Uint8Array): Heartbeat | undefined {
  return parse(heartbeat, octets);
}

/** A value as it is written. */
export function octetsOfValue(value: Metadata | Heartbeat): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function parse<T>(schema: z.ZodType<T>, octets: Uint8Array): T | undefined {
  if (octets.length > CLUSTER_VALUE_OCTETS_MAX) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(octets).toString());
  } catch {
    return undefined;
  }
  return schema.safeParse(value).data;
}
