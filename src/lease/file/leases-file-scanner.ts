// Octets of a lease file, scanned by hand: blanks, words, numbers, strings, and the way past unknown text. A scan never
// runs over the start of another record, a line that begins with `lease `, so that damage stays inside its own record.

const LF = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LEASE = "lease ";
/** Longest decoded string; ISC's limit is 1500. */
const STRING_OCTETS_MAX = 1536;

/** A position in a part of a file. */
export class LeasesFileScanner {
  at: number;
  /** The octets that `readOctets` decoded last. */
  readonly octets = new Uint8Array(STRING_OCTETS_MAX);
  octetsLength = 0;
  protected readonly bytes: Uint8Array;
  protected readonly end: number;
  private readonly start: number;
  private wordStart = 0;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.start = start;
    this.at = start;
    this.end = Math.min(end, bytes.length);
  }

  /** The octet at the position; -1 at the end. */
  peek(): number {
    return this.at < this.end ? (this.bytes[this.at] ?? -1) : -1;
  }

  /** Passes white space and comments. */
  skipBlank(): void {
    const { bytes, end } = this;
    let at = this.at;
    while (at < end) {
      const octet = bytes[at] ?? 0;
      if (octet === 0x23) {
        while (at < end && bytes[at] !== LF) at++;
      } else if (octet !== 0x20 && (octet < 0x09 || octet > 0x0d)) break;
      else at++;
    }
    this.at = at;
  }

  /** Passes the word that starts a record; false if none starts here. */
  readRecordWord(): boolean {
    if (!this.isAtRecord()) return false;
    this.wordStart = this.at;
    this.at += LEASE.length - 1;
    return true;
  }

  /** Passes a word of letters, digits, `-`, `_` and `.`; false if there is none, or a record starts here. */
  readWord(): boolean {
    if (this.isAtRecord()) return false;
    const { bytes, end } = this;
    let at = this.at;
    while (at < end && isWordOctet(bytes[at] ?? 0)) at++;
    this.wordStart = this.at;
    this.at = at;
    return at > this.wordStart;
  }

  /** Whether the word passed last is `text`. */
  isWord(text: string): boolean {
    return this.at - this.wordStart === text.length && this.startsWith(text);
  }

  /** Whether the word passed last begins with `text`. */
  startsWith(text: string): boolean {
    const { bytes, wordStart } = this;
    if (this.at - wordStart < text.length) return false;
    for (let i = 0; i < text.length; i++) if (bytes[wordStart + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  /** The number behind the first `from` octets of the word passed last; -1 if they are not digits or too many. */
  wordNumber(from: number): number {
    let value = 0;
    for (let at = this.wordStart + from; at < this.at; at++) {
      const digit = (this.bytes[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9 || value > 1e12) return -1;
      value = value * 10 + digit;
    }
    return this.at > this.wordStart + from ? value : -1;
  }

  /** Goes back before the word passed last. */
  unreadWord(): void {
    this.at = this.wordStart;
  }

  /** Passes decimal digits; -1 if there are none, or too many to be meant. */
  readNumber(): number {
    const { bytes, end } = this;
    const start = this.at;
    let at = start;
    let value = 0;
    for (; at < end; at++) {
      const digit = (bytes[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.at = at;
    return at === start || at - start > 12 ? -1 : value;
  }

  /** Passes `octet`, after blanks; false if something else is there. */
  accept(octet: number): boolean {
    this.skipBlank();
    if (this.peek() !== octet) return false;
    this.at++;
    return true;
  }

  /** Passes `octet` if it comes at once. */
  acceptHere(octet: number): boolean {
    if (this.peek() !== octet) return false;
    this.at++;
    return true;
  }

  /** Decodes a quoted string or hexadecimal octets joined by colons; false if it is neither or is too long. */
  readOctets(): boolean {
    this.skipBlank();
    return this.peek() === QUOTE ? this.readString() : this.readHex();
  }

  /** Decodes hexadecimal octets of one or two digits joined by colons. */
  readHex(): boolean {
    this.skipBlank();
    const { bytes, end, octets } = this;
    let length = 0;
    let at = this.at;
    for (;;) {
      let value = at < end ? hexDigit(bytes[at] ?? 0) : -1;
      if (value < 0 || length === octets.length) return this.stop(at);
      at++;
      const low = at < end ? hexDigit(bytes[at] ?? 0) : -1;
      if (low >= 0) {
        value = value * 16 + low;
        at++;
      }
      octets[length++] = value;
      if (at >= end || bytes[at] !== 0x3a) break;
      at++;
    }
    this.at = at;
    this.octetsLength = length;
    return true;
  }

  /** Passes all up to the `;` or the block that ends a statement. False if it does not end before the next record or the end. */
  skipStatement(): boolean {
    let depth = 0;
    for (;;) {
      this.skipBlank();
      if (this.at >= this.end || this.isAtRecord()) return false;
      const octet = this.peek();
      if (octet === QUOTE) {
        if (!this.readString()) return false;
        continue;
      }
      if (octet === 0x7d && depth === 0) return false;
      this.at++;
      if (octet === 0x7b) depth++;
      else if (octet === 0x7d && --depth === 0) return true;
      else if (octet === 0x3b && depth === 0) return true;
    }
  }

  /** Whether a line that begins with `lease ` starts here. */
  isAtRecord(): boolean {
    if (this.at > this.start && this.bytes[this.at - 1] !== LF) return false;
    if (this.end - this.at < LEASE.length) return false;
    for (let i = 0; i < LEASE.length; i++) if (this.bytes[this.at + i] !== LEASE.charCodeAt(i)) return false;
    return true;
  }

  /** Goes to the next line. */
  skipLine(): void {
    while (this.at < this.end && this.bytes[this.at] !== LF) this.at++;
    if (this.at < this.end) this.at++;
  }

  /** Goes to the start of the next record, here or later, or to the end. */
  skipToRecord(): void {
    while (this.at < this.end && !this.isAtRecord()) this.skipLine();
  }

  /** Decodes a string. A line ends it as damage does. */
  private readString(): boolean {
    const { bytes, end, octets } = this;
    let length = 0;
    let at = this.at + 1;
    for (;;) {
      let octet = at < end ? (bytes[at] ?? 0) : LF;
      if (octet === LF || length === octets.length) return this.stop(at);
      at++;
      if (octet === QUOTE) break;
      if (octet === BACKSLASH) {
        octet = at < end ? (bytes[at] ?? 0) : LF;
        if (octet === LF) return this.stop(at);
        at++;
        if (isOctal(octet)) {
          octet -= 0x30;
          for (let i = 0; i < 2 && at < end && isOctal(bytes[at] ?? 0) && octet < 0x20; i++) {
            octet = octet * 8 + (bytes[at++] ?? 0) - 0x30;
          }
        } else octet = escaped(octet);
      }
      octets[length++] = octet;
    }
    this.at = at;
    this.octetsLength = length;
    return true;
  }

  private stop(at: number): false {
    this.at = at;
    return false;
  }
}

/** The meaning of a character behind a backslash: ISC's control characters; else the character itself. */
function escaped(octet: number): number {
  switch (octet) {
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    case 0x62:
      return 0x08;
    default:
      return octet;
  }
}

function isOctal(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x37;
}

function isWordOctet(octet: number): boolean {
  const letter = octet | 0x20;
  return (
    (letter >= 0x61 && letter <= 0x7a) ||
    (octet >= 0x30 && octet <= 0x39) ||
    octet === 0x2d ||
    octet === 0x2e ||
    octet === 0x5f
  );
}

/** The value of a hexadecimal digit; -1 if it is none. */
function hexDigit(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const letter = octet | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
