// The same messages to us, to Debian's isc-dhcp-server and to kea-dhcp4-server, each in a network of
// its own; what differs, and why, is docs/differences.md. And the same to us by both backends: nothing differs.

import { expect, it } from "vitest";
import { mayMakeNetworks } from "../support/network.ts";
import { keyOf, type Record, record } from "./conversation.ts";
import { EXPLANATIONS, type Explanation } from "./explanations.ts";
import type { Observation } from "./observation.ts";
import { SCENARIOS } from "./scenarios.ts";
import { BACKENDS, SERVERS } from "./servers.ts";

const PAGE = "../../docs/differences.md";

/** One aspect of one step in which a server does not do as we do. */
interface Difference {
  readonly step: string;
  readonly server: string;
  readonly aspect: string;
  readonly ours: string;
  readonly theirs: string;
}

function differences(step: string, server: string, ours: Observation, theirs: Observation): Difference[] {
  // Where one says yes and the other no, the rest follows.
  const aspects = ours["answer"] === theirs["answer"] ? Object.keys(ours) : ["answer"];
  return aspects
    .map((aspect) => ({ step, server, aspect, ours: ours[aspect] ?? "-", theirs: theirs[aspect] ?? "-" }))
    .filter((difference) => difference.ours !== difference.theirs);
}

function explains(explanation: Explanation, { step, server, aspect, theirs }: Difference): boolean {
  return (
    explanation.server === server &&
    explanation.aspects.includes(aspect) &&
    (explanation.at === undefined || explanation.at.test(step)) &&
    (explanation.theirs === undefined || explanation.theirs === theirs)
  );
}

/** How many of the messages with one difference a row names. */
const NAMED_STEPS = 4;

function rowOf(explanation: Explanation, number: number, found: readonly Difference[]): string {
  const mine = found.filter((each) => EXPLANATIONS.find((one) => explains(one, each)) === explanation);
  const values = (field: "ours" | "theirs" | "aspect"): string =>
    [...new Set(mine.map((each) => each[field]))].join("; ");
  const steps = [...new Set(mine.map(({ step }) => step))];
  const rest = steps.length - NAMED_STEPS;
  const named = steps.slice(0, NAMED_STEPS).join("; ") + (rest > 0 ? `; and ${rest} more` : "");
  const { server, why, rule } = explanation;
  return `| ${number} | ${server} | ${named} | ${values("aspect")} | ${values("ours")} | ${values("theirs")} | ${why} *${rule}.* |`;
}

function page(found: readonly Difference[]): string {
  const steps = SCENARIOS.flatMap(({ steps: all }) => all).filter(({ silent }) => silent !== true).length;
  return `# What we do otherwise than ISC dhcpd and Kea

Written by \`test/differential\`, which holds the same ${SCENARIOS.length} conversations (${steps} messages) with anydhcpd
and with Debian's isc-dhcp-server and kea-dhcp4-server: the same networks, ranges, reservations and options, all of them
authoritative and without conflict detection. It fails on a difference that is not explained here, and on an explanation
that nothing needs. Addresses that a server chose are called A, B by when they first appeared in a conversation. Whatever
is not in the table is alike: answer, addresses and their order of choice, lease times, options, relay agent information,
source address, and how it travels.

| | server | message | aspect | anydhcpd | the other | why |
|---|---|---|---|---|---|---|
${EXPLANATIONS.map((explanation, index) => rowOf(explanation, index + 1, found)).join("\n")}
`;
}

it.skipIf(!mayMakeNetworks).concurrent(
  "differs from isc-dhcp-server and kea only in what docs/differences.md explains",
  async (context) => {
    const records = await Promise.all(SERVERS.map((server) => record(server, SCENARIOS)));
    const [ours, ...others] = records;
    if (ours === undefined || others.includes(undefined)) return context.skip("a peer cannot be had from Debian");
    const found: Difference[] = [];
    for (const step of SCENARIOS.flatMap((scenario) => scenario.steps.map((each) => keyOf(scenario, each)))) {
      for (const [index, other] of (others as readonly Record[]).entries()) {
        const [mine, theirs] = [ours.get(step), other.get(step)];
        if (mine === undefined || theirs === undefined) continue;
        found.push(...differences(step, SERVERS[index + 1]?.name ?? "", mine, theirs));
      }
    }

    expect(found.filter((difference) => !EXPLANATIONS.some((each) => explains(each, difference)))).toEqual([]);
    const unused = EXPLANATIONS.filter((each) => !found.some((difference) => explains(each, difference)));
    expect(unused).toEqual([]);
    // Beside another test at the same time only the context knows whose snapshot it is.
    await context.expect(page(found)).toMatchFileSnapshot(PAGE);
  },
  300_000,
);

it.skipIf(!mayMakeNetworks).concurrent(
  "does all of it by either backend alike: every message, in every aspect",
  async () => {
    const [first, ...others] = await Promise.all(BACKENDS.map((server) => record(server, SCENARIOS)));
    expect(first?.size).toBeGreaterThan(0);
    for (const other of others) expect(other).toEqual(first);
  },
  300_000,
);
