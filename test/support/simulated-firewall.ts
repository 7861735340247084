// The process that changes firewall sets, simulated: its sets are lists of elements, and it answers when a test lets it.

import { formatIpv4 } from "../../src/base/ipv4.ts";
import { FirewallClient } from "../../src/firewall/client.ts";
import { FIREWALL_VERSION, FirewallVerb, Layout, SetResult } from "../../src/firewall/protocol.ts";

const PUT = 1;

/** One process that knows the sets of these names, each of which takes addresses. */
export class SimulatedFirewall {
  readonly client: FirewallClient;
  /** Addresses by name of the set, with the seconds that their elements were given. */
  readonly sets = new Map<string, Map<string, number>>();
  /** Handles of the sets: one that is made anew has another. */
  readonly handles = new Map<string, bigint>();
  /** What becomes of every change. */
  result: number = SetResult.ok;
  /** Whether it leaves requests unanswered until `answer`. */
  isSlow = false;
  /** Changes that came in each message. */
  readonly batches: number[] = [];
  private readonly names: readonly string[];
  private readonly waiting: Uint8Array[] = [];
  private tell: (bytes: Uint8Array) => void = () => undefined;

  constructor(...names: readonly string[]) {
    this.names = names;
    for (const name of names) this.sets.set(name, new Map());
    this.client = new FirewallClient((onMessage) => {
      this.tell = (bytes) => onMessage(bytes, -1);
      return { send: (bytes, length) => this.take(bytes.slice(0, length)), close: () => undefined };
    });
  }

  /** Addresses in a set. */
  elements(name: string): readonly string[] {
    return [...(this.sets.get(name)?.keys() ?? [])];
  }

  /** A ruleset is loaded that deletes the set and makes it again. */
  makeAnew(name: string): void {
    this.sets.set(name, new Map());
    this.handles.set(name, (this.handles.get(name) ?? 1n) + 1n);
  }

  /** Answers what waits. */
  answer(): void {
    for (const request of this.waiting.splice(0)) this.handle(request);
  }

  /** It has ended, and was started again. */
  restart(): void {
    this.waiting.length = 0;
    this.tell(message(FirewallVerb.ready, this.names.length, 0, Layout.header.octets));
  }

  private take(request: Uint8Array): number {
    if (this.isSlow) this.waiting.push(request);
    else queueMicrotask(() => this.handle(request));
    return 0;
  }

  private handle(request: Uint8Array): void {
    const view = new DataView(request.buffer);
    const sequence = view.getUint32(Layout.header.sequence, true);
    const count = view.getUint16(Layout.header.count, true);
    const verb = view.getUint8(Layout.header.verb);
    if (verb === FirewallVerb.change) return this.change(view, sequence, count);
    const position = view.getUint32(Layout.setRequest.set, true);
    if (verb === FirewallVerb.look) return this.look(sequence, position);
    this.tell(this.list(sequence, position));
  }

  private change(view: DataView, sequence: number, count: number): void {
    this.batches.push(count);
    for (let i = 0; i < count && this.result === SetResult.ok; i++) {
      const at = Layout.header.octets + i * Layout.element.octets;
      const set = this.sets.get(this.names[view.getUint8(at + Layout.element.set)] ?? "");
      const address = formatIpv4(view.getUint32(at + Layout.element.address, true));
      if (view.getUint8(at) === PUT) set?.set(address, view.getUint32(at + Layout.element.seconds, true));
      else set?.delete(address);
    }
    const reply = message(FirewallVerb.change, count, sequence, Layout.header.octets + count);
    this.tell(reply.fill(this.result, Layout.header.octets));
  }

  private look(sequence: number, position: number): void {
    const at = Layout.lookReply;
    const reply = message(FirewallVerb.look, this.names.length, sequence, at.octets);
    const [family = "", table = "", set = ""] = (this.names[position] ?? "").split(" ");
    new DataView(reply.buffer).setUint32(at.key, 1, true);
    new DataView(reply.buffer).setUint32(at.hasTimeout, 1, true);
    new DataView(reply.buffer).setBigUint64(at.handle, this.handles.get(this.names[position] ?? "") ?? 1n, true);
    reply.set(Buffer.from(family), at.family);
    reply.set(Buffer.from(table), at.table);
    reply.set(Buffer.from(set), at.set);
    this.tell(reply);
  }

  private list(sequence: number, position: number): Uint8Array {
    const elements = [...(this.sets.get(this.names[position] ?? "") ?? [])];
    const octets = Layout.listReply.octets + elements.length * Layout.element.octets;
    const reply = message(FirewallVerb.list, elements.length, sequence, octets);
    const view = new DataView(reply.buffer);
    view.setUint32(Layout.listReply.isLast, 1, true);
    for (const [i, [address, seconds]] of elements.entries()) {
      const at = Layout.listReply.octets + i * Layout.element.octets;
      const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
      view.setUint32(at + Layout.element.address, number, true);
      view.setUint32(at + Layout.element.seconds, seconds, true);
    }
    return reply;
  }
}

function message(verb: number, count: number, sequence: number, octets: number): Uint8Array {
  const bytes = new Uint8Array(octets);
  const view = new DataView(bytes.buffer);
  view.setUint8(Layout.header.version, FIREWALL_VERSION);
  view.setUint8(Layout.header.verb, verb);
  view.setUint16(Layout.header.count, count, true);
  view.setUint32(Layout.header.sequence, sequence, true);
  return bytes;
}
