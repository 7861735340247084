// `include "FILE";`: which file it names, and whether it may be read. The text comes from a reader that the shell
// gives; relative names start at the including file's directory, at any depth.
//
// A file that includes itself, directly or not, is found by its name. Different names of the same file are bounded by
// the depth, the number of files and their octets together.

import type { Cursor } from "./cursor.ts";
import { CONFIG_OCTETS_MAX, type SourceFile } from "./source.ts";

/**
 * The content of a file (one octet a character), or in words why there is none; `mayCome`: another attempt may find it, where
 * a file system is mounted late, say.
 */
export type FileContent = { readonly text: string } | { readonly problem: string; readonly mayCome?: boolean };

/** Gives the content of an included file. Asked for one file more than once it gives the same. */
export type FileReader = (path: string) => FileContent;

/** The reader where no file can be included. */
export const NO_FILES: FileReader = () => ({ problem: "there are no other files here" });

/** Files inside files: no intended configuration is deeper. */
export const INCLUDE_DEPTH_MAX = 16;

/** Files of one configuration besides the main one, each counted as often as it is included. */
export const INCLUDES_MAX = 4096;

/** Reads the name behind `include`, which stands at `at`, and the file; undefined after a complaint. */
export function readIncluded(cursor: Cursor, at: number, readFile: FileReader): SourceFile | undefined {
  const { report } = cursor;
  const { source } = report;
  const token = cursor.peek();
  if (token.kind !== "string") return cursor.unexpected('the name of a file between " and "');
  cursor.next();
  if (token.text === "") return refuse("the name of the file is empty", "the name of a file");
  const path = pathFrom(source.fileAt(at).file, token.text);
  const chain = chainOf(source.fileAt(at), cursor);
  const cycle = chain.find(({ file }) => file === path);
  if (cycle !== undefined) {
    const related = chain[chain.indexOf(cycle) - 1];
    return refuse(
      `${path} includes itself`,
      "files that do not include one another",
      related && { at: related.includedAt, message: "on the way here it is left by this include" },
    );
  }
  if (chain.length > INCLUDE_DEPTH_MAX)
    return refuse("files are included in one another too deeply", `at most ${INCLUDE_DEPTH_MAX} files in one another`);
  if (source.includes >= INCLUDES_MAX)
    return refuse("too many files are included", `at most ${INCLUDES_MAX} include statements in all`);
  const content = readFile(path);
  if ("problem" in content) return refuse(`${path} cannot be included: ${content.problem}`, "a file to read here");
  if (source.size + content.text.length > CONFIG_OCTETS_MAX)
    return refuse(`with ${path} the configuration is too long`, `at most ${CONFIG_OCTETS_MAX} octets in all files`);
  return source.add(path, content.text, at);

  function refuse(message: string, expected: string, related?: { at: number; message: string }): undefined {
    return report.error(token.at, message, { expected, ...(related !== undefined && { related }) });
  }
}

/** A file and those that include it, nearest first. */
function chainOf(file: SourceFile, { report }: Cursor): SourceFile[] {
  const chain = [file];
  for (let next = file; next.includedAt >= 0; ) {
    next = report.source.fileAt(next.includedAt);
    chain.push(next);
  }
  return chain;
}

/** The path of a file that is named in another. */
export function pathFrom(includer: string, name: string): string {
  if (name.startsWith("/")) return name;
  return includer.slice(0, includer.lastIndexOf("/") + 1) + name.replace(/^(?:\.\/+)+/, "");
}
