// Blocks of octets in large pages. Blocks are multiples of 4 octets; a freed one goes to the list of
// its size and is cut up when nothing else is left, so that there is no compaction and no pause.
// Pages never move and never shrink: memory stays as large as the largest content was.
//
// If the size to come is known, its pages are one piece of memory. Single pages, made while answers of a store come and
// go, would lie between the answers, and the allocator could not give the answers' memory back to the system.

import { NO_OCTETS } from "../../base/bytes.ts";

/** A block; 0 is none. */
export type Block = number;

const UNIT_SHIFT = 2;
const UNIT_ROUND = (1 << UNIT_SHIFT) - 1;
const PAGE_SHIFT = 18;
const PAGE_UNITS = 1 << PAGE_SHIFT;
const PAGE_OCTETS = PAGE_UNITS << UNIT_SHIFT;
/** Most octets that are reserved at once, room for about ten million leases; a typed array has a limit, too. */
const RESERVED_OCTETS_MAX = 1 << 30;

function unitsOf(octets: number): number {
  return (octets + UNIT_ROUND) >>> UNIT_SHIFT;
}

/** Gives room for blocks and takes it back; the classes that inherit from it use their octets. */
export class BlockHeap {
  private readonly pages: Uint8Array[] = [];
  /** First unit of the last page that was never used. */
  private unused = PAGE_UNITS;
  /** Memory for the next pages. */
  private reserved = NO_OCTETS;
  /** By size in units: the first free block; each holds the next in its first 4 octets. */
  private readonly freeBlocks: Uint32Array;

  /** For blocks of up to so many octets. */
  constructor(octetsMax: number) {
    this.freeBlocks = new Uint32Array(unitsOf(octetsMax) + 1);
  }

  /** Octets of all pages. */
  get capacity(): number {
    return this.pages.length * PAGE_OCTETS;
  }

  /** The page that holds a block; the block is whole in it. */
  pageOf(block: Block): Uint8Array {
    return this.pages[block >>> PAGE_SHIFT] ?? NO_OCTETS;
  }

  /** Where in its page a block starts. */
  offsetOf(block: Block): number {
    return (block & (PAGE_UNITS - 1)) << UNIT_SHIFT;
  }

  /** Octets in use, those that were given back included. */
  protected get used(): number {
    return this.pages.length === 0 ? 0 : this.capacity - ((PAGE_UNITS - this.unused) << UNIT_SHIFT);
  }

  /**
   * Makes room for so many octets in all. Unused room costs no memory. For far too many, pages come one by one as
   * without it.
   */
  protected reserve(octets: number): void {
    const missing = Math.ceil((octets - this.capacity) / PAGE_OCTETS) * PAGE_OCTETS;
    if (missing <= this.reserved.length || missing > RESERVED_OCTETS_MAX) return;
    this.reserved = new Uint8Array(missing);
  }

  /** Room for so many octets: a block that is not in use. */
  protected allocate(octets: number): Block {
    const units = unitsOf(octets);
    const free = this.freeBlocks[units] ?? 0;
    if (free !== 0) return this.unshelve(free, units);
    if (this.unused + units > PAGE_UNITS) {
      for (let larger = units + 1; larger < this.freeBlocks.length; larger++) {
        const block = this.freeBlocks[larger] ?? 0;
        if (block === 0) continue;
        this.unshelve(block, larger);
        this.shelve(block + units, larger - units);
        return block;
      }
      this.addPage();
    }
    const fresh = (this.pages.length - 1) * PAGE_UNITS + this.unused;
    this.unused += units;
    return fresh;
  }

  /** Takes a block of so many octets back. */
  protected free(block: Block, octets: number): void {
    this.shelve(block, unitsOf(octets));
  }

  private addPage(): void {
    // The rest of the page before is smaller than one block.
    if (this.pages.length > 0 && this.unused < PAGE_UNITS) {
      this.shelve((this.pages.length - 1) * PAGE_UNITS + this.unused, PAGE_UNITS - this.unused);
    }
    this.pages.push(this.takePage());
    // Block 0 is none.
    this.unused = this.pages.length === 1 ? 1 : 0;
  }

  private takePage(): Uint8Array {
    const { reserved } = this;
    if (reserved.length === 0) return new Uint8Array(PAGE_OCTETS);
    this.reserved = reserved.subarray(PAGE_OCTETS);
    return reserved.subarray(0, PAGE_OCTETS);
  }

  private shelve(block: Block, units: number): void {
    const page = this.pageOf(block);
    const at = this.offsetOf(block);
    const next = this.freeBlocks[units] ?? 0;
    page[at] = next;
    page[at + 1] = next >>> 8;
    page[at + 2] = next >>> 16;
    page[at + 3] = next >>> 24;
    this.freeBlocks[units] = block;
  }

  private unshelve(block: Block, units: number): Block {
    const page = this.pageOf(block);
    const at = this.offsetOf(block);
    this.freeBlocks[units] =
      ((page[at] ?? 0) | ((page[at + 1] ?? 0) << 8) | ((page[at + 2] ?? 0) << 16) | ((page[at + 3] ?? 0) << 24)) >>> 0;
    return block;
  }
}
