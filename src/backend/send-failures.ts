// Why a reply was not sent, or was broadcast instead, by the kernel's error: which counter that raises, and how the log
// puts it.

import { constants } from "node:os";
import { Count } from "./backend-counters.ts";

const { EADDRNOTAVAIL, EAGAIN, EHOSTUNREACH, ENETDOWN, ENETUNREACH, ENOBUFS, ENODEV, ENXIO, EPERM } = constants.errno;

/** A failure to send. */
export interface SendFailure {
  readonly count: Count;
  readonly text: string;
}

const NO_ROUTE: SendFailure = { count: Count.sendNoRoute, text: "no route to it" };
const NO_DEVICE: SendFailure = { count: Count.sendNoDevice, text: "the interface is gone or down" };
const QUEUE_FULL: SendFailure = { count: Count.sendQueueFull, text: "the send queue stayed full" };

const FAILURES: Readonly<Record<number, SendFailure>> = {
  [EPERM]: {
    count: Count.blockedByFirewall,
    text: "blocked by the firewall: its output rules must allow UDP from port 67 to ports 67 and 68",
  },
  [EADDRNOTAVAIL]: { count: Count.sourceGone, text: "this address is not on this host any more" },
  [ENETUNREACH]: NO_ROUTE,
  [EHOSTUNREACH]: NO_ROUTE,
  [ENODEV]: NO_DEVICE,
  [ENXIO]: NO_DEVICE,
  [ENETDOWN]: NO_DEVICE,
  [ENOBUFS]: QUEUE_FULL,
  [EAGAIN]: QUEUE_FULL,
};

/** The meaning of an errno other than 0. */
export function sendFailure(errno: number): SendFailure {
  return FAILURES[errno] ?? { count: Count.sendFailed, text: `error ${errno} from the kernel` };
}

/** The same in words. */
export function sendFailureText(errno: number): string {
  return sendFailure(errno).text;
}

const FALLBACK_TEXTS: Readonly<Record<number, string>> = {
  [Count.neighbourRefused]: "the helper has refused a neighbour entry",
  [Count.neighbourFull]: "the neighbour table is full",
  [Count.neighbourFailed]: "the kernel has not taken a neighbour entry",
  [Count.neighbourUnanswered]: "the helper does not answer",
  [Count.neighbourNoHelper]: "there is no helper to set neighbour entries",
};

const FRAME_FALLBACK_TEXTS: Readonly<Record<number, string>> = {
  ...FALLBACK_TEXTS,
  [Count.neighbourRefused]: "the helper has refused to send a frame",
  [Count.neighbourFull]: "the interface's queue is full",
  [Count.neighbourFailed]: "the kernel has not taken a frame",
  [Count.neighbourNoHelper]: "there is no helper to send frames",
};

/** Why replies are broadcast where they should have had a neighbour entry, or have been sent as frames by the helper; undefined if it is not said. */
export function fallbackText(trouble: Count, sendsFrames: boolean): string | undefined {
  return (sendsFrames ? FRAME_FALLBACK_TEXTS : FALLBACK_TEXTS)[trouble];
}
