// Which line an offset into a text is in, for offsets in ascending order.

/** Counts lines on the way through a text. */
export class LineCounter {
  /** Where the line of the last offset begins. */
  lineStart = 0;
  private readonly text: string;
  private line = 1;

  constructor(text: string) {
    this.text = text;
  }

  /** The line (from 1) of an offset, which is not in front of the last one. */
  lineOf(at: number): number {
    const { text } = this;
    for (let end = text.indexOf("\n", this.lineStart); end >= 0 && end < at; end = text.indexOf("\n", this.lineStart)) {
      this.line++;
      this.lineStart = end + 1;
    }
    return this.line;
  }
}
