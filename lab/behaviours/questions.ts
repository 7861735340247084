// The rows of the table of behaviours: the question, how it is answered, and what counts as yes. Each is put to one
// server at a time (interview.ts).

import { ADDRESSES } from "../network/network.ts";
import type { Observation } from "../results.ts";
import type { SeenReply } from "./client-message.ts";
import { type Interview, type Path, primaryOf, type Unusual } from "./interview.ts";
import { describeCapabilities, readPrivileges } from "./privileges.ts";

/** One row. */
export interface Question {
  readonly id: string;
  /** What it is about, together with its neighbours. */
  readonly group: string;
  readonly question: string;
  /** How it is found out, in a sentence. */
  readonly how: string;
  /** The path it is put by; undefined where the server has only to run. `either`: the direct one where that is served. */
  readonly path?: Path | "either";
  ask(interview: Interview, path: Path): Promise<Observation>;
}

/** The kinds of addresses that a relay or a renewing client may know the server by. */
const ADDRESS_KINDS = {
  primary: { name: "the primary address", address: ADDRESSES.upPrimary },
  secondary: { name: "a secondary address", address: ADDRESSES.upSecondary },
  anycast: { name: "an anycast address", address: ADDRESSES.anycast },
} as const;
const KINDS = ["primary", "secondary", "anycast"] as const;
/** How long a second reply to a query is waited for. */
const COUNT_MS = 250;

const EVERYBODY = "ff:ff:ff:ff:ff:ff";

