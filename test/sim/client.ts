// A DHCP client (RFC 2131 section 4.4) with a clock of its own, and what people do to the machine that it runs on. It
// believes in its lease until the time that it was told is over, not a moment longer.

import type { Planned } from "./event-loop.ts";
import { type Answer, encodeMessage, type Message, MessageKind, nameOfKind } from "./messages.ts";
import { ANYCAST, type Believer, type ClientState, GIADDR, shown, type World } from "./world.ts";

const SECOND = 1000;
/** Milliseconds between a message and its repetitions; RFC 2131 section 4.1. */
const REPETITIONS = [4 * SECOND, 8 * SECOND, 16 * SECOND];
/** Milliseconds between repetitions of a renewing or rebinding client, at least: the RFC's minute is long for short leases. */
const RENEWAL_PAUSE = 5 * SECOND;
const NO_OCTETS = new Uint8Array(0);

/** See the head of this file. */
export class Client implements Believer {
  readonly world: World;
  readonly number: number;
  readonly name: string;
  readonly chaddr: Uint8Array;
  readonly clientId: Uint8Array;
  /** The last four octets of chaddr. */
  readonly hardware: number;
  readonly relay: number;
  state: ClientState = "off";
  /** The address that it has or had last; 0: none. */
  address = 0;
  /** When its lease is over, in milliseconds of the run; what it believes in while it uses the address. */
  leaseEnd = 0;
  askingSince = 0;
  renewals = 0;
  /** A second of its clock in true milliseconds. */
  private readonly pace: number;
  /** Whether a lease begins when its ACK comes; else when the REQUEST was sent, as RFC 2131 section 4.4.1 has it. */
  private readonly countsFromAnswer: boolean;
  private xid = 0;
  private sentAt = 0;
  private repetition = 0;
  private renewsAt = 0;
  private rebindsAt = 0;
  private timer: Planned | undefined;
  private deed: Planned | undefined;

  constructor(world: World, number: number) {
    const { random, scenario } = world;
    this.world = world;
    this.number = number;
    this.name = `client ${number}`;
    this.chaddr = Uint8Array.of(2, 0, 0xc1, 0, number >> 8, number & 255);
    this.hardware = 0xc1000000 + number;
    this.clientId = number % 2 === 0 ? NO_OCTETS : Uint8Array.of(1, ...this.chaddr);
    this.relay = number % scenario.relays;
    this.pace = SECOND * (1 + random.between(-scenario.clientDrift, scenario.clientDrift));
    this.countsFromAnswer = random.chance(0.5);
  }

  /** Whether it uses its address now. */
  get believes(): boolean {
    const { state } = this;
    return state === "bound" || state === "renewing" || state === "rebinding" || state === "mute";
  }

  /** The machine is switched on. */
  start(): void {
    if (this.state !== "off") return;
    this.askingSince = this.world.loop.now;
    if (this.address !== 0) this.reboot();
    else this.beginInit(0);
  }

  /** A reply has come. */
  hear(answer: Answer): void {
    if (answer.xid !== this.xid || answer.hardware !== this.hardware) return;
    const { state } = this;
    if (state === "selecting" && answer.type === MessageKind.offer) return this.take(answer);
    const isAsking = state === "requesting" || state === "rebooting" || state === "renewing" || state === "rebinding";
    if (!isAsking) return;
    if (answer.type === MessageKind.nak) return this.giveUp("was refused");
    if (answer.type === MessageKind.ack) this.bind(answer);
  }

  /** It hears nothing and says nothing until its lease is over, and uses the address as long. */
  mute(): void {
    if (!this.believes || this.state === "mute") return;
    this.become("mute");
    this.wait(this.leaseEnd - this.world.loop.now, () => this.runOut());
  }

  private beginInit(delay: number): void {
    this.become("init");
    this.wait(delay, () => {
      this.become("selecting");
      this.begin();
      this.sendDiscover();
    });
  }

