// What a page says about a run before its figures: the machine, the settings, the servers, what went wrong. Pure.

import type { Results, TestedServer } from "../results.ts";
import { formatCount } from "./numbers.ts";

/** When a lease is on disk, in tables. */
export const DURABILITY: Readonly<Record<TestedServer["durability"], string>> = {
  ack: "before the ACK",
  later: "later",
  never: "no",
};

/** A server's title and version and, where it has not as many as the others, its number of addresses. */
export function titled({ title, version, addresses, cores }: Omit<TestedServer, "id" | "durability">): string {
  const name = version === "" ? title : `${title} ${version}`;
  const few = addresses === undefined ? "" : `, ${formatCount(addresses)} addresses`;
  return `${name}${few}${cores === 2 ? ", both cores" : ""}`;
}

/** The day, the machine and the versions that everything ran with, in a sentence. */
export function describeMachineOf({ date, machine, commit }: Results): string {
  const { cpu, cores, kernel, fileSystem, node } = machine;
  const version = commit === undefined ? "" : `, anydhcpd ${commit}`;
  return `${date.slice(0, 10)}${version}, ${cpu} (${cores} cores), Linux ${kernel}, lease files on ${fileSystem}, Node ${node}.`;
}

/** The same, with settings, servers that are not installed and what was left out; a line each. */
export function describeConditions(results: Results): string {
  const { settings, servers, failures } = results;
  const absent = servers.filter(({ absent }) => absent !== undefined).map(({ title }) => title);
  const lines = [
    describeMachineOf(results),
    settings.window === undefined
      ? ""
      : `W=${settings.window} exchanges outstanding for every server, server on one core, load on another, ${settings.rounds ?? 1} interleaved rounds of ${settings.seconds ?? 0} s. Median (least to most).`,
    absent.length === 0 ? "" : `Not installed here: ${absent.join(", ")}.`,
    ...failures.map((failure) => `${failure}.`),
  ];
  return lines.filter((line) => line !== "").join("\n");
}