/** All of them, in the order of the table. */
export const QUESTIONS: readonly Question[] = [
  ...KINDS.map((kind): Question => {
    const address = ADDRESS_KINDS[kind].address;
    return {
      id: `relayed-${kind}`,
      group: "Addresses of replies",
      question: `Reply to a relay that asks ${ADDRESS_KINDS[kind].name}`,
      how: `A relayed DISCOVER to ${address}: the reply's source address and server identifier.`,
      path: "relayed",
      ask: async (interview) => judgeSource(await interview.discoverPatiently("relayed", address), address, true),
    };
  }),
  ...KINDS.map((kind): Question => {
    const address = ADDRESS_KINDS[kind].address;
    return {
      id: `renewal-${kind}`,
      group: "Addresses of replies",
      question: `Renewal sent to ${ADDRESS_KINDS[kind].name}`,
      how: `A client behind the relay renews its lease by unicast to ${address}: the reply's source address.`,
      path: "relayed",
      ask: (interview) => renewal(interview, "relayed", address),
    };
  }),
  {
    id: "renewal-direct",
    group: "Addresses of replies",
    question: "Renewal of a direct client, sent to the secondary address",
    how: `A client on the server's own network renews by unicast to ${ADDRESSES.lanSecondary}.`,
    path: "direct",
    ask: (interview) => renewal(interview, "direct", ADDRESSES.lanSecondary),
  },
  {
    id: "count-broadcast",
    group: "Delivery",
    question: "Replies to one broadcast",
    how: "One DISCOVER of a direct client; replies counted for a quarter of a second after the first.",
    path: "direct",
    ask: async (interview) =>
      judgeCount(await interview.discoverPatiently("direct", undefined, { lingerMs: COUNT_MS })),
  },
  {
    id: "count-relayed",
    group: "Delivery",
    question: "Replies to one relayed query",
    how: `One relayed DISCOVER to ${ADDRESSES.upPrimary}.`,
    path: "relayed",
    ask: async (interview) =>
      judgeCount(await interview.discoverPatiently("relayed", undefined, { lingerMs: COUNT_MS })),
  },
  {
    id: "delivery-unicast",
    group: "Delivery",
    question: "Delivery to a client without an address",
    how: "The OFFER's frame, where the client did not set the broadcast flag (RFC 2131 section 4.1 asks for unicast).",
    path: "direct",
    ask: async (interview) => judgeDelivery(interview, false),
  },
  {
    id: "delivery-broadcast",
    group: "Delivery",
    question: "Delivery to a client that asks for broadcasts",
    how: "The OFFER's frame, where the client set the broadcast flag.",
    path: "direct",
    ask: async (interview) => judgeDelivery(interview, true),
  },
  {
    id: "checksum-direct",
    group: "Checksums",
    question: "Checksums of replies to direct clients",
    how: "IP and UDP checksums computed anew from the frame. Unfinished: left to hardware that a virtual link does not have; clients that read frames see a wrong one.",
    path: "direct",
    ask: async (interview) => judgeChecksums(await interview.discoverPatiently("direct")),
  },
  {
    id: "checksum-relayed",
    group: "Checksums",
    question: "Checksums of replies to relays",
    how: "The same for a relayed DISCOVER. Relays have sockets, whose kernel knows an unfinished one.",
    path: "relayed",
    ask: async (interview) => judgeChecksums(await interview.discoverPatiently("relayed"), "plain"),
  },
  {
    id: "query-unfinished",
    group: "Checksums",
    question: "Query with an unfinished checksum",
    how: "A DISCOVER by an ordinary socket of a client on a virtual link, as from a container.",
    path: "direct",
    async ask(interview) {
      let replies = await interview.discoverByKernel();
      if (replies.length === 0) replies = await interview.discoverByKernel();
      return judgeServed(replies, true);
    },
  },
  {
    id: "query-no-checksum",
    group: "Checksums",
    question: "Query without a UDP checksum",
    how: "A DISCOVER whose checksum field is zero, which RFC 768 allows.",
    path: "either",
    ask: async (interview, path) =>
      judgeServed(
        await interview.discoverPatiently(path, primaryOf(path), { envelope: { udpChecksum: "none" } }),
        true,
      ),
  },
  {
    id: "query-wrong-udp",
    group: "Checksums",
    question: "Query with a wrong UDP checksum",
    how: "A DISCOVER damaged on its way; a good one afterwards is answered.",
    path: "either",
    ask: (interview, path) => damaged(interview, path, { envelope: { udpChecksum: "wrong" } }),
  },
  {
    id: "query-wrong-header",
    group: "Checksums",
    question: "Query with a wrong IP header checksum",
    how: "The same with the header's checksum.",
    path: "either",
    ask: (interview, path) => damaged(interview, path, { envelope: { headerChecksum: "wrong" } }),
  },
  {
    id: "firewall-input",
    group: "Firewall (nftables)",
    question: "A firewall's rule against queries",
    how: "nftables drops UDP to port 67 in an input chain; after the rule is gone the server answers again.",
    path: "either",
    ask: (interview, path) => underRule(interview, path, "input", "udp dport 67 drop"),
  },
  {
    id: "firewall-output",
    group: "Firewall (nftables)",
    question: "A firewall's rule against replies",
    how: "nftables drops UDP from port 67 in an output chain.",
    path: "either",
    ask: (interview, path) => underRule(interview, path, "output", "udp sport 67 drop"),
  },
  {
    id: "privileges",
    group: "Privileges",
    question: "User and capabilities of the process that parses",
    how: "/proc/PID/status of all its threads, effective and permitted.",
    ask: async ({ running }) => {
      const privileges = readPrivileges(running.program.pid);
      const text = `uid ${privileges.uid}, ${describeCapabilities(privileges)}`;
      if (privileges.capabilities.length === 0 && privileges.uid !== 0) return { text, verdict: "yes" };
      // In a user's own namespace capabilities are worth little, and there is no other user to change to.
      return process.getuid?.() === 0
        ? { text, verdict: "no" }
        : { text: `${text} in its namespace`, verdict: "plain" };
    },
  },
  {
    id: "confinement",
    group: "Privileges",
    question: "Confinement of that process",
    how: "no_new_privs, a system-call filter (seccomp), a root directory of its own.",
    ask: async ({ running }) => {
      const privileges = readPrivileges(running.program.pid);
      const parts = [
        ...(privileges.hasNoNewPrivileges ? ["no new privileges"] : []),
        ...(privileges.hasSystemCallFilter ? ["system-call filter"] : []),
        ...(privileges.hasOwnRoot ? ["own root"] : []),
      ];
      return { text: parts.length === 0 ? "none" : parts.join(", "), verdict: parts.length === 0 ? "no" : "yes" };
    },
  },
];

/** Which paths a server answers on at all. */
export async function servedPaths(interview: Interview): Promise<readonly Path[]> {
  const served: Path[] = [];
  for (const path of ["direct", "relayed"] as const) {
    if ((await interview.discoverPatiently(path)).length > 0) served.push(path);
  }
  return served;
}

