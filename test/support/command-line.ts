// The daemon's command line, read by the launcher's own code (launcher/arguments.c) and by the daemon's (cli/launch.ts).

import { type Options, readLaunch } from "../../src/cli/launch.ts";
import { CompiledC } from "./compiled-c.ts";

const url = (path: string): URL => new URL(`../../${path}`, import.meta.url);
const SOURCES = ["test/support/command-line.c", "launcher/arguments.c", "launcher/facts.c", "c/report.c"];

/** What came of it: what the launcher keeps for itself and what the daemon gets, or a sentence. */
export type CommandLine =
  | { readonly launcher: LauncherArguments; readonly options: Options }
  | { readonly error: string };

/** What the launcher itself has to know. */
export interface LauncherArguments {
  readonly serves: boolean;
  readonly sockets: string;
  readonly control: string;
  readonly controlGroup: string;
}

/** Reads command lines; dispose() when done. */
export class CommandLineReader {
  readonly #program = new CompiledC(...SOURCES.map(url));

  read(args: readonly string[]): CommandLine {
    const { status, stdout, stderr } = this.#program.run(args);
    const [, error] = /^anydhcpd: (.*) \(see anydhcpd --help\)\n$/s.exec(stderr) ?? [];
    if (status === 2 && error !== undefined) return { error };
    if (status !== 0) throw new Error(`${JSON.stringify(args)}: status ${status}: ${stderr}`);
    const value = (name: string): string => new RegExp(`^${name}(?: (.*))?$`, "m").exec(stdout)?.[1] ?? "";
    const launcher = {
      serves: value("serves") === "1",
      sockets: value("sockets"),
      control: value("control"),
      controlGroup: value("control-group"),
    };
    return { launcher, options: readLaunch(stdout).options };
  }

  dispose(): void {
    this.#program.dispose();
  }
}
