// What is asked of every server: short conversations, each with clients of its own, so that none
// depends on another. Messages are built from what the server has said so far.

import { ANYCAST_ADDRESS, GIADDR, LAN_ADDRESS, UPLINK_ADDRESS } from "../support/scene.ts";
import { addressHex, type DhcpFrame, type Exchange, type MessageFields } from "../support/wire-tools.ts";
import { BOOTING, BOOTP_CLIENT, GATEWAY, RESERVED, TWINS } from "./servers.ts";

/** What has been seen in the conversation. */
export interface Seen {
  /** The last address that was offered or acknowledged. */
  readonly yiaddr: string;
  /** The first one. */
  readonly firstYiaddr: string;
  readonly serverId: string;
  /** Hardware addresses of the conversation's clients. */
  readonly client: string;
  readonly other: string;
  readonly replies: readonly DhcpFrame[];
}

/** One message. */
export interface Step {
  readonly name: string;
  /** Sent on the served link, or by a relay on the uplink. */
  readonly from: "lan" | "relay";
  readonly message: (seen: Seen) => MessageFields;
  /** How the message is framed; on `lan` a broadcast from 0.0.0.0, from a relay to the server's primary address. */
  readonly frame?: (seen: Seen) => NonNullable<Exchange["frame"]>;
  /** The client answers ARP for this address from here on. */
  readonly holds?: (seen: Seen) => string;
  /** Preparation only: what is seen is not compared. */
  readonly silent?: boolean;
}

/** One conversation. */
export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}

const REQUEST_LIST = "0103060f333a3b";
const requestList = [55, REQUEST_LIST] as const;
const option = (code: number, hex: string) => [code, hex] as const;
const address = (code: number, value: string) => [code, addressHex(value)] as const;

const lan = (name: string, message: Step["message"], more: Partial<Step> = {}): Step => ({
  name,
  from: "lan",
  message,
  ...more,
});

const relayed = (name: string, message: Step["message"], more: Partial<Step> = {}): Step => ({
  name,
  from: "relay",
  message: (seen) => ({ giaddr: GIADDR, hops: 1, ...message(seen) }),
  ...more,
});

/** A relay's own question about a lease (RFC 4388), with nothing in chaddr unless it says so. */
const leasequery = (name: string, message: Step["message"]): Step =>
  relayed(name, (seen) => {
    const { options = [], ...rest } = message(seen);
    const asked = options.length > 0 ? options : [option(55, "33523a3b")];
    return { type: "LEASEQUERY", hops: 0, htype: 0, hlen: 0, ...rest, options: asked };
  });
const LINE_CLIENT = "01aabbccddee";
const throughLine = ({ client }: Seen): MessageFields => ({
  chaddr: client,
  options: [option(61, LINE_CLIENT), option(82, "010477612d31")],
});

/** From the client's address to the server's. */
const unicast = (from: (seen: Seen) => string): Partial<Step> => ({
  frame: (seen) => ({ source: from(seen), destination: LAN_ADDRESS }),
  holds: from,
});

const discover = lan("DISCOVER", ({ client }) => ({ type: "DISCOVER", chaddr: client, options: [requestList] }));
const selecting = lan("REQUEST (SELECTING)", ({ client, yiaddr, serverId }) => ({
  type: "REQUEST",
  chaddr: client,
  options: [address(50, yiaddr), address(54, serverId), requestList],
}));
/** A client that has a lease. */
const leased: readonly Step[] = [
  { ...discover, silent: true },
  { ...selecting, silent: true },
];
const rediscover = lan("DISCOVER again", ({ client }) => ({
  type: "DISCOVER",
  chaddr: client,
  options: [requestList],
}));
const renew = lan(
  "REQUEST (RENEWING)",
  ({ client, yiaddr }) => ({ type: "REQUEST", chaddr: client, ciaddr: yiaddr, options: [requestList] }),
  unicast(({ yiaddr }) => yiaddr),
);

