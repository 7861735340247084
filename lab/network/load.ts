// The load generator (lab/load/load.c) inside a lab: its orders as a command line, its reports as values.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { z } from "zod";
import { builtProgram } from "../programs.ts";
import type { LabNamespace } from "./lab.ts";

/** What clients do in a phase. */
type LoadPhase = "dora" | "renew" | "flood" | "mixed";

/** Orders for the generator. Numbers that are left out have its own defaults (lab/load/load.c). */
export interface LoadOrders {
  /** The address to ask. */
  readonly server: string;
  /** As a relay: its address, from which it asks; as several, that share the clients out among them. */
  readonly relay?: string | readonly string[];
  /** As a relay: how often a renewal is sent past it, from the client's own address, before it is sent by it. */
  readonly unicast?: number;
  /** As the clients of a link: the interface. */
  readonly interface?: string;
  /** Whether clients set the broadcast flag. */
  readonly broadcast?: boolean;
  /** One after the other, with the same clients. */
  readonly phases?: readonly LoadPhase[];
  readonly clients?: number;
  /** Clients of another series have other hardware addresses: 0 to 255. */
  readonly series?: number;
  /** Exchanges under way in the closed loop. */
  readonly window?: number;
  /** Exchanges a second, in the open loop; for each phase where there are several numbers, 0 for a closed loop. */
  readonly rate?: number | readonly number[];
  /** Of measuring, for each phase. */
  readonly seconds?: number;
  /** Before each phase's measuring. */
  readonly warmup?: number;
  /** Exchanges after which a phase ends. */
  readonly exchanges?: number;
  /** Whether each client has one exchange a phase at most. */
  readonly once?: boolean;
  /** Whether the last exchanges are waited for. */
  readonly finish?: boolean;
  /** Milliseconds at least between the starts of a client's exchanges. */
  readonly restMs?: number;
  /** Milliseconds between the end of an exchange and the start of the next one, with a window of 1. */
  readonly pauseMs?: number;
  /** Milliseconds before a message is repeated; doubles each time. */
  readonly timeoutMs?: number;
  /** Messages sent before a client gives up. */
  readonly tries?: number;
  /** The addresses that may be given out: "FIRST-LAST". */
  readonly range?: string;
  /** Whether the server identifier may be any. */
  readonly anyIdentifier?: boolean;
  /** Whether frames may go to any hardware address. */
  readonly anyDestination?: boolean;
  /** Whether option 82 need not come back. */
  readonly anyAgent?: boolean;
  /** As a relay: datagrams of one length leave in bunches of 64, which takes a flood further than one by one. */
  readonly bunched?: boolean;
  /** A file that every client's lease is written to when a phase has ended: address, hardware address, Unix second of its end. */
  readonly leases?: string;
  /** Whether the report has the time of every OFFER. */
  readonly offers?: boolean;
  /** Whether the report has how long each way to the servers was silent. */
  readonly ways?: boolean;
}

/** Microseconds that shares of the exchanges took at most; all 0 where there were none. */
const LoadTimes = z.object({
  p5: z.number(),
  p25: z.number(),
  p50: z.number(),
  p75: z.number(),
  p95: z.number(),
  p99: z.number(),
  p999: z.number(),
  max: z.number(),
});

/** What the generator counted in one phase. */
const LoadReport = z.object({
  phase: z.enum(["dora", "renew", "flood", "mixed"]),
  path: z.enum(["relayed", "direct"]),
  broadcast: z.boolean(),
  window: z.number(),
  rate: z.number(),
  /** Of measuring. */
  seconds: z.number(),
  /** It took for clients to get the leases that they then renewed. */
  setupSeconds: z.number(),
  /** Completed ones. */
  exchanges: z.number(),
  perSecond: z.number(),
  /** From the first message, or when it was due, to the last reply. */
  exchangeMicroseconds: LoadTimes,
  /** From DISCOVER to OFFER. */
  offerMicroseconds: LoadTimes,
  /** The time of each OFFER, in their order, where asked for. */
  offersMicroseconds: z.array(z.number()).exactOptional(),
  /**
   * The longest time without an ACK to messages from addresses whose last two bits are 0, 1, 2 and 3, while exchanges were
   * started; null where there were none.
   */
  silencesMilliseconds: z.array(z.number().nullable()).exactOptional(),
  started: z.number(),
  sent: z.number(),
  received: z.number(),
  retransmissions: z.number(),
  /** Exchanges given up. */
  lost: z.number(),
  naks: z.number(),
  /** NAKs that refused an address that no other client had. */
  undeservedNaks: z.number(),
  /** Replies to messages that were repeated or given up. */
  late: z.number(),
  /** Exchanges that were due when all clients were busy. */
  starved: z.number(),
  /** Replies that a check refused. */
  invalidReplies: z.number(),
  /** How many of each kind; those that there were. */
  invalidKinds: z.record(z.string(), z.number()),
  /** The longest time for which the machine did not let the generator go on. */
  heldUpMilliseconds: z.number(),
  /** Processor time of the generator, of measuring. */
  processorSeconds: z.number(),
});
export type LoadReport = z.infer<typeof LoadReport>;

/** How the generator is run. */
export interface LoadRunOptions {
  /** Processors it may run on, as taskset takes them. */
  readonly processors?: string;
  /** Called when measuring begins and when it has ended, in each phase. */
  readonly onMeasuring?: () => void;
  readonly onMeasured?: () => void;
}

/** Runs the generator in a namespace to its end; resolves with a report for each phase, rejects with what it wrote where it fails. */
export async function runLoad(
  namespace: LabNamespace,
  orders: LoadOrders,
  { processors, onMeasuring, onMeasured }: LoadRunOptions = {},
): Promise<readonly LoadReport[]> {
  const generator = [builtProgram("anydhcpd-load"), ...loadArguments(orders), "--events"];
  const pinned = processors === undefined ? generator : ["taskset", "-c", processors, ...generator];
  const [command = "", ...argv] = namespace.inside(pinned);
  const child = spawn(command, argv, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const reports: LoadReport[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (line === "measuring") onMeasuring?.();
    else if (line === "measured") onMeasured?.();
    else reports.push(readReport(line));
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`the load generator ended with ${code}: ${errors.trim()}`);
  return reports;
}

/** The generator's command line for these orders, without its name. */
export function loadArguments(orders: LoadOrders): readonly string[] {
  return Object.entries(orders).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (typeof value === "boolean") return value ? [flag] : [];
    return [flag, Array.isArray(value) ? value.join(",") : String(value)];
  });
}

/** A line of the generator's as a report; throws where it is none. */
export function readReport(line: string): LoadReport {
  const report = LoadReport.safeParse(JSON.parse(line));
  if (report.success) return report.data;
  const [issue] = report.error.issues;
  throw new Error(`no report of the load generator: ${issue?.path.map(String).join(".")}: ${issue?.message}: ${line}`);
}
