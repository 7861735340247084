// What a server is: one DHCP server in one way of running it. A server turns a service into files and a
// command line, purely; starting, watching and ending it is the same for all (running-server.ts).

import type { Service } from "./service.ts";

/** Folders of one run of a server. All exist and may be written to by everybody. */
export interface Places {
  /** On the disk. */
  readonly directory: string;
  /** In memory. */
  readonly memoryDirectory: string;
}

/** What has to be there, and to be run, for a service. */
export interface Preparation {
  /** Contents by absolute path below `Places.directory`. */
  readonly files: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** What its output says when it serves. */
  readonly readyLine: RegExp;
}

/** One server, run in one way. */
export interface Server {
  /** Stable name for files and tables: lower case and hyphens. */
  readonly id: string;
  /** Name for people. */
  readonly title: string;
  /** The Debian package it comes in; ours is not in one. */
  readonly package: string;
  /** The program that must be there, absolute. */
  readonly program: string;
  /** A program of another Debian package that its start runs. */
  readonly startTool?: { readonly package: string; readonly program: string };
  /** Asks the program for its version. */
  readonly versionArgv: readonly string[];
  /** Finds the version in what `versionArgv` writes. */
  readonly versionPattern: RegExp;
  /** How it checks an address before offering it. */
  readonly conflictDetection: "icmp" | "arp" | "none";
  /** When a lease is on disk: "ack", before the ACK leaves; "later", sometime after it; "never". */
  readonly durability: "ack" | "later" | "never";
  /** Why it cannot do the service; undefined when it can. */
  refusal(service: Service): string | undefined;
  /**
   * The same start with the privileges that the server's package gives it, where they are less than root's and
   * that takes more than starting it. Pure.
   */
  withPackagedPrivileges?(preparation: Preparation): Preparation;
  /** Pure. The server does not refuse the service. */
  prepare(service: Service, places: Places): Preparation;
}
