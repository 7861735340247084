// A backend on sockets that the helper opens: joins a transport (UDP sockets, or frames), the listeners that follow the
// interfaces, the sender of replies and the ICMP socket, and passes everything to an observer, if there is one.
//
// open() takes over helper.onGone and calls the handler it found there.

import { textOf } from "../base/errors.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import { HELPER_BATCH } from "../base/limits/helper.ts";
import type { MonotonicMilliseconds } from "../base/time.ts";
import type { Helper } from "../helper/helper.ts";
import type { Closable, NativeInterface } from "../native/addon.ts";
import { EchoSocket } from "../native/echo-socket.ts";
import { InterfaceWatch, listInterfaces, listNeighbours } from "../native/interfaces.ts";
import { NeighbourRows, NeighbourTable } from "../native/rows.ts";
import type {
  Backend,
  BackendEvents,
  ListenerStatus,
  ObservedServer,
  ReplyBatch,
  ShieldStatus,
  WantedListeners,
} from "./backend.ts";
import { BackendCounters, Count } from "./backend-counters.ts";
import { BurstNotices } from "./burst-notices.ts";
import { ListenerFollow, type NoticeLevel } from "./listen/listener-follow.ts";
import { ListenerSet, type ListenerSocket } from "./listen/listener-set.ts";
import type { PlannedListener } from "./listen/listeners.ts";
import type { Onlooker, ServingSockets } from "./observe/onlooker.ts";
import { ReceiveBatch } from "./receive-batch.ts";
import { ReplySender } from "./reply-sender.ts";
import { sendToSelf } from "./self-talk.ts";
import { SettingWarnings } from "./setting-warnings.ts";
import type { Shield } from "./shield/shield.ts";
import type { SettingReader } from "./startup-warnings.ts";
import type { Transport } from "./transport.ts";

/** The parts of a backend on sockets. */
export interface SocketBackendOptions {
  /** Opens every socket; sets neighbour entries where it can. */
  readonly helper: Helper;
  /** Processes that held port 67 when the daemon was launched: "pid name;pid name"; empty if none did, or not known. */
  readonly portHolders?: string;
  /** Takes messages for the user. */
  readonly notice: (level: NoticeLevel, message: string) => void;
  /** Monotonic clock; by default the process's. */
  readonly now?: () => MonotonicMilliseconds;
  /** Reads a setting below /proc/sys/net/ipv4/conf; by default from there. */
  readonly readSetting?: SettingReader;
  /** Lists the interfaces; by default the kernel's. */
  readonly list?: () => readonly NativeInterface[];
  /** Watches for changes of them; by default the kernel's. */
  readonly watch?: (onChange: () => void) => Closable;
  /** Counters of the kind that the transport needs; by default those for datagrams. */
  readonly counters?: BackendCounters;
  /** Makes the observer. */
  readonly onlooker?: (serving: ServingSockets) => Onlooker;
  /** Drops messages in the kernel that come too fast. */
  readonly shield?: Shield;
}

const NOBODY = new NeighbourTable(new Uint32Array(0));

/** A backend on sockets. Call reconfigure() before open() to say which listeners are wanted. */
export class SocketBackend<Socket extends ListenerSocket> implements Backend {
  readonly name: Backend["name"];
  onEcho: (source: Ipv4, identifier: number, sequence: number) => void = () => undefined;
  private readonly options: SocketBackendOptions;
  private readonly transport: Transport<Socket>;
  private readonly tally: BackendCounters;
  readonly batch: ReceiveBatch;
  private readonly sockets: ListenerSet<Socket>;
  private readonly follow: ListenerFollow;
  private readonly sender: ReplySender;
  private readonly bursts: BurstNotices;
  private readonly settings: SettingWarnings;
  private readonly onlooker: Onlooker | undefined;
  private events: BackendEvents | undefined;
  private echo: EchoSocket | undefined;
  private isOpen = false;
  private isClosed = false;

  constructor(options: SocketBackendOptions, transport: Transport<Socket>) {
    const { helper } = options;
    const now = options.now ?? (() => performance.now());
    this.name = transport.name;
    this.options = options;
    this.transport = transport;
    this.tally = options.counters ?? new BackendCounters();
    this.bursts = new BurstNotices(now);
    this.settings = new SettingWarnings(options.readSetting, (message) => options.notice("warn", message));
    this.batch = new ReceiveBatch(
      this.tally,
      transport.admission,
      () => this.follow.lookAgain(),
      (octets, offset, length, arrival) => this.events?.onSelf(octets, offset, length, arrival) === true,
    );
    this.sockets = new ListenerSet({
      helper,
      request: (plan) => transport.request(plan),
      wrap: (fd, plan, onError) =>
        transport.wrap(fd, plan, this.batch, (count) => this.receive(plan.key, count), onError),
      onLost: (plan, errno) => this.lose(plan, errno),
    });
    this.follow = new ListenerFollow({
      helper,
      sockets: this.sockets,
      bursts: this.bursts,
      portHolders: options.portHolders ?? "",
      notice: options.notice,
      now,
      list: options.list ?? listInterfaces,
      watch: options.watch ?? ((onChange) => new InterfaceWatch(onChange)),
      plan: (interfaces, wanted) => transport.plan(interfaces, wanted),
      onView: (view, plan, wanted, isNew) => {
        transport.follow(view.interfaces.list);
        this.onlooker?.onView(view, plan, wanted);
        options.shield?.onView(view, wanted);
        if (isNew) this.events?.onInterfaces(view.interfaces);
      },
      onFollowed: (plan, wanted) => {
        this.settings.warnOfNew(this.follow.view.interfaces.list, plan, wanted.addresses);
        if (this.isOpen) this.events?.onListeners();
      },
      onFailed: () => this.tally.count(Count.listenerFailed),
      onFatal: (error) => this.events?.onFatal(error),
    });
    this.sender = new ReplySender({
      helper,
      bursts: this.bursts,
      now,
      interfaces: () => this.follow.view.interfaces,
      warn: (message) => options.notice("warn", message),
      onSent: (batch) => this.events?.onSent(batch),
      counters: this.tally,
      takesEntries: transport.takesEntries,
      socket: () => transport.sender(this.sockets),
    });
    this.onlooker = options.onlooker?.({
      lost: () => this.sockets.lost(),
      isWaiting: () => [...this.sockets.all()].some((socket) => socket.statistics().receiveQueue > 0),
    });
  }

