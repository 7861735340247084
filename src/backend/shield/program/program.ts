// The program of the kernel shield (--shield xdp): it sees each frame that an interface takes in before the kernel
// makes a packet of it, and drops DHCPDISCOVERs above their rates. `npm run filters` writes shield/program.h from it,
// since the process that loads it does not trust main with it.
//
// It drops only whole, untagged IPv4 datagrams to port 67, to an address of this host or a broadcast address, that are
// a BOOTREQUEST with an option 53 of DHCPDISCOVER. Frames that it cannot read pass. Which bucket a DISCOVER takes from:
//
//   client with a lease       its own, and no other
//   by a relay                the relay port's (giaddr and option 82); of a relay without option 82 the relay's; and
//   seen lately               its own; and
//   any without a lease       the one of the interface for all of these
//
// A bucket is one number of nanoseconds, the theoretical arrival time of the generic cell rate algorithm: a DISCOVER
// passes unless that lies further ahead than `tolerance`, and moves it ahead by `interval`. A dropped DISCOVER makes no
// entry, so that random addresses push none out of a table faster than new clients are let in.

import {
  assemble,
  compute,
  constant,
  exit,
  type Instruction,
  jump,
  jumpIf,
  label,
  load,
  type Statement,
  set,
  store,
} from "./assembler.ts";
import { CLIENT, NEWCOMER, PORT, PORT_KEY } from "./buckets.ts";
import { type LimitKind, ShieldCount } from "./maps.ts";
import { FRAME, OPTIONS, REQUEST } from "./message.ts";
import { At, lookUp } from "./pieces.ts";

const XDP_DROP = 1;
const XDP_PASS = 2;

/** Adds one to a count of the interface. */
function count(which: keyof typeof ShieldCount): readonly Statement[] {
  const at = ShieldCount[which] * 8;
  return [
    ...lookUp("counts", At.ifindex, "counts of the interface"),
    jumpIf("equal", 0, constant(0), `counted-${which}`, "none"),
    load(8, 1, 0, at, which),
    compute("add", 1, constant(1), ""),
    store(8, 0, at, 1, ""),
    label(`counted-${which}`),
  ];
}

/** Drops, with the count of the limit that was reached. */
function drop(which: keyof typeof LimitKind): readonly Statement[] {
  return [label(`drop-${which}`), ...count(which), set(0, constant(XDP_DROP), "drop"), exit("")];
}

/** What becomes of it. */
const ENDS: readonly Statement[] = [
  label("passed"),
  ...count("passed"),
  jump("pass", ""),
  label("other"),
  ...count("other"),
  label("pass"),
  set(0, constant(XDP_PASS), "pass"),
  exit(""),
  ...drop("hardwareAddress"),
  ...drop("relayPort"),
  ...drop("relay"),
  ...drop("newClient"),
];

/** The program, as an XDP program of the kernel. */
export const SHIELD_PROGRAM: readonly Instruction[] = assemble([
  ...FRAME,
  ...REQUEST,
  ...OPTIONS,
  ...CLIENT,
  ...PORT_KEY,
  ...PORT,
  ...NEWCOMER,
  ...ENDS,
]);
