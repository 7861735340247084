// The fixed parts of a BOOTP message (RFC 951 section 3, RFC 2131 section 2): offsets and sizes in octets, values,
// ports.

/** Offsets of the header fields from the start of the message. */
export const Offset = {
  op: 0,
  htype: 1,
  hlen: 2,
  hops: 3,
  xid: 4,
  secs: 8,
  flags: 10,
  ciaddr: 12,
  yiaddr: 16,
  siaddr: 20,
  giaddr: 24,
  chaddr: 28,
  sname: 44,
  file: 108,
  cookie: 236,
  options: 240,
} as const;

/** Octets of chaddr, of which hlen count. */
export const CHADDR_OCTETS = 16;

/** Octets of sname, the last of which is a zero where it holds a name. */
export const SNAME_OCTETS = 64;

/** Octets of file, the last of which is a zero where it holds a name. */
export const FILE_OCTETS = 128;

/** Octets of the header, up to the vendor area. */
export const HEADER_OCTETS = 236;

/** The first four octets of the options (RFC 2131 section 3: 99, 130, 83, 99). */
export const MAGIC_COOKIE = 0x63825363;

/** Values of op. */
export const BOOTREQUEST = 1;
export const BOOTREPLY = 2;

/** Bit 15 of flags: the client cannot take a unicast reply yet (RFC 2131 section 2). */
export const BROADCAST_FLAG = 0x8000;

/** Bits of option 52: file and sname hold options (RFC 2132 section 9.3). */
export const OVERLOAD_FILE = 1;
export const OVERLOAD_SNAME = 2;

/** UDP ports of servers and relays, and of clients (RFC 2131 section 4.1). */
export const SERVER_PORT = 67;
export const CLIENT_PORT = 68;

/** A time of an option that never ends, in seconds; every other one is shorter (RFC 2131 section 3.3). */
export const INFINITE_SECONDS = 0xffffffff;
