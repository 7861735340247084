// The Python tools of demo/tools as objects: a raw client that says what a test tells it, a relay,
// a capture. Their frames are an independent reading of the server's messages on the wire.

import { fileURLToPath } from "node:url";
import type { Namespace } from "./network.ts";
import { eventually, type Program } from "./program.ts";

const tool = (name: string): string => fileURLToPath(new URL(`../../demo/tools/${name}.py`, import.meta.url));

/** A decoded DHCP message, as demo/tools/dhcp.py prints it. Option values are in hex. */
export interface WireMessage {
  readonly op: number;
  readonly hops: number;
  readonly xid: number;
  readonly secs: number;
  readonly flags: number;
  readonly ciaddr: string;
  readonly yiaddr: string;
  readonly siaddr: string;
  readonly giaddr: string;
  readonly chaddr: string;
  readonly type: string;
  /** Option 54 as an address; empty without it. */
  readonly serverId: string;
  /** Option 51 in seconds. */
  readonly leaseTime: number | null;
  readonly options: Readonly<Record<string, string>>;
  /** Option codes in the order they came. */
  readonly order: readonly number[];
  /** Octets of the whole message. */
  readonly length: number;
  /** The boot file; empty where options lie in the field. */
  readonly file: string;
  /** The name of the boot server; empty where options lie in the field. */
  readonly sname: string;
}

/** A DHCP message with the layers below it. */
export interface DhcpFrame {
  readonly kind: "dhcp";
  readonly sourceMac: string;
  readonly destinationMac: string;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly dontFragment: boolean;
  readonly ipChecksumGood: boolean;
  /** What a raw-socket client finds in the UDP checksum. */
  readonly checksum: "good" | "zero" | "partial" | "bad";
  readonly message: WireMessage;
  /** VLAN that the frame was tagged for. */
  readonly vlan?: number;
  /** Of a capture: where and which way it passed. */
  readonly interface?: string;
  readonly direction?: "in" | "out";
}

/** An ARP message. */
export interface ArpFrame {
  readonly kind: "arp";
  readonly operation: "request" | "reply";
  readonly sender: string;
  readonly senderMac: string;
  readonly target: string;
  readonly interface?: string;
  readonly direction?: "in" | "out";
}

/** An ICMP message. */
export interface IcmpFrame {
  readonly kind: "icmp";
  readonly icmpType: number;
  readonly icmpCode: number;
  readonly source: string;
  readonly destination: string;
  readonly interface?: string;
  readonly direction?: "in" | "out";
}

export type Frame = DhcpFrame | ArpFrame | IcmpFrame;

/** Fields of a message to send; a field that is left out has a plain default. */
export interface MessageFields {
  type?: string;
  op?: number;
  htype?: number;
  hlen?: number;
  hops?: number;
  xid?: number;
  broadcast?: boolean;
  ciaddr?: string;
  giaddr?: string;
  chaddr?: string;
  /** Code and value in hex. */
  options?: readonly (readonly [number, string])[];
  tail?: string;
}

/** What to send and how long to collect replies. */
export interface Exchange {
  message?: MessageFields;
  frame?: {
    sourceMac?: string;
    destinationMac?: string;
    source?: string;
    destination?: string;
    sourcePort?: number;
    destinationPort?: number;
  };
  /** The octets themselves, in hex. */
  raw?: string;
  /** Only so many octets of the message. */
  cut?: number;
  /** A second message, sent right behind: once it is answered, only `lingerMs` more is waited. */
  fence?: { message: MessageFields; frame?: Exchange["frame"] };
  /** Replies after which only `lingerMs` more is waited; 0 for none expected. */
  expect?: number;
  waitMs?: number;
  lingerMs?: number;
}

/** What came back. */
export interface Heard {
  /** The octets that were sent, in hex. */
  readonly octets: string;
  readonly replies: readonly DhcpFrame[];
  readonly arp: readonly ArpFrame[];
}

/** The end of a load. */
export interface LoadResult {
  readonly sent: number;
  readonly offers: number;
  /** Distinct addresses among the offers. */
  readonly distinct: number;
  readonly acks: number;
  readonly unicastOffers: number;
  readonly arp: readonly ArpFrame[];
}

/** By their numbers. */
const TYPES: readonly string[] = "- DISCOVER OFFER REQUEST DECLINE ACK NAK RELEASE INFORM FORCERENEW LEASEQUERY".split(
  " ",
);

