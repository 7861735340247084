// A small assembler for classic BPF, the packet filter's machine: an accumulator, an index register,
// loads, comparisons that jump forward, and a return. Programs are lists of statements with labels;
// assembling resolves the jumps, listing shows the result as `tcpdump -d` would.
//
// Guarantees: a program that assembles jumps to labels that it has, forward only and no farther than
// an instruction can say, and ends in a return; so the kernel accepts it. Mistakes are ours: an Error.

/** One instruction: code, instructions to skip if true, if false, operand. */
export interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
  /** Why it is there, for the listing. */
  readonly note: string;
}

/** A line of a program: an instruction whose jumps are still names, or a name for the next one. */
export type Statement =
  | { readonly label: string }
  | {
      readonly code: number;
      readonly k: number;
      readonly note: string;
      /** Where to go on if the comparison holds, and if not; the next instruction where left out. */
      readonly whenTrue?: string;
      readonly whenFalse?: string;
    };

/** Octets of struct sock_filter { u16 code; u8 jt, jf; u32 k; }. */
const INSTRUCTION_OCTETS = 8;
const JUMP_MAX = 255;

// linux/bpf_common.h: class, size, mode and operation are added up.
const Code = {
  loadWordAt: 0x20,
  loadHalfAt: 0x28,
  loadOctetAt: 0x30,
  loadWordBehindIndex: 0x40,
  loadHalfBehindIndex: 0x48,
  loadOctetBehindIndex: 0x50,
  loadLength: 0x80,
  loadIndexFromNibble: 0xb1,
  and: 0x54,
  jumpEqual: 0x15,
  jumpGreater: 0x25,
  jumpAtLeast: 0x35,
  jumpAnyBit: 0x45,
  return: 0x06,
} as const;

/** Sizes of a load, in octets. */
type Size = 1 | 2 | 4;

const LOAD_AT: Readonly<Record<Size, number>> = { 1: Code.loadOctetAt, 2: Code.loadHalfAt, 4: Code.loadWordAt };
const LOAD_BEHIND: Readonly<Record<Size, number>> = {
  1: Code.loadOctetBehindIndex,
  2: Code.loadHalfBehindIndex,
  4: Code.loadWordBehindIndex,
};

/** Loads `size` octets at offset `at`, or a fact of the kernel's about the packet (see `Ancillary`). */
export function load(size: Size, at: number, note: string): Statement {
  return { code: LOAD_AT[size], k: at >>> 0, note };
}

/** Loads `size` octets at offset `at` behind the index register. */
export function loadBehindIndex(size: Size, at: number, note: string): Statement {
  return { code: LOAD_BEHIND[size], k: at, note };
}

/** Loads the length of the packet. */
export function loadLength(note: string): Statement {
  return { code: Code.loadLength, k: 0, note };
}

/** Sets the index register to four times the lower half of the octet at `at`: an IP header's length. */
export function loadIndexFromNibble(at: number, note: string): Statement {
  return { code: Code.loadIndexFromNibble, k: at, note };
}

/** Keeps the bits of `mask`. */
export function and(mask: number, note: string): Statement {
  return { code: Code.and, k: mask >>> 0, note };
}

/** Where a comparison goes on; the next instruction where left out. */
interface Targets {
  readonly whenTrue?: string;
  readonly whenFalse?: string;
}

/** Compares for equality. */
export function ifEqual(k: number, targets: Targets, note: string): Statement {
  return { code: Code.jumpEqual, k, note, ...targets };
}

/** Compares for greater. */
export function ifGreater(k: number, targets: Targets, note: string): Statement {
  return { code: Code.jumpGreater, k, note, ...targets };
}

/** Compares for greater or equal. */
export function ifAtLeast(k: number, targets: Targets, note: string): Statement {
  return { code: Code.jumpAtLeast, k, note, ...targets };
}

/** Whether any bit of `mask` is set. */
export function ifAnyBit(mask: number, targets: Targets, note: string): Statement {
  return { code: Code.jumpAnyBit, k: mask, note, ...targets };
}

/** Ends: keeps so many octets of the packet, 0 to drop it. */
export function keep(octets: number, note: string): Statement {
  return { code: Code.return, k: octets, note };
}

/** Names the next instruction. */
export function label(name: string): Statement {
  return { label: name };
}

/** Facts of the kernel's about a packet besides its octets (linux/filter.h SKF_AD_*): offsets for `load`. */
export const Ancillary = {
  /** The EtherType as the kernel has understood it, without a VLAN tag. */
  protocol: 0xfffff000,
  /** For whom the frame is: PACKET_HOST 0, PACKET_BROADCAST 1, PACKET_MULTICAST 2, PACKET_OTHERHOST 3 and beyond. */
  packetType: 0xfffff004,
  /** 1 for a frame that came with a VLAN tag. */
  vlanTagPresent: 0xfffff030,
  /** A random number, another one for each load. */
  random: 0xfffff038,
} as const;