  async open(events: BackendEvents): Promise<void> {
    this.events = events;
    this.followHelper();
    try {
      // Checks of free addresses begin with the first picture of the interfaces.
      await this.openEcho();
      await this.follow.open();
      await this.onlooker?.open();
    } catch (error) {
      await this.close();
      throw error;
    }
    this.isOpen = true;
  }

  reconfigure(wanted: WantedListeners): Promise<void> {
    return this.follow.reconfigure(wanted);
  }

  send(batch: ReplyBatch): void {
    this.sender.send(batch);
  }

  shed(share: number): void {
    this.transport.shed(share, this.sockets);
  }

  isQueueLong(): boolean {
    return this.sockets.isQueueLong();
  }

  sendEcho(destination: Ipv4, source: Ipv4, ifindex: number, identifier: number, sequence: number): boolean {
    if (this.echo === undefined) return false;
    const isSent = this.echo.send(destination, source, ifindex, identifier, sequence) === 0;
    if (!isSent) this.tally.count(Count.echoFailed);
    return isSent;
  }

  neighbours(): NeighbourTable {
    try {
      return listNeighbours();
    } catch (error) {
      if (this.bursts.begins("neighbours")) this.options.notice("warn", `cannot list the neighbours: ${textOf(error)}`);
      return NOBODY;
    }
  }

  stopAsking(rows: NeighbourRows, count: number): boolean {
    const { helper } = this.options;
    if (!helper.present || helper.sendsFrames) return false;
    const entries = new NeighbourRows(HELPER_BATCH);
    for (let row = 0; row < count; row++) {
      const place = row % HELPER_BATCH;
      entries.copyFrom(rows, row, place);
      if (place === HELPER_BATCH - 1 || row === count - 1) helper.deleteNeighbours(entries, place + 1);
    }
    return true;
  }

  sendToSelf(message: Uint8Array): ReadonlyMap<Ipv4, number> | undefined {
    const { follow, transport, sockets } = this;
    const { view } = follow;
    const isLooped = view.interfaces.list.some(({ loopback, up }) => loopback && up);
    const socket = transport.sender(sockets);
    return transport.hearsItself && isLooped && socket !== undefined ? sendToSelf(message, view, socket) : undefined;
  }

  get listeners(): readonly ListenerStatus[] {
    return [...this.sockets.status(), ...this.transport.answeredAlso(this.follow.wanted)];
  }

  get counters(): ReadonlyMap<string, number> {
    const counted = this.tally.toMap(this.sockets.lost());
    return new Map([...counted, ...(this.onlooker?.counters ?? []), ...(this.options.shield?.counters ?? [])]);
  }

  get shield(): readonly ShieldStatus[] | undefined {
    return this.options.shield?.status;
  }

  get observed(): readonly ObservedServer[] | undefined {
    return this.onlooker?.servers;
  }

  noteOtherServer(serverIdentifier: Ipv4, ifindex: number): void {
    this.onlooker?.noteOtherServer(serverIdentifier, ifindex);
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    const looked = this.onlooker?.close();
    const followed = this.follow.close();
    this.options.shield?.close();
    this.sender.close();
    this.sockets.close();
    this.echo?.close();
    this.echo = undefined;
    await looked;
    await followed;
  }

  /** Hands over the datagrams that the listener with this key has put into the first `count` slots. */
  private receive(key: number, count: number): void {
    this.onlooker?.onBatch(this.batch, count);
    const kept = this.batch.take(count, key, this.follow.view);
    if (kept > 0) this.events?.onBatch(kept, count);
  }

  /** A listener has failed for a reason of its own and is closed. */
  private lose(plan: PlannedListener, errno: number): void {
    this.tally.count(Count.listenerFailed);
    this.options.notice("error", `no longer listening on ${plan.description}: socket error ${errno}; opened anew`);
    this.follow.poke();
  }

  private followHelper(): void {
    const { helper } = this.options;
    const inform = helper.onGone;
    helper.onGone = (reason) => {
      inform(reason);
      if (!this.isClosed && this.sockets.size === 0) this.follow.poke();
    };
  }

  private async openEcho(): Promise<void> {
    const result = await this.options.helper.listen({ kind: "icmp" });
    if ("code" in result) {
      this.options.notice("info", `no ICMP socket (${result.reason}): addresses are offered without a ping check`);
      return;
    }
    this.echo = new EchoSocket(result.fd, (source, identifier, sequence) => this.onEcho(source, identifier, sequence));
    if (this.isClosed) this.echo.close();
  }
}