/** The octets of a message, as the raw client makes them. */
export function encodeMessage(fields: MessageFields): Uint8Array {
  const { type = "", chaddr = "02:00:00:00:00:01", options = [], tail = "" } = fields;
  const hardware = Buffer.from(chaddr.replaceAll(":", ""), "hex");
  const address = (text = "0.0.0.0"): Buffer => Buffer.from(addressHex(text), "hex");
  const header = Buffer.alloc(240);
  header.set([fields.op ?? 1, fields.htype ?? 1, fields.hlen ?? hardware.length, fields.hops ?? 0]);
  header.writeUInt32BE(fields.xid ?? 1, 4);
  if (fields.broadcast === true) header[10] = 0x80;
  header.set(address(fields.ciaddr), 12);
  header.set(address(fields.giaddr), 24);
  header.set(hardware.subarray(0, 16), 28);
  header.set([99, 130, 83, 99], 236);
  const all = [...(type === "" ? [] : [[53, Buffer.of(TYPES.indexOf(type)).toString("hex")] as const]), ...options];
  const values = all.flatMap(([code, hex]) => [Buffer.of(code, hex.length / 2), Buffer.from(hex, "hex")]);
  const octets = Buffer.concat([header, ...values, Buffer.of(255), Buffer.from(tail, "hex")]);
  return Buffer.concat([octets, Buffer.alloc(Math.max(0, 300 - octets.length))]);
}

/** An address as the hex text of an option's value. */
export function addressHex(address: string): string {
  return address
    .split(".")
    .map((octet) => Number(octet).toString(16).padStart(2, "0"))
    .join("");
}

/** A client on a packet socket. One command at a time. */
export class RawClient {
  readonly program: Program;
  /** Hardware address of its interface. */
  readonly mac: string;

  private constructor(program: Program, mac: string) {
    this.program = program;
    this.mac = mac;
  }

  static async start(namespace: Namespace, interfaceName: string): Promise<RawClient> {
    const program = namespace.spawn(["python3", "-B", tool("client"), interfaceName]);
    const ready = await program.waitForLine((line) => line.includes('"ready"'));
    return new RawClient(program, JSON.parse(ready).mac);
  }

  /** Sends a message and collects the replies to it. */
  exchange(exchange: Exchange): Promise<Heard> {
    return this.#command({ op: "send", ...exchange }, "sent", (exchange.waitMs ?? 3_000) + 10_000);
  }

  /** Sends a message that has to be answered exactly once; resolves with the answer. */
  async ask(message: MessageFields, frame: Exchange["frame"] = {}): Promise<DhcpFrame> {
    const { replies } = await this.exchange({ message, frame });
    const [reply] = replies;
    if (reply === undefined || replies.length !== 1) {
      throw new Error(`${replies.length} replies to ${JSON.stringify(message)}: ${JSON.stringify(replies)}`);
    }
    return reply;
  }

  /** DISCOVER and REQUEST; resolves with the DHCPACK. `more` is added to both messages. */
  async lease(chaddr: string, more: MessageFields = {}): Promise<DhcpFrame> {
    const offer = await this.ask({ type: "DISCOVER", chaddr, xid: nextXid(), ...more });
    const { yiaddr, serverId } = offer.message;
    const request = { type: "REQUEST", chaddr, xid: nextXid(), ...more };
    const options = [...(more.options ?? []), [50, addressHex(yiaddr)], [54, addressHex(serverId)]] as const;
    const ack = await this.ask({ ...request, options });
    if (ack.message.type !== "ACK") throw new Error(`no lease: ${JSON.stringify(ack)}`);
    return ack;
  }

  /**
   * Broadcasts payloads (hex), each from its address of `sources` or 0.0.0.0, as fast as replies can be read; resolves
   * with all replies, to whomever.
   */
  async blast(payloads: readonly string[], sources: readonly string[] = []): Promise<readonly DhcpFrame[]> {
    const blasted = await this.#command<Heard>({ op: "blast", payloads, sources, waitMs: 1_000 }, "blasted", 60_000);
    return blasted.replies;
  }

  /** Answers ARP for an address from now on. */
  async hold(address: string, mac: string): Promise<void> {
    await this.#command({ op: "hold", address, mac }, "held", 5_000);
  }

