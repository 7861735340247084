// The classic BPF prefilter of a UDP listener, as data. It keeps datagrams that can be no DHCP or
// BOOTP request from costing a wake-up; it is no validation, decodeQuery does that.
//
// On a UDP socket the program sees the UDP header at offset 0 and the payload at 8. 236 octets are
// the fixed header of BOOTP (RFC 951): the magic cookie behind it is not asked for, so that a plain
// BOOTP client still gets through. The kernel counts what the filter rejects as lost by the socket.

/** One instruction: code, jump if true, jump if false, operand. */
type Instruction = readonly [code: number, jt: number, jf: number, k: number];

// linux/bpf_common.h: BPF_LD | BPF_W | BPF_LEN, BPF_LD | BPF_B | BPF_ABS, BPF_JMP | ..., BPF_RET.
const LOAD_LENGTH = 0x80;
const LOAD_OCTET = 0x30;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_AT_LEAST = 0x35;
const RETURN = 0x06;

const UDP_HEADER_OCTETS = 8;
const BOOTP_HEADER_OCTETS = 236;
const BOOTREQUEST = 1;
/** More than any datagram: keep all of it. */
const WHOLE = 0x40000;

const INSTRUCTIONS: readonly Instruction[] = [
  [LOAD_LENGTH, 0, 0, 0],
  [JUMP_IF_AT_LEAST, 0, 3, UDP_HEADER_OCTETS + BOOTP_HEADER_OCTETS],
  [LOAD_OCTET, 0, 0, UDP_HEADER_OCTETS],
  [JUMP_IF_EQUAL, 0, 1, BOOTREQUEST],
  [RETURN, 0, 0, WHOLE],
  [RETURN, 0, 0, 0],
];

const INSTRUCTION_OCTETS = 8;

/** The program as the kernel takes it: struct sock_filter { u16 code; u8 jt, jf; u32 k; }, native byte order. */
export function prefilterProgram(): Uint8Array {
  const program = new Uint8Array(INSTRUCTIONS.length * INSTRUCTION_OCTETS);
  const halves = new Uint16Array(program.buffer);
  const words = new Uint32Array(program.buffer);
  for (const [i, [code, jt, jf, k]] of INSTRUCTIONS.entries()) {
    halves[i * 4] = code;
    program[i * INSTRUCTION_OCTETS + 2] = jt;
    program[i * INSTRUCTION_OCTETS + 3] = jf;
    words[i * 2 + 1] = k;
  }
  return program;
}
