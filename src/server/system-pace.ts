// The pace by the real clock and the real event loop.

import { Pace } from "../base/pace.ts";

/** For the server of this process. `messages`: how many have come to it. Its pauses do not keep the process from ending. */
export function systemPace(messages: () => number): Pace {
  return new Pace({
    messages,
    monotonic: () => performance.now(),
    idle: () => performance.eventLoopUtilization().idle,
    // Not by unref: the loop would wait for something else to happen before it calls it.
    soon: (turn) => void setImmediate(turn),
    later: (turn, after) => void setTimeout(turn, after).unref(),
  });
}