const NO_REPLY: Observation = { text: "no reply", verdict: "no" };

function judgeSource(replies: readonly SeenReply[], asked: string, withIdentifier: boolean): Observation {
  const reply = replies[0];
  if (reply === undefined) return NO_REPLY;
  const { source, serverIdentifier = "none" } = reply;
  const isRight = source === asked && (!withIdentifier || serverIdentifier === asked);
  const identifier = withIdentifier && serverIdentifier !== source ? `, identifier ${serverIdentifier}` : "";
  return { text: `from ${source}${identifier}`, verdict: isRight ? "yes" : "no" };
}

async function renewal(interview: Interview, path: Path, to: string): Promise<Observation> {
  const lease = await interview.lease(path);
  if (lease === undefined) return { text: "no lease to renew", verdict: "unknown" };
  let replies = await interview.renew(path, lease, to);
  if (replies.length === 0) replies = await interview.renew(path, lease, to);
  return judgeSource(replies, to, false);
}

function judgeCount(replies: readonly SeenReply[]): Observation {
  return { text: String(replies.length), verdict: replies.length === 1 ? "yes" : "no" };
}

async function judgeDelivery(interview: Interview, broadcast: boolean): Promise<Observation> {
  const chaddr = interview.newClient();
  const path = "direct";
  const reply = (await interview.discoverPatiently(path, primaryOf(path), { message: { chaddr, broadcast } }))[0];
  if (reply === undefined) return NO_REPLY;
  const isBroadcastFrame = reply.destinationHardware === EVERYBODY;
  const isBroadcast = isBroadcastFrame && reply.destination === "255.255.255.255";
  const isUnicast = reply.destinationHardware === chaddr && reply.destination === reply.yiaddr;
  if (isBroadcast) return { text: "broadcast", verdict: broadcast ? "yes" : "no" };
  if (isUnicast) return { text: "unicast to its hardware address", verdict: broadcast ? "no" : "yes" };
  return { text: `${reply.destination} in a frame to ${reply.destinationHardware}`, verdict: "no" };
}

function judgeChecksums(replies: readonly SeenReply[], unfinished: Observation["verdict"] = "no"): Observation {
  const reply = replies[0];
  if (reply === undefined) return NO_REPLY;
  const { headerChecksum, udpChecksum } = reply;
  if (headerChecksum === "right" && udpChecksum === "right") return { text: "right", verdict: "yes" };
  const verdict = udpChecksum === "unfinished" || udpChecksum === "none" ? unfinished : "no";
  return headerChecksum === "right"
    ? { text: `UDP ${udpChecksum}`, verdict }
    : { text: `IP ${headerChecksum}, UDP ${udpChecksum}`, verdict: "no" };
}

function judgeServed(replies: readonly SeenReply[], wanted: boolean): Observation {
  const isServed = replies.length > 0;
  return { text: isServed ? "answered" : "not answered", verdict: isServed === wanted ? "yes" : "no" };
}

/** A query that must not be answered, and a good one that shows that silence means something. */
async function damaged(interview: Interview, path: Path, unusual: Unusual): Promise<Observation> {
  const replies = await interview.discover(path, primaryOf(path), unusual);
  return (await isAlive(interview, path)) ? judgeServed(replies, false) : { text: "silent since", verdict: "no" };
}

async function underRule(interview: Interview, path: Path, hook: string, rule: string): Promise<Observation> {
  const { server } = interview.network;
  const table = `table inet trial { chain ${hook} { type filter hook ${hook} priority 0; ${rule}; }\n }`;
  const { code, stderr } = await server.run(["nft", table]);
  if (code !== 0)
    return { text: `no nftables here: ${stderr.trim().split("\n")[0] || "nft is missing"}`, verdict: "unknown" };
  const replies = await interview.discover(path);
  await server.exec(["nft", "delete table inet trial"]);
  if (!(await isAlive(interview, path))) return { text: "silent since", verdict: "unknown" };
  return replies.length > 0
    ? { text: "answers all the same", verdict: "no" }
    : { text: "does not answer", verdict: "yes" };
}

async function isAlive(interview: Interview, path: Path): Promise<boolean> {
  return (await interview.discoverPatiently(path)).length > 0;
}
