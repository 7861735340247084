// One server under question: queries to it as direct and as relayed clients send them, its replies, and what
// the kernel says about its process. What the questions are is in questions.ts.

import { randomInt } from "node:crypto";
import { ADDRESSES, type Network } from "../network/network.ts";
import type { RunningServer } from "../servers/running-server.ts";
import {
  type ClientMessage,
  type Envelope,
  encodeFrame,
  encodeMessage,
  MessageCode,
  type SeenReply,
} from "./client-message.ts";
import { WireClient } from "./wire-client.ts";

/** A reply takes a few milliseconds; a server that syncs on a busy disk may take longer. */
const WAIT_MS = 1_500;
const TRIES = 2;
const EVERYBODY = "ff:ff:ff:ff:ff:ff";

/** Which cable a client is on. */
export type Path = "direct" | "relayed";

/** A lease that a client of ours has got. */
export interface ClientLease {
  readonly chaddr: string;
  readonly address: string;
}

/** What a query may have that is not usual. */
export interface Unusual {
  readonly message?: Partial<ClientMessage>;
  readonly envelope?: Partial<Envelope>;
  /** How long further replies are waited for after the first; not at all by default. */
  readonly lingerMs?: number;
}

/** A running server and our hands on both cables. */
export class Interview implements AsyncDisposable {
  readonly network: Network;
  readonly running: RunningServer;
  readonly #hands: Readonly<Record<Path, WireClient>>;
  /** Hardware addresses of the server's interfaces. */
  readonly #server: Readonly<Record<Path, string>>;
  #clients = 0;

  private constructor(
    network: Network,
    running: RunningServer,
    hands: Readonly<Record<Path, WireClient>>,
    server: Readonly<Record<Path, string>>,
  ) {
    this.network = network;
    this.running = running;
    this.#hands = hands;
    this.#server = server;
  }

  /** Takes both cables. */
  static async begin(network: Network, running: RunningServer): Promise<Interview> {
    const { server, client, relay } = network;
    const hardwareOf = async (name: string): Promise<string> =>
      (/link\/ether (\S+)/.exec(await server.ip(`link show ${name}`)) ?? [])[1] ?? EVERYBODY;
    const hands = { direct: await WireClient.start(client, "eth0"), relayed: await WireClient.start(relay, "up0") };
    const hardware = { direct: await hardwareOf("lan0"), relayed: await hardwareOf("up0") };
    return new Interview(network, running, hands, hardware);
  }

  /** A hardware address that no client has had so far. */
  newClient(): string {
    this.#clients += 1;
    return `02:00:00:00:${(this.#clients >> 8).toString(16).padStart(2, "0")}:${(this.#clients & 255).toString(16).padStart(2, "0")}`;
  }

  /** A DISCOVER of a new client, sent once; resolves with the replies. */
  async discover(path: Path, to: string = primaryOf(path), unusual: Unusual = {}): Promise<SeenReply[]> {
    const message = { type: MessageCode.discover, chaddr: this.newClient(), ...unusual.message };
    const { xid, octets } = this.#encode(path, message);
    this.#hands[path].sendFrame(
      encodeFrame(octets, { ...this.#envelope(path, to, message.chaddr), ...unusual.envelope }),
    );
    return this.#repliesTo(path, xid, unusual.lingerMs);
  }

  /** The same, tried again if there is no reply. */
  async discoverPatiently(path: Path, to: string = primaryOf(path), unusual: Unusual = {}): Promise<SeenReply[]> {
    for (let tried = 1; ; tried++) {
      const replies = await this.discover(path, to, unusual);
      if (replies.length > 0 || tried === TRIES) return replies;
    }
  }

  /** A direct DISCOVER that the client's kernel wraps, its checksum unfinished. */
  async discoverByKernel(): Promise<SeenReply[]> {
    const message = { type: MessageCode.discover, chaddr: this.newClient(), broadcast: true };
    const { xid, octets } = this.#encode("direct", message);
    this.#hands.direct.sendDatagram(octets);
    return this.#repliesTo("direct", xid);
  }

  /** A lease for a new client; undefined if it gets none. */
  async lease(path: Path): Promise<ClientLease | undefined> {
    const chaddr = this.newClient();
    const offer = (await this.discoverPatiently(path, primaryOf(path), { message: { chaddr } }))[0];
    if (offer?.type !== MessageCode.offer || offer.serverIdentifier === undefined) return undefined;
    const { yiaddr: requested, serverIdentifier: server } = offer;
    const { xid, octets } = this.#encode(path, { type: MessageCode.request, chaddr, requested, server });
    this.#hands[path].sendFrame(encodeFrame(octets, this.#envelope(path, primaryOf(path), chaddr)));
    const ack = (await this.#repliesTo(path, xid))[0];
    return ack?.type === MessageCode.ack ? { chaddr, address: ack.yiaddr } : undefined;
  }

  /** A renewal, unicast by a client that has the address; the replies to it. */
  async renew(path: Path, { chaddr, address }: ClientLease, to: string): Promise<SeenReply[]> {
    const payload = { type: MessageCode.request, xid: newXid(), chaddr, ciaddr: address };
    const envelope = { ...this.#envelope(path, to, chaddr), destinationHardware: this.#server[path], source: address };
    const ports = { sourcePort: 68, destinationPort: 67, destination: to };
    // The namespace that answers ARP for a direct client; relayed ones are reached by their router.
    const [holder, device] =
      path === "direct" ? ([this.network.client, "eth0"] as const) : ([this.network.relay, "lo"] as const);
    await holder.run(["ip", "addr", "add", `${address}/32`, "dev", device]);
    this.#hands[path].sendFrame(encodeFrame(encodeMessage(payload), { ...envelope, ...ports }));
    const replies = await this.#repliesTo(path, payload.xid);
    await holder.run(["ip", "addr", "del", `${address}/32`, "dev", device]);
    return replies;
  }

  #encode(path: Path, message: Omit<ClientMessage, "xid">): { xid: number; octets: Uint8Array } {
    const xid = newXid();
    const relayed = path === "relayed" ? { giaddr: ADDRESSES.giaddr } : {};
    return { xid, octets: encodeMessage({ xid, ...relayed, ...message }) };
  }

  #envelope(path: Path, to: string, chaddr: string): Envelope {
    if (path === "direct") {
      const [source, destination] = ["0.0.0.0", "255.255.255.255"];
      const hardware = { destinationHardware: EVERYBODY, sourceHardware: chaddr };
      return { ...hardware, source, sourcePort: 68, destination, destinationPort: 67 };
    }
    const hardware = { destinationHardware: this.#server.relayed, sourceHardware: this.#hands.relayed.hardware };
    return { ...hardware, source: ADDRESSES.giaddr, sourcePort: 67, destination: to, destinationPort: 67 };
  }

  #repliesTo(path: Path, xid: number, lingerMs = 0): Promise<SeenReply[]> {
    return this.#hands[path].repliesTo(xid, { waitMs: WAIT_MS, lingerMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hands.direct.close();
    await this.#hands.relayed.close();
  }
}

/** The address that clients of a path know first. */
export function primaryOf(path: Path): string {
  return path === "direct" ? ADDRESSES.lanPrimary : ADDRESSES.upPrimary;
}

function newXid(): number {
  return randomInt(1, 2 ** 32);
}
