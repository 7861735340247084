// The room on the disk of a lease file. A disk that is filled to the brim cannot be helped: a new file, without
// outdated records, has to fit beside the old one. So the journal looks at the room while there is some: it compacts
// before a new file would no longer fit, and leaves ends of leases out if none fits. journal-commit.ts handles a disk
// that is full all the same.

import { ROOM_LOOK_OCTETS } from "../../base/limits/store.ts";
import type { LeaseTable } from "../../lease/table/table.ts";
import type { JournalFiles } from "./journal-files.ts";
import { countStored } from "./journal-load.ts";

/** How many looks a file of live leases alone takes to grow to twice its size. */
const LOOKS_PER_COPY = 32;
const MEBIBYTE = 1024 * 1024;

/** What a lease file takes and what its disk has. */
export class JournalRoom {
  private readonly files: JournalFiles;
  private recordsInFile = 0;
  private octets = 0;

  constructor(files: JournalFiles) {
    this.files = files;
  }

  /** Records in FILE; an address may be among them more than once. */
  get records(): number {
    return this.recordsInFile;
  }

  /** FILE has been read or written anew. */
  takeFile(octets: number, records: number): void {
    this.recordsInFile = records;
    this.octets = octets;
  }

  /** Records have been appended to FILE. */
  takeAppended(octets: number, records: number): void {
    this.recordsInFile += records;
    this.octets += octets;
  }

  /** Octets that a new file takes. */
  copyOctets(table: LeaseTable): number {
    return this.octetsOf(countStored(table));
  }

  /** Octets that so many records take, if they are as long as FILE's on average. */
  octetsOf(records: number): number {
    return this.recordsInFile === 0 ? 0 : Math.ceil((records * this.octets) / this.recordsInFile);
  }

  /** Octets that FILE grows by between two looks at the room, where a new file takes `copyOctets`. */
  stepOctets(copyOctets: number): number {
    return Math.max(ROOM_LOOK_OCTETS, Math.ceil(copyOctets / LOOKS_PER_COPY));
  }

  /** Whether a new file fits, with the records that are appended to both while it is written. */
  fits(copyOctets: number): boolean {
    return this.files.freeOctets() >= copyOctets + this.stepOctets(copyOctets);
  }

  /** Whether a new file will no longer fit in a while. */
  isScarce(copyOctets: number): boolean {
    return this.files.freeOctets() < copyOctets + 3 * this.stepOctets(copyOctets);
  }

  /** What to do about a disk with too little room. */
  describe(copyOctets: number): string {
    const free = this.files.freeOctets();
    const wanted = mebibytes(copyOctets + 3 * this.stepOctets(copyOctets));
    const has = Number.isFinite(free) ? `${mebibytes(free)} are free, and ` : "";
    return `make room on its disk: ${has}writing the file anew takes ${wanted}`;
  }
}

function mebibytes(octets: number): string {
  const value = octets / MEBIBYTE;
  return `${value < 10 ? Math.ceil(value * 10) / 10 : Math.ceil(value)} MiB`;
}
