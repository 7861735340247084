// helper/packet_filters.h: the filters of src/backend/filter/filter.ts as C, since the helper does not take main's word for
// them. `npm run filters` writes it.

import { expect, it } from "vitest";
import type { Instruction } from "../../../src/backend/filter/assembler.ts";
import { FRAME_FILTER, OBSERVE_FILTER } from "../../../src/backend/filter/filter.ts";

const HEADER = "../../../helper/packet_filters.h";

function array(name: string, what: string, program: readonly Instruction[]): string {
  const lines = program.map(({ code, jt, jf, k, note }, at) => {
    const instruction = `{ 0x${code.toString(16).padStart(2, "0")}, ${jt}, ${jf}, 0x${k.toString(16)} },`;
    return `\t${instruction.padEnd(32)}/* ${at}: ${note} */\n`;
  });
  return `/* ${what} */\nstatic const struct sock_filter ${name}[] = {\n${lines.join("")}};\n`;
}

it("is what src/backend/filter/filter.ts says", async () => {
  const text = `/*
 * The filters of packet sockets, written by \`npm run filters\` from src/backend/filter/filter.ts. A test compares.
 */
#ifndef ANYDHCPD_PACKET_FILTERS_H
#define ANYDHCPD_PACKET_FILTERS_H

#include <linux/filter.h>

${array("frame_filter", "What the bpf backend reads.", FRAME_FILTER)}
${array("observe_filter", "What a daemon that only looks on reads: servers' replies too.", OBSERVE_FILTER)}
#endif
`;
  await expect(text).toMatchFileSnapshot(HEADER);
});
