// Vendor classes (option 60) that clients have sent: a few dozen in most networks, so that a lease keeps a number
// instead of the text. The first that come get one; a client that makes up names takes numbers away from others, and no
// more.

import { NO_OCTETS } from "../../base/bytes.ts";

/** Numbers there are: 1 to this. */
const NUMBERS_MAX = 254;

/** Texts by number. None is ever forgotten. */
export class VendorClasses {
  private readonly texts: Uint8Array[] = [];

  /** The number of the first `length` octets of `octets`; 0 if they have none and there is none left. */
  numberOf(octets: Uint8Array, length: number): number {
    const { texts } = this;
    for (let i = 0; i < texts.length; i++) if (this.equals(i + 1, octets, length)) return i + 1;
    if (texts.length === NUMBERS_MAX) return 0;
    return texts.push(octets.slice(0, length));
  }

  /** The text of a number that was given. */
  text(number: number): Uint8Array {
    return this.texts[number - 1] ?? NO_OCTETS;
  }

  /** Whether a number that was given stands for the first `length` octets of `octets`. */
  equals(number: number, octets: Uint8Array, length: number): boolean {
    const text = this.text(number);
    if (text.length !== length) return false;
    for (let i = 0; i < length; i++) if (text[i] !== octets[i]) return false;
    return true;
  }
}