/** Resolves the labels. */
export function assemble(statements: readonly Statement[]): readonly Instruction[] {
  const labels = new Map<string, number>();
  let count = 0;
  for (const statement of statements) {
    if ("label" in statement) labels.set(statement.label, count);
    else count++;
  }
  const program: Instruction[] = [];
  const distance = (name: string | undefined): number => {
    if (name === undefined) return 0;
    const skipped = (labels.get(name) ?? -1) - program.length - 1;
    if (skipped < 0 || skipped > JUMP_MAX) throw new Error(`${name}: no label ahead within ${JUMP_MAX} instructions`);
    return skipped;
  };
  for (const statement of statements) {
    if ("label" in statement) continue;
    const { code, k, note, whenTrue, whenFalse } = statement;
    program.push({ code, jt: distance(whenTrue), jf: distance(whenFalse), k, note });
  }
  if (program.at(-1)?.code !== Code.return) throw new Error("a program must end in a return");
  return program;
}

/** The program as the kernel takes it: struct sock_filter, native byte order. */
export function encode(program: readonly Instruction[]): Uint8Array {
  const octets = new Uint8Array(program.length * INSTRUCTION_OCTETS);
  const halves = new Uint16Array(octets.buffer);
  const words = new Uint32Array(octets.buffer);
  for (const [i, { code, jt, jf, k }] of program.entries()) {
    halves[i * 4] = code;
    octets[i * INSTRUCTION_OCTETS + 2] = jt;
    octets[i * INSTRUCTION_OCTETS + 3] = jf;
    words[i * 2 + 1] = k;
  }
  return octets;
}

const COLUMN = { mnemonic: 9, operand: 20, jumps: 14 } as const;

/** The program as text, one line an instruction, in the style of `tcpdump -d` with the notes behind. */
export function listing(program: readonly Instruction[]): string {
  return program.map((instruction, at) => `${line(instruction, at)}\n`).join("");
}

function line(instruction: Instruction, at: number): string {
  const { code, jt, jf, note } = instruction;
  const isJump = (code & 7) === (Code.jumpEqual & 7);
  const jumps = isJump ? `${`jt ${at + 1 + jt}`.padEnd(7)}jf ${at + 1 + jf}` : "";
  const [mnemonic, operand] = describe(instruction);
  const text = mnemonic.padEnd(COLUMN.mnemonic) + operand.padEnd(COLUMN.operand) + jumps.padEnd(COLUMN.jumps);
  return `(${String(at).padStart(3, "0")}) ${text}  ; ${note}`;
}

const MNEMONICS: Readonly<Record<number, string>> = {
  [Code.loadWordAt]: "ld",
  [Code.loadHalfAt]: "ldh",
  [Code.loadOctetAt]: "ldb",
  [Code.loadWordBehindIndex]: "ld",
  [Code.loadHalfBehindIndex]: "ldh",
  [Code.loadOctetBehindIndex]: "ldb",
  [Code.loadLength]: "ld",
  [Code.loadIndexFromNibble]: "ldxb",
  [Code.and]: "and",
  [Code.jumpEqual]: "jeq",
  [Code.jumpGreater]: "jgt",
  [Code.jumpAtLeast]: "jge",
  [Code.jumpAnyBit]: "jset",
  [Code.return]: "ret",
};

function describe({ code, k }: Instruction): readonly [mnemonic: string, operand: string] {
  const mnemonic = MNEMONICS[code] ?? `0x${code.toString(16)}`;
  if (code === Code.loadLength) return [mnemonic, "#pktlen"];
  if (code === Code.loadIndexFromNibble) return [mnemonic, `4*([${k}]&0xf)`];
  if (code === Code.return) return [mnemonic, `#${k}`];
  if (Object.values(LOAD_AT).includes(code)) return [mnemonic, place(k)];
  return [mnemonic, Object.values(LOAD_BEHIND).includes(code) ? `[x + ${k}]` : `#0x${k.toString(16)}`];
}

/** Names of the ancillary loads, as bpf_asm has them. */
const PLACES: Readonly<Record<number, string>> = {
  [Ancillary.protocol]: "proto",
  [Ancillary.packetType]: "type",
  [Ancillary.vlanTagPresent]: "vlan_avail",
};

function place(k: number): string {
  return PLACES[k] ?? `[${k}]`;
}
