import { BoundedText } from './bounded-text.js';

const MAX_LINE_HEAD = 65_536;
const MAX_LINE_TAIL = 16_384;

/** Splits text into lines, of which it keeps the beginning and the end if they are long. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #partialLine = new BoundedText(MAX_LINE_HEAD, MAX_LINE_TAIL);

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(written: string): void {
    // Of UTF-16, as PowerShell redirects it, every second byte is 0.
    const text = written.includes('\0') ? written.replaceAll('\0', '') : written;
    let from = 0;
    for (let to = text.indexOf('\n'); to !== -1; to = text.indexOf('\n', from)) {
      if (this.#partialLine.isEmpty && to - from <= MAX_LINE_HEAD) this.#onLine(text.slice(from, to));
      else {
        this.#partialLine.append(text.slice(from, to));
        this.#endLine();
      }
      from = to + 1;
    }
    if (from < text.length) this.#partialLine.append(text.slice(from));
  }

  /** Ends a line without a line feed: no more text follows. */
  flush(): void {
    if (!this.#partialLine.isEmpty) this.#endLine();
  }

  #endLine(): void {
    const line = this.#partialLine.toString();
    this.#partialLine.clear();
    this.#onLine(line);
  }
}
