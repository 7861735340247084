// A small assembler for extended BPF, the machine that runs the kernel shield's program: ten registers of 64 bits, a stack of
// 512 octets, maps, helper functions of the kernel. Programs are lists of statements with labels, as those of the classic
// filters are (backend/filter/assembler.ts); assembling resolves the jumps. Numbers of the network are in its order until
// `fromNetwork`.
//
// Guarantees: a program that assembles jumps to labels that it has. The kernel's verifier decides whether it is safe.

/** A register: r0 has results, r1 to r5 arguments, r6 to r9 survive calls, r10 is the end of the stack. */
export type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/** The end of the stack, which grows down. */
export const STACK: Register = 10;

/** One instruction of struct bpf_insn, eight octets. */
export interface Instruction {
  readonly code: number;
  readonly destination: Register;
  readonly source: Register;
  readonly offset: number;
  /** A constant; the position of a map where `code` is LOAD_MAP and `source` is 1. */
  readonly immediate: number;
  /** Why it is there. */
  readonly note: string;
}

/** A line of a program: an instruction whose jump is still a name, or a name for the next one. */
export type Statement = { readonly label: string } | (Instruction & { readonly target?: string });

// linux/bpf.h, linux/bpf_common.h: class, size, mode and operation are added up.
const LOAD = 0x61;
const STORE = 0x63;
const STORE_CONSTANT = 0x62;
const ATOMIC = 0xc3;
const JUMP_ALWAYS = 0x05;
const CALL = 0x85;
const EXIT = 0x95;
const TO_NETWORK = 0xdc;
const FROM_REGISTER = 0x08;
const WIDE = 0x07;
const COMPARE_AND_EXCHANGE = 0xf1;

/** The first of the two instructions that load a map, or another number of 64 bits. */
export const LOAD_MAP = 0x18;

/** Sizes of loads and stores, in octets. */
type Size = 1 | 2 | 4 | 8;

const SIZE: Readonly<Record<Size, number>> = { 4: 0, 2: 0x08, 1: 0x10, 8: 0x18 };

/** Operations on numbers of 64 bits. */
const OPERATION = {
  add: 0x00,
  subtract: 0x10,
  multiply: 0x20,
  or: 0x40,
  and: 0x50,
  left: 0x60,
  right: 0x70,
  xor: 0xa0,
  move: 0xb0,
} as const;

/** Comparisons of numbers without sign. */
const COMPARISON = {
  equal: 0x10,
  greater: 0x20,
  atLeast: 0x30,
  anyBit: 0x40,
  unequal: 0x50,
  less: 0xa0,
  atMost: 0xb0,
} as const;

/** Functions of the kernel, by their numbers. */
export const Helper = { lookUp: 1, update: 2, nanoseconds: 5, loadOctets: 189 } as const;

function make(code: number, note: string, fields: Partial<Instruction> = {}): Instruction {
  return { code, destination: 0, source: 0, offset: 0, immediate: 0, note, ...fields };
}

/** A register or a constant, which is given as `{ constant }`. */
type Operand = Register | { readonly constant: number };

function withOperand(code: number, operand: Operand): Partial<Instruction> & { code: number } {
  return typeof operand === "number"
    ? { code: code | FROM_REGISTER, source: operand }
    : { code, immediate: operand.constant };
}

/** A constant as an operand: of 32 bits with sign. */
export function constant(value: number): Operand {
  return { constant: value };
}

/** destination = destination OPERATION operand; of 64 bits. */
export function compute(
  operation: keyof typeof OPERATION,
  destination: Register,
  operand: Operand,
  note: string,
): Statement {
  return make(0, note, { ...withOperand(OPERATION[operation] | WIDE, operand), destination });
}

/** destination = operand. */
export function set(destination: Register, operand: Operand, note: string): Statement {
  return compute("move", destination, operand, note);
}

/** Two instructions: destination = the number of 64 bits. */
export function setLong(destination: Register, value: bigint, note: string): readonly Statement[] {
  const [low, high] = [BigInt.asIntN(32, value), BigInt.asIntN(32, value >> 32n)];
  return [make(LOAD_MAP, note, { destination, immediate: Number(low) }), make(0, "", { immediate: Number(high) })];
}

/** Two instructions: destination = the map at a position. */
export function setMap(destination: Register, position: number, note: string): readonly Statement[] {
  return [make(LOAD_MAP, note, { destination, source: 1, immediate: position }), make(0, "")];
}

/** destination = `size` octets at pointer + offset. */
export function load(size: Size, destination: Register, pointer: Register, offset: number, note: string): Statement {
  return make(LOAD | SIZE[size], note, { destination, source: pointer, offset });
}

/** `size` octets at pointer + offset = source. */
export function store(size: Size, pointer: Register, offset: number, source: Register, note: string): Statement {
  return make(STORE | SIZE[size], note, { destination: pointer, source, offset });
}

/** `size` octets at pointer + offset = a constant. */
export function storeConstant(size: Size, pointer: Register, offset: number, value: number, note: string): Statement {
  return make(STORE_CONSTANT | SIZE[size], note, { destination: pointer, offset, immediate: value });
}

/** The 64 bits at pointer + offset become `source` if they are r0; r0 = their former value. */
export function exchangeIfSame(pointer: Register, offset: number, source: Register, note: string): Statement {
  return make(ATOMIC | SIZE[8], note, { destination: pointer, source, offset, immediate: COMPARE_AND_EXCHANGE });
}

/** The 16 or 32 bits of the network in a register as a number. */
export function fromNetwork(bits: 16 | 32, destination: Register, note: string): Statement {
  return make(TO_NETWORK, note, { destination, immediate: bits });
}

/** Goes on at a label if the comparison holds. */
export function jumpIf(
  comparison: keyof typeof COMPARISON,
  register: Register,
  operand: Operand,
  target: string,
  note: string,
): Statement {
  return {
    ...make(0, note, { ...withOperand(COMPARISON[comparison] | 0x05, operand), destination: register }),
    target,
  };
}

/** Goes on at a label. */
export function jump(target: string, note: string): Statement {
  return { ...make(JUMP_ALWAYS, note), target };
}

/** Calls a function of the kernel with r1 to r5; r0 = its result. */
export function call(helper: keyof typeof Helper, note: string): Statement {
  return make(CALL, note, { immediate: Helper[helper] });
}

/** Ends with r0. */
export function exit(note: string): Statement {
  return make(EXIT, note);
}

/** Names the next instruction. */
export function label(name: string): Statement {
  return { label: name };
}

/** Resolves the labels. */
export function assemble(statements: readonly Statement[]): readonly Instruction[] {
  const labels = new Map<string, number>();
  let count = 0;
  for (const statement of statements) {
    if (!("label" in statement)) count++;
    else if (labels.has(statement.label)) throw new Error(`${statement.label}: two labels of this name`);
    else labels.set(statement.label, count);
  }
  const program: Instruction[] = [];
  for (const statement of statements) {
    if ("label" in statement) continue;
    const { target, ...instruction } = statement;
    if (target === undefined) {
      program.push(instruction);
      continue;
    }
    const to = labels.get(target);
    if (to === undefined) throw new Error(`${target}: no such label`);
    program.push({ ...instruction, offset: to - program.length - 1 });
  }
  return program;
}
