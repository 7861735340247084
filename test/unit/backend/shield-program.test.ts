// shield/program.h: the program of src/backend/shield/program/program.ts and its maps as C, since the process that loads it does not
// take main's word for it. `npm run filters` writes it.

import { expect, it } from "vitest";
import { type Instruction, LOAD_MAP } from "../../../src/backend/shield/program/assembler.ts";
import { LimitKind, SHIELD_COUNTS, SHIELD_MAPS } from "../../../src/backend/shield/program/maps.ts";
import { SHIELD_PROGRAM } from "../../../src/backend/shield/program/program.ts";

const HEADER = "../../../shield/program.h";

function line({ code, destination, source, offset, immediate, note }: Instruction, at: number): string {
  const isMap = code === LOAD_MAP && source === 1;
  const fields = `0x${code.toString(16).padStart(2, "0")}, ${destination}, ${source}, ${offset}, ${immediate}`;
  const text = note === "" ? `${at}` : `${at}: ${note}`;
  return `\t${`{ ${fields} },`.padEnd(34)}/* ${text}${isMap ? " (its position)" : ""} */\n`;
}

it("is what src/backend/shield/program/program.ts says", async () => {
  const maps = SHIELD_MAPS.map(
    ({ name, type, keyOctets, valueOctets, entries, isLazy }) =>
      `\t{ "${name}", BPF_MAP_TYPE_${type}, ${keyOctets}, ${valueOctets}, ${entries}, ${isLazy ? "BPF_F_NO_PREALLOC" : "0"} },\n`,
  );
  const positions = SHIELD_MAPS.map(({ name }) => `\tMAP_${name.toUpperCase()},\n`);
  const text = `/*
 * The program of the kernel shield and its maps, written by \`npm run filters\` from src/backend/shield/program/program.ts. A test
 * compares.
 */
#ifndef ANYDHCPD_SHIELD_PROGRAM_H
#define ANYDHCPD_SHIELD_PROGRAM_H

#include <linux/bpf.h>

#define SHIELD_LIMITS ${Object.keys(LimitKind).length}
#define SHIELD_COUNTS ${SHIELD_COUNTS}

/* Positions in shield_maps, which instructions that load a map have in the place of its descriptor. */
enum {
${positions.join("")}	MAPS
};

static const struct map_shape {
	char name[BPF_OBJ_NAME_LEN];
	unsigned type, key_octets, value_octets, entries, flags;
} shield_maps[MAPS] = {
${maps.join("")}};

static const struct bpf_insn shield_program[] = {
${SHIELD_PROGRAM.map(line).join("")}};

#endif
`;
  await expect(text).toMatchFileSnapshot(HEADER);
});
