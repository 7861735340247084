// A node's file about its cluster: which cluster it is, the last revision of its store, and until when nodes only renew
// leases. By this it notices, at its next start too, that the store has been restored to an older state.

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { textOf } from "../../base/errors.ts";
import type { EpochSeconds } from "../../base/time.ts";
import type { Header } from "./wire.ts";

const remembered = z.object({
  clusterId: z.string().max(32),
  revision: z.number().min(0),
  renewOnlyUntil: z.number().min(0),
});

/** How a cluster that answers compares with the remembered one. */
export type Identity = "first" | "same" | "other-cluster" | "older";

/** The memory of one node. */
export class ClusterState {
  clusterId = "";
  /** The highest revision that an answer had. */
  revision = 0;
  /** Seconds since 1970; Infinity is not used. */
  renewOnlyUntil: EpochSeconds = 0;
  private readonly path: string;
  private written = "";

  constructor(path: string) {
    this.path = path;
  }

  /** Reads the file; a sentence for the log if it is there and cannot be used. */
  read(): string | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      return `${this.path}: cannot read what is remembered of the cluster: ${textOf(error)}`;
    }
    let state: z.infer<typeof remembered> | undefined;
    try {
      state = remembered.safeParse(JSON.parse(text)).data;
    } catch {
      state = undefined;
    }
    if (state === undefined)
      return `${this.path}: damaged: whether etcd has been restored to an older state is not known this time`;
    this.clusterId = state.clusterId;
    this.revision = state.revision;
    this.renewOnlyUntil = state.renewOnlyUntil;
    this.written = text;
    return undefined;
  }

  /**
   * Whether the answer with that header comes from the remembered cluster, and from no older state of it. `floor`: what
   * `revision` was when the request was sent; answers of others may have overtaken this one since.
   */
  compare({ clusterId, revision }: Header, floor: number): Identity {
    if (this.clusterId === "") return "first";
    if (clusterId !== this.clusterId) return "other-cluster";
    return revision < floor ? "older" : "same";
  }

  /** Remembers this cluster from now on. */
  adopt({ clusterId, revision }: Header): void {
    this.clusterId = clusterId;
    this.revision = revision;
  }

  /** An answer had that revision. */
  note(revision: number): void {
    if (revision > this.revision) this.revision = revision;
  }

  /** Writes the file, if anything has changed; a sentence for the log if that fails. */
  write(): string | undefined {
    const { clusterId, revision, renewOnlyUntil } = this;
    const text = `${JSON.stringify({ clusterId, revision, renewOnlyUntil })}\n`;
    if (text === this.written || clusterId === "") return undefined;
    try {
      writeFileSync(`${this.path}.new`, text, { mode: 0o640 });
      renameSync(`${this.path}.new`, this.path);
    } catch (error) {
      return (
        `${this.path}: cannot remember the cluster: ${textOf(error)}: after a restart this server does not notice ` +
        "that etcd has been restored to an older state"
      );
    }
    this.written = text;
    return undefined;
  }
}