  private sendDiscover(): void {
    const wished = this.world.random.chance(0.3) ? this.address : 0;
    this.send({ type: MessageKind.discover, requested: wished });
    this.repeatOr(
      () => this.sendDiscover(),
      () => this.beginInit(this.world.random.between(1, 10) * SECOND),
    );
  }

  private take(offer: Answer): void {
    this.become("requesting");
    this.repetition = 0;
    this.sendRequest(offer.yiaddr);
  }

  private sendRequest(address: number): void {
    this.address = address;
    this.sentAt = this.world.loop.now;
    this.send({ type: MessageKind.request, requested: address, serverId: ANYCAST });
    this.repeatOr(
      () => this.sendRequest(address),
      () => this.beginInit(SECOND),
    );
  }

  private reboot(): void {
    this.become("rebooting");
    this.begin();
    this.sendReboot();
  }

  private sendReboot(): void {
    this.sentAt = this.world.loop.now;
    this.send({ type: MessageKind.request, requested: this.address });
    this.repeatOr(
      () => this.sendReboot(),
      () => this.goOnUnanswered(),
    );
  }

  /** RFC 2131 section 3.2: who hears nothing may use what it was given for the rest of its time. */
  private goOnUnanswered(): void {
    const left = this.leaseEnd - this.world.loop.now;
    if (left <= SECOND || this.world.random.chance(0.5)) return this.giveUp("heard nothing");
    this.world.judge.believe(this, this.address, this.leaseEnd);
    this.become("bound");
    this.wait(Math.min(left, 10 * SECOND), () => this.renew());
  }

  private bind(answer: Answer): void {
    const { loop, random, scenario, judge } = this.world;
    const isNew = this.state === "requesting" || this.state === "rebooting";
    if (isNew && random.chance(scenario.declines)) return this.decline();
    const from = this.countsFromAnswer ? loop.now : this.sentAt;
    this.address = answer.yiaddr;
    this.renewals = 0;
    this.leaseEnd = from + answer.leaseSeconds * this.pace;
    const renewal = answer.renewalSeconds >= 0 ? answer.renewalSeconds : answer.leaseSeconds / 2;
    const rebinding = answer.rebindingSeconds >= 0 ? answer.rebindingSeconds : answer.leaseSeconds * 0.875;
    this.renewsAt = from + renewal * this.pace;
    this.rebindsAt = from + rebinding * this.pace;
    this.become("bound");
    judge.believe(this, this.address, this.leaseEnd);
    if (this.leaseEnd <= loop.now) return this.runOut();
    this.wait(this.renewsAt - loop.now, () => this.renew());
    if (isNew) this.planDeed();
  }

  /** What will be done to the machine while it has this lease. */
  private planDeed(): void {
    const { random, scenario, loop } = this.world;
    const draw = random.next();
    const { releases, reboots, vanishes, mutes } = scenario;
    const deed =
      draw < releases
        ? () => this.release()
        : draw < releases + reboots
          ? () => this.switchOff(random.between(2, 40) * SECOND)
          : draw < releases + reboots + vanishes
            ? () => this.switchOff(random.wait(300 * SECOND))
            : draw < releases + reboots + vanishes + mutes
              ? () => this.mute()
              : undefined;
    this.deed?.cancel();
    // Soon, so that what is late meets what came of it; or after some renewals.
    const delay = random.chance(0.3) ? random.between(0, 20) : random.between(0, 4 * scenario.leaseSeconds);
    if (deed !== undefined) this.deed = loop.plan(delay * SECOND, () => this.believes && deed());
  }

  private renew(): void {
    this.become("renewing");
    this.begin();
    this.sendRenewal();
  }

  private sendRenewal(): void {
    const { loop } = this.world;
    if (loop.now >= this.leaseEnd) return this.runOut();
    this.renewals += 1;
    this.sentAt = loop.now;
    if (loop.now >= this.rebindsAt && this.state === "renewing") {
      this.become("rebinding");
      this.begin();
    }
    const message: Partial<Message> & { type: number } = { type: MessageKind.request, ciaddr: this.address };
    if (this.state === "renewing") this.sendRouted(message);
    else this.send(message);
    const next = this.state === "renewing" ? this.rebindsAt : this.leaseEnd;
    const pause = Math.max(RENEWAL_PAUSE, (next - loop.now) / 2);
    this.wait(Math.min(pause, Math.max(this.leaseEnd - loop.now, 0)), () => this.sendRenewal());
  }