/** All conversations. */
export const SCENARIOS: readonly Scenario[] = [
  { name: "a new client", steps: [discover, selecting] },
  {
    name: "a client that can only hear broadcasts",
    steps: [
      lan("DISCOVER", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        broadcast: true,
        options: [requestList],
      })),
    ],
  },
  {
    name: "a client that requests no options",
    steps: [lan("DISCOVER", ({ client }) => ({ type: "DISCOVER", chaddr: client }))],
  },
  {
    name: "a client that requests one option",
    steps: [
      lan("DISCOVER", ({ client }) => ({ type: "DISCOVER", chaddr: client, options: [option(55, "01")] })),
      lan("REQUEST", ({ client, yiaddr, serverId }) => ({
        type: "REQUEST",
        chaddr: client,
        options: [address(50, yiaddr), address(54, serverId), option(55, "01")],
      })),
    ],
  },
  {
    name: "a lease of a minute is asked for",
    steps: [
      lan("DISCOVER", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        options: [option(51, "0000003c"), requestList],
      })),
    ],
  },
  { name: "a DISCOVER repeated", steps: [discover, rediscover] },
  {
    name: "a client with a boot file and no boot server",
    steps: [lan("DISCOVER", () => ({ type: "DISCOVER", chaddr: BOOTING, options: [requestList] }))],
  },
  {
    name: "two hosts have one fixed address",
    steps: [
      lan("DISCOVER of the first", () => ({ type: "DISCOVER", chaddr: TWINS[0], options: [requestList] }), {
        silent: true,
      }),
      lan(
        "REQUEST of the first",
        ({ yiaddr, serverId }) => ({
          type: "REQUEST",
          chaddr: TWINS[0],
          options: [address(50, yiaddr), address(54, serverId), requestList],
        }),
        { silent: true },
      ),
      lan("DISCOVER of the second", () => ({ type: "DISCOVER", chaddr: TWINS[1], options: [requestList] })),
    ],
  },
  {
    name: "a host has the router's address",
    steps: [lan("DISCOVER", () => ({ type: "DISCOVER", chaddr: GATEWAY, options: [requestList] }))],
  },
  {
    name: "a client says its host name",
    steps: [
      lan("DISCOVER", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        options: [option(12, "6c6170746f70"), option(55, `0c${REQUEST_LIST}`)],
      })),
    ],
  },
  {
    name: "a free address is asked for",
    steps: [
      lan("DISCOVER", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        options: [address(50, "192.168.77.180"), requestList],
      })),
    ],
  },
  {
    name: "an address of another network is asked for",
    steps: [
      lan("DISCOVER", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        options: [address(50, "198.51.100.7"), requestList],
      })),
    ],
  },
  {
    name: "a shorter lease is asked for",
    steps: [
      lan("DISCOVER", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        options: [option(51, "00000258"), requestList],
      })),
    ],
  },
  {
    name: "a longer lease is asked for than may be had",
    steps: [
      lan("DISCOVER", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        options: [option(51, "00015180"), requestList],
      })),
    ],
  },
  {
    name: "a client takes another server's offer",
    steps: [
      { ...discover, silent: true },
      lan("REQUEST to another server", ({ client }) => ({
        type: "REQUEST",
        chaddr: client,
        options: [address(50, "192.168.77.77"), address(54, "192.168.77.2")],
      })),
    ],
  },
  {
    name: "a REQUEST without a DISCOVER",
    steps: [
      lan("REQUEST (SELECTING)", ({ client }) => ({
        type: "REQUEST",
        chaddr: client,
        options: [address(50, "192.168.77.170"), address(54, LAN_ADDRESS), requestList],
      })),
    ],
  },
  {
    name: "an address is requested that was not offered",
    steps: [
      { ...discover, silent: true },
      lan("REQUEST (SELECTING)", ({ client, serverId }) => ({
        type: "REQUEST",
        chaddr: client,
        options: [address(50, "192.168.77.20"), address(54, serverId), requestList],
      })),
    ],
  },
  {
    name: "a client reboots",
    steps: [
      ...leased,
      lan("REQUEST (INIT-REBOOT)", ({ client, yiaddr }) => ({
        type: "REQUEST",
        chaddr: client,
        options: [address(50, yiaddr), requestList],
      })),
    ],
  },
  {
    name: "an unknown client reboots",
    steps: [
      lan("REQUEST (INIT-REBOOT)", ({ client }) => ({
        type: "REQUEST",
        chaddr: client,
        options: [address(50, "192.168.77.160"), requestList],
      })),
    ],
  },
  {
    name: "a client reboots on another network",
    steps: [
      lan("REQUEST (INIT-REBOOT)", ({ client }) => ({
        type: "REQUEST",
        chaddr: client,
        options: [address(50, "198.51.100.7"), requestList],
      })),
    ],
  },
  {
    name: "a client reboots with an address that is not its own",
    steps: [
      ...leased,
      lan("REQUEST (INIT-REBOOT)", ({ client }) => ({
        type: "REQUEST",
        chaddr: client,
        options: [address(50, "192.168.77.161"), requestList],
      })),
    ],
  },
  { name: "a lease is renewed", steps: [...leased, renew] },
  {
    name: "a lease is rebound",
    steps: [
      ...leased,
      lan(
        "REQUEST (REBINDING)",
        ({ client, yiaddr }) => ({ type: "REQUEST", chaddr: client, ciaddr: yiaddr, options: [requestList] }),
        { frame: ({ yiaddr }) => ({ source: yiaddr }), holds: ({ yiaddr }) => yiaddr },
      ),
    ],
  },
  {
    name: "an unknown client renews a free address",
    steps: [
      lan(
        "REQUEST (RENEWING)",
        ({ client }) => ({ type: "REQUEST", chaddr: client, ciaddr: "192.168.77.162", options: [requestList] }),
        unicast(() => "192.168.77.162"),
      ),
    ],
  },
  {
    name: "a client renews another one's address",
    steps: [
      ...leased,
      lan(
        "REQUEST (RENEWING)",
        ({ other, yiaddr }) => ({ type: "REQUEST", chaddr: other, ciaddr: yiaddr, options: [requestList] }),
        unicast(({ yiaddr }) => yiaddr),
      ),
    ],
  },
  {
    name: "an address of another network is rebound",
    steps: [
      lan(
        "REQUEST (REBINDING)",
        ({ client }) => ({ type: "REQUEST", chaddr: client, ciaddr: "198.51.100.7", options: [requestList] }),
        { frame: () => ({ source: "198.51.100.7" }) },
      ),
    ],
  },
  {
    name: "a lease is released",
    steps: [
      ...leased,
      lan(
        "RELEASE",
        ({ client, yiaddr }) => ({
          type: "RELEASE",
          chaddr: client,
          ciaddr: yiaddr,
          options: [address(54, LAN_ADDRESS)],
        }),
        unicast(({ yiaddr }) => yiaddr),
      ),
      rediscover,
    ],
  },
  {
    name: "a lease is released by another client",
    steps: [
      ...leased,
      lan(
        "RELEASE",
        ({ other, yiaddr }) => ({
          type: "RELEASE",
          chaddr: other,
          ciaddr: yiaddr,
          options: [address(54, LAN_ADDRESS)],
        }),
        unicast(({ yiaddr }) => yiaddr),
      ),
      lan("DISCOVER of the other one for that address", ({ other, yiaddr }) => ({
        type: "DISCOVER",
        chaddr: other,
        options: [address(50, yiaddr), requestList],
      })),
    ],
  },
  {
    name: "a lease is released to another server",
    steps: [
      ...leased,
      lan(
        "RELEASE",
        ({ client, yiaddr }) => ({
          type: "RELEASE",
          chaddr: client,
          ciaddr: yiaddr,
          options: [address(54, "192.168.77.2")],
        }),
        unicast(({ yiaddr }) => yiaddr),
      ),
      lan("DISCOVER of another client for that address", ({ other, yiaddr }) => ({
        type: "DISCOVER",
        chaddr: other,
        options: [address(50, yiaddr), requestList],
      })),
    ],
  },
  {
    name: "an address is declined",
    steps: [
      ...leased,
      lan("DECLINE", ({ client, yiaddr }) => ({
        type: "DECLINE",
        chaddr: client,
        options: [address(50, yiaddr), address(54, LAN_ADDRESS)],
      })),
      rediscover,
    ],
  },
  {
    name: "an address is declined by another client",
    steps: [
      ...leased,
      lan("DECLINE", ({ other, yiaddr }) => ({
        type: "DECLINE",
        chaddr: other,
        options: [address(50, yiaddr), address(54, LAN_ADDRESS)],
      })),
      rediscover,
    ],
  },
  {
    name: "INFORM",
    steps: [
      lan(
        "INFORM",
        ({ client }) => ({ type: "INFORM", chaddr: client, ciaddr: "192.168.77.30", options: [requestList] }),
        unicast(() => "192.168.77.30"),
      ),
    ],
  },
  {
    name: "INFORM without ciaddr",
    steps: [
      lan(
        "INFORM",
        ({ client }) => ({ type: "INFORM", chaddr: client, options: [requestList] }),
        unicast(() => "192.168.77.31"),
      ),
    ],
  },
  {
    name: "INFORM from an address of no configured network",
    steps: [
      lan(
        "INFORM",
        ({ client }) => ({ type: "INFORM", chaddr: client, ciaddr: "198.51.100.9", options: [requestList] }),
        { frame: () => ({ source: "198.51.100.9" }) },
      ),
    ],
  },
  {
    name: "one hardware address, two client identifiers",
    steps: [
      lan("DISCOVER of the first", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        options: [option(61, "ff00000001aa"), requestList],
      })),
      lan("DISCOVER of the second", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        options: [option(61, "ff00000002bb"), requestList],
      })),
    ],
  },
  {
    name: "one client identifier, two hardware addresses",
    steps: [
      lan("DISCOVER by the first", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        options: [option(61, "ff00000003cc"), requestList],
      })),
      lan("REQUEST (SELECTING)", ({ client, yiaddr, serverId }) => ({
        type: "REQUEST",
        chaddr: client,
        options: [option(61, "ff00000003cc"), address(50, yiaddr), address(54, serverId), requestList],
      })),
      lan("DISCOVER by the second", ({ other }) => ({
        type: "DISCOVER",
        chaddr: other,
        options: [option(61, "ff00000003cc"), requestList],
      })),
    ],
  },
  {
    name: "a client with a reservation",
    steps: [
      lan("DISCOVER", () => ({ type: "DISCOVER", chaddr: RESERVED, options: [requestList] })),
      lan("REQUEST for another address", ({ serverId }) => ({
        type: "REQUEST",
        chaddr: RESERVED,
        options: [address(50, "192.168.77.150"), address(54, serverId), requestList],
      })),
      lan("REQUEST (SELECTING)", ({ serverId }) => ({
        type: "REQUEST",
        chaddr: RESERVED,
        options: [address(50, "192.168.77.50"), address(54, serverId), requestList],
      })),
    ],
  },
  {
    name: "BOOTP",
    steps: [
      lan("BOOTREQUEST of a client without a reservation", ({ client }) => ({ chaddr: client })),
      lan("BOOTREQUEST of a client with a reservation", () => ({ chaddr: BOOTP_CLIENT })),
    ],
  },
  {
    name: "a BOOTP client that knows an address",
    steps: [
      lan("BOOTREQUEST with ciaddr", () => ({ chaddr: BOOTP_CLIENT, ciaddr: "192.168.77.77" })),
      relayed("BOOTREQUEST with ciaddr, relayed", () => ({ chaddr: BOOTP_CLIENT, ciaddr: "192.168.77.77" })),
    ],
  },
  {
    name: "an identifier that comes with the REQUEST only",
    steps: [
      { ...discover, silent: true },
      lan("REQUEST (SELECTING) with an identifier", ({ client, yiaddr, serverId }) => ({
        type: "REQUEST",
        chaddr: client,
        options: [option(61, "00c1c2c3"), address(50, yiaddr), address(54, serverId), requestList],
      })),
    ],
  },
  {
    name: "a client on InfiniBand (RFC 4390)",
    steps: [
      lan("DISCOVER", ({ client }) => ({
        type: "DISCOVER",
        htype: 32,
        hlen: 0,
        chaddr: client,
        options: [option(61, "ff0000000100030020aabbccdd"), requestList],
      })),
    ],
  },
  {
    name: "a renewal that names the server",
    steps: [
      ...leased,
      lan(
        "REQUEST (RENEWING) with the server identifier",
        ({ client, yiaddr, serverId }) => ({
          type: "REQUEST",
          chaddr: client,
          ciaddr: yiaddr,
          options: [address(54, serverId), requestList],
        }),
        unicast(({ yiaddr }) => yiaddr),
      ),
    ],
  },
  {
    name: "a renewal that names no server in option 54",
    steps: [
      ...leased,
      lan(
        "REQUEST (RENEWING) with 0.0.0.0",
        ({ client, yiaddr }) => ({
          type: "REQUEST",
          chaddr: client,
          ciaddr: yiaddr,
          options: [address(54, "0.0.0.0"), requestList],
        }),
        unicast(({ yiaddr }) => yiaddr),
      ),
    ],
  },
  {
    name: "a client reboots with an address that nobody gives out",
    steps: [
      lan("REQUEST (INIT-REBOOT)", ({ client }) => ({
        type: "REQUEST",
        chaddr: client,
        options: [address(50, "192.168.77.240"), requestList],
      })),
    ],
  },
  {
    name: "a client says its whole name (RFC 4702)",
    steps: [
      lan("DISCOVER", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        options: [option(81, "0500000564657361370365786100"), requestList],
      })),
    ],
  },
  {
    name: "rapid commit is asked for, and not configured",
    steps: [
      lan("DISCOVER", ({ client }) => ({ type: "DISCOVER", chaddr: client, options: [option(80, ""), requestList] })),
    ],
  },
  {
    name: "a reply is sent to the server",
    steps: [lan("OFFER", ({ client }) => ({ type: "OFFER", op: 2, chaddr: client }))],
  },
  {
    name: "sixteen hops",
    steps: [
      relayed("DISCOVER after 16 hops", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        hops: 16,
        options: [requestList],
      })),
      relayed("DISCOVER after 17 hops", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        hops: 17,
        options: [requestList],
      })),
    ],
  },
  {
    name: "a relayed client",
    steps: [
      relayed("DISCOVER", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        options: [requestList, option(82, "0104706f7274")],
      })),
      relayed("REQUEST (SELECTING)", ({ client, yiaddr, serverId }) => ({
        type: "REQUEST",
        chaddr: client,
        options: [address(50, yiaddr), address(54, serverId), requestList, option(82, "0104706f7274")],
      })),
    ],
  },
  {
    name: "a relayed client that can only hear broadcasts",
    steps: [
      relayed("DISCOVER", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        broadcast: true,
        options: [requestList],
      })),
    ],
  },
  {
    name: "a relay asks an anycast address",
    steps: [
      relayed("DISCOVER", ({ client }) => ({ type: "DISCOVER", chaddr: client, options: [requestList] }), {
        frame: () => ({ source: GIADDR, destination: ANYCAST_ADDRESS, sourcePort: 67 }),
      }),
    ],
  },
  {
    name: "a relayed client reboots on another network",
    steps: [
      relayed("REQUEST (INIT-REBOOT)", ({ client }) => ({
        type: "REQUEST",
        chaddr: client,
        options: [address(50, "198.51.100.7"), requestList, option(82, "0104706f7274")],
      })),
    ],
  },
  {
    name: "a relay of an unknown network",
    steps: [
      relayed("DISCOVER", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        giaddr: "203.0.113.1",
        options: [requestList],
      })),
    ],
  },
  {
    name: "link selection (RFC 3527)",
    steps: [
      relayed("DISCOVER", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        options: [requestList, option(82, `0504${addressHex("192.168.77.0")}`)],
      })),
    ],
  },
  {
    name: "subnet selection (RFC 3011)",
    steps: [
      relayed("DISCOVER", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        options: [requestList, address(118, "192.168.77.0")],
      })),
    ],
  },
  {
    name: "server identifier override (RFC 5107)",
    steps: [
      relayed("DISCOVER", ({ client }) => ({
        type: "DISCOVER",
        chaddr: client,
        options: [requestList, option(82, `0b04${addressHex(GIADDR)}`)],
      })),
      relayed("REQUEST (SELECTING)", ({ client, yiaddr }) => ({
        type: "REQUEST",
        chaddr: client,
        options: [address(50, yiaddr), address(54, GIADDR), requestList, option(82, `0b04${addressHex(GIADDR)}`)],
      })),
    ],
  },
  {
    name: "a relay with a port of its own (RFC 8357)",
    steps: [
      relayed(
        "DISCOVER",
        ({ client }) => ({ type: "DISCOVER", chaddr: client, options: [requestList, option(82, "1300")] }),
        { frame: () => ({ source: GIADDR, destination: UPLINK_ADDRESS, sourcePort: 1067 }) },
      ),
    ],
  },
  {
    name: "a relay asks for leases",
    steps: [
      relayed("DISCOVER", (seen) => ({ ...throughLine(seen), type: "DISCOVER" }), { silent: true }),
      relayed(
        "REQUEST",
        (seen) => ({
          ...throughLine(seen),
          type: "REQUEST",
          options: [address(50, seen.yiaddr), address(54, seen.serverId), ...(throughLine(seen).options ?? [])],
        }),
        { silent: true },
      ),
      leasequery("LEASEQUERY by the client's address", ({ firstYiaddr }) => ({ ciaddr: firstYiaddr })),
      leasequery("LEASEQUERY by its hardware address", ({ client }) => ({ htype: 1, hlen: 6, chaddr: client })),
      leasequery("LEASEQUERY by its identifier", () => ({ options: [option(61, LINE_CLIENT)] })),
      leasequery("LEASEQUERY by a free address", () => ({ ciaddr: "10.77.0.150" })),
      leasequery("LEASEQUERY by an address that is not ours", () => ({ ciaddr: "10.77.0.9" })),
      leasequery("LEASEQUERY by unknown hardware", ({ other }) => ({ htype: 1, hlen: 6, chaddr: other })),
    ],
  },
];