  /** Many clients at once; with `idleMs` it ends when no reply has come for so long. */
  async load(
    load: {
      clients: number;
      rate: number;
      first?: number;
      request?: boolean;
      broadcast?: boolean;
      window?: number;
      waitMs?: number;
      idleMs?: number;
    },
    from = this.program.lines.length,
  ): Promise<LoadResult & { readonly granted: readonly { address: string; chaddr: string }[] }> {
    const done: LoadResult = await this.#command({ op: "load", ...load }, "done", (load.waitMs ?? 30_000) + 15_000);
    return { ...done, granted: this.granted(from) };
  }

  /** Leases that were acknowledged during a load, from line `from` of the output on. */
  granted(from = 0): readonly { address: string; chaddr: string }[] {
    return this.program.lines
      .slice(from)
      .filter((line) => line.startsWith('{"event": "ack"'))
      .map((line) => JSON.parse(line));
  }

  async #command<T>(command: object, event: string, timeoutMs: number): Promise<T> {
    const from = this.program.lines.length;
    this.program.write(`${JSON.stringify(command)}\n`);
    const isAnswer = (line: string): boolean => line.startsWith(`{"event": "${event}"`);
    return JSON.parse(await this.program.waitForLine(isAnswer, { from, timeoutMs }));
  }
}

let lastXid = 0x1000;
/** A transaction id that no earlier message of this process had. */
export function nextXid(): number {
  return ++lastXid;
}

/** A capture on some interfaces of a namespace. */
export class Capture {
  readonly #program: Program;

  private constructor(program: Program) {
    this.#program = program;
  }

  static async start(namespace: Namespace, ...interfaces: string[]): Promise<Capture> {
    const program = namespace.spawn(["python3", "-B", tool("capture"), ...interfaces]);
    await program.waitForLine((line) => line.includes('"ready"'));
    return new Capture(program);
  }

  /** Ends it; what it has seen stays. */
  async stop(): Promise<void> {
    await this.#program.stop("SIGTERM");
  }

  /** Number of lines so far: a mark for `frames`. */
  get mark(): number {
    return this.#program.lines.length;
  }

  /** All frames since the mark. */
  frames(from = 0): readonly Frame[] {
    return this.#program.lines
      .slice(from)
      .map((line) => JSON.parse(line))
      .filter((frame) => frame.kind !== "ready");
  }

  /** DHCP messages since the mark that carry a message type. */
  dhcp(from = 0): readonly DhcpFrame[] {
    return this.frames(from).filter((frame) => frame.kind === "dhcp" && frame.message !== null) as DhcpFrame[];
  }

  arp(from = 0): readonly ArpFrame[] {
    return this.frames(from).filter((frame) => frame.kind === "arp");
  }

  /** The first DHCP message since the mark that matches, waiting for it. */
  async waitFor(
    what: string,
    matches: (frame: DhcpFrame) => boolean,
    from = 0,
    timeoutMs = 10_000,
  ): Promise<DhcpFrame> {
    let found: DhcpFrame | undefined;
    await eventually(
      `${what} on the wire; seen: ${this.#program.lines.slice(from).join("\n")}`,
      () => {
        found = this.dhcp(from).find(matches);
        return found !== undefined;
      },
      timeoutMs,
    );
    return found as DhcpFrame;
  }
}

const SEND_FRAMES = `import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
s.bind((sys.argv[1], 0))
for line in sys.stdin:
    s.send(bytes.fromhex(line))
`;

/** Sends whole frames out of an interface. */
export async function sendFrames(
  namespace: Namespace,
  interfaceName: string,
  frames: readonly Uint8Array[],
): Promise<void> {
  const input = frames.map((frame) => `${Buffer.from(frame).toString("hex")}\n`).join("");
  await namespace.exec(["python3", "-c", SEND_FRAMES, interfaceName], { input });
}

/** Starts the demo's relay agent. */
export async function startRelay(
  namespace: Namespace,
  {
    clientInterface,
    giaddr,
    server,
    circuit = "port-1",
  }: { clientInterface: string; giaddr: string; server: string; circuit?: string },
): Promise<Program> {
  const program = namespace.spawn(["python3", "-B", tool("relay"), clientInterface, giaddr, server, circuit]);
  await program.waitForLine((line) => line.includes('"ready"'));
  return program;
}
