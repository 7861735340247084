// Blocks as they are opened: a subnet, class or subclass that is declared again in the same place goes on with
// its first declaration.

import { formatHex } from "../../base/bytes.ts";
import { formatIpv4 } from "../../base/ipv4.ts";
import type { BlockKind } from "../model/settings.ts";
import type { Report } from "./source.ts";
import type { Block, Header } from "./syntax.ts";

/** A block's content before anything is read. */
export function emptyBody(): Pick<Block, "parameters" | "blocks" | "reopened" | "isIncomplete"> {
  return { parameters: [], blocks: [], reopened: [], isIncomplete: false };
}

/** The name of a block that a second block of that name in the same place continues; undefined for others. */
function nameToReopen(header: Header): string | undefined {
  switch (header.kind) {
    case "subnet":
      return `subnet ${formatIpv4(header.network)}/${header.prefixLength}`;
    case "class":
      return header.form === "class" ? `class ${header.name}` : undefined;
    case "subclass":
      return `subclass of ${header.name} ${formatHex(header.data, ":")}`;
    default:
      return undefined;
  }
}

/** The blocks of one configuration. */
export class OpenedBlocks {
  private readonly report: Report;
  /** By the block around them and their name. */
  private readonly known = new Map<Block, Map<string, Block>>();

  constructor(report: Report) {
    this.report = report;
  }

  /** Adds a block to the one around it, or continues the block that is declared there already. */
  open(outer: Block, header: Header, at: number): Block {
    const name = nameToReopen(header);
    const names = this.known.get(outer) ?? new Map<string, Block>();
    const first = name === undefined ? undefined : names.get(name);
    if (first !== undefined) {
      this.report.warning(at, `the ${name} is declared twice: the declarations are read as one`, {
        related: { at: first.at, message: "first declared here" },
      });
      first.reopened.push({ at, first: first.parameters.length });
      return first;
    }
    const block: Block = { header, at, parent: outer, ...emptyBody() };
    if (name !== undefined) this.known.set(outer, names.set(name, block));
    outer.blocks.push(block);
    return block;
  }
}

/** The kind of the nearest block that is no group: a group may hold whatever the block around it may hold. */
export function outerKind(block: Block): BlockKind {
  let outer = block;
  while (outer.header.kind === "group" && outer.parent !== undefined) outer = outer.parent;
  return outer.header.kind;
}
