// The load generator (lab/load/load.c) beside a server that is killed, and its record of the clients' leases.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type LoadOrders, type LoadReport, loadArguments, readReport } from "../../lab/network/load.ts";
import { builtProgram } from "../../lab/programs.ts";
import type { Namespace } from "./network.ts";
import type { Program } from "./program.ts";

/** A lease as its client knows it. */
export interface ToldLease {
  readonly address: string;
  readonly hardware: string;
  /** Unix second that it lasts to at least, counted from when it was asked for. */
  readonly until: number;
}

/** Load that goes on even if the server ends. */
export class LoadRecord {
  readonly program: Program;
  readonly #file: string;

  constructor(namespace: Namespace, directory: string, orders: LoadOrders) {
    this.#file = join(directory, `told-${orders.series ?? 0}`);
    const argv = loadArguments({ ...orders, leases: this.#file });
    this.program = namespace.spawn([builtProgram("anydhcpd-load"), ...argv, "--events"]);
  }

  /** Resolves when all clients have a lease and the load itself begins. */
  async begun(): Promise<void> {
    await this.program.waitForLine((line) => line === "measuring", { timeoutMs: 30_000 });
  }

  /** Resolves when it is over: its last report, and the lease of every client that has one. */
  async ended(): Promise<{ report: LoadReport; told: readonly ToldLease[] }> {
    const { code } = await this.program.ended;
    if (code !== 0) throw new Error(`the load ended with ${code}: ${this.program.output}`);
    const report = readReport(this.program.lines.filter((line) => line.startsWith("{")).at(-1) ?? "");
    const lines = readFileSync(this.#file, "utf8").trim().split("\n").filter(Boolean);
    const told = lines.map((line) => {
      const [address = "", hardware = "", until = ""] = line.split(" ");
      return { address, hardware, until: Number(until) };
    });
    return { report, told };
  }
}