  private runOut(): void {
    this.world.judge.runOut(this);
    this.giveUp("lease is over");
    this.address = 0;
  }

  private release(): void {
    this.sendRouted({ type: MessageKind.release, ciaddr: this.address, serverId: ANYCAST });
    this.leaseEnd = 0;
    this.switchOff(this.world.random.pick([10, 500, 3 * SECOND, 60 * SECOND]));
    if (this.world.random.chance(0.5)) this.address = 0;
  }

  private decline(): void {
    this.send({ type: MessageKind.decline, requested: this.address, serverId: ANYCAST });
    this.giveUp("declined it");
    this.address = 0;
    this.leaseEnd = 0;
  }

  private switchOff(duration: number): void {
    this.stop("off");
    this.timer = this.world.loop.plan(duration, () => this.start());
  }

  private giveUp(why: string): void {
    this.world.trace?.(this.name, `${why}: begins anew`);
    if (this.state !== "requesting" || this.leaseEnd === 0) this.leaseEnd = 0;
    this.stop("init");
    this.askingSince = this.world.loop.now;
    this.beginInit(this.world.random.between(0, 2) * SECOND);
  }

  /** Uses the address no more. */
  private stop(state: ClientState): void {
    this.world.judge.disbelieve(this);
    this.timer?.cancel();
    this.deed?.cancel();
    this.become(state);
    this.xid = 0;
  }

  private begin(): void {
    this.xid = Math.floor(this.world.random.next() * 0xffffffff) + 1;
    this.repetition = 0;
  }

  private repeatOr(again: () => void, giveUp: () => void): void {
    const pause = REPETITIONS[this.repetition++];
    if (pause === undefined) return this.wait(SECOND, giveUp);
    this.wait(pause + this.world.random.between(-SECOND, SECOND), again);
  }

  private wait(delay: number, then: () => void): void {
    this.timer?.cancel();
    this.timer = this.world.loop.planFor(undefined, delay, then);
  }

  private become(state: ClientState): void {
    if (this.state === state) return;
    this.state = state;
    this.world.trace?.(this.name, state);
  }

  /** By broadcast: the relay of its link forwards it. */
  private send(parts: Partial<Message> & { type: number }): void {
    this.tell(parts, "broadcast");
    const giaddr = GIADDR + this.relay;
    this.world.network.toServer(this.relay, this.encode(parts, giaddr), giaddr, 67);
  }

  /** Straight to the server, and twice where the relay sees it pass. */
  private sendRouted(parts: Partial<Message> & { type: number }): void {
    const { network, random, scenario } = this.world;
    this.tell(parts, "unicast");
    network.toServer(this.relay, this.encode(parts, 0), parts.ciaddr ?? 0, 68);
    if (!random.chance(scenario.doubles)) return;
    const giaddr = GIADDR + this.relay;
    network.toServer(this.relay, this.encode(parts, giaddr), giaddr, 67);
  }

  private encode(parts: Partial<Message> & { type: number }, giaddr: number): Uint8Array {
    const { chaddr, clientId, xid } = this;
    return encodeMessage({ xid, chaddr, clientId, ciaddr: 0, requested: 0, serverId: 0, ...parts, giaddr });
  }

  private tell(parts: Partial<Message> & { type: number }, how: string): void {
    if (this.world.trace === undefined) return;
    const address = parts.requested || parts.ciaddr || 0;
    const what = `${nameOfKind(parts.type)} ${address === 0 ? "" : `${shown(address)} `}xid ${this.xid.toString(16)}`;
    this.world.trace(this.name, `sends ${what} by ${how} (${this.state})`);
  }
}
