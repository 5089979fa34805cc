import { toAscii } from './ascii.js';
import type { Style } from './style.js';
import { printable, textCells } from './text-cells.js';

/** A screen of cells. Whatever is written stays inside, and shows characters only. */
export class Grid {
  readonly width: number;
  readonly height: number;
  readonly #isAscii: boolean;
  /** An empty text is the right half of a wide character. */
  readonly #texts: string[];
  readonly #styles: Style[];

  constructor(width: number, height: number, { isAscii = false }: { isAscii?: boolean } = {}) {
    this.#isAscii = isAscii;
    this.width = width;
    this.height = height;
    this.#texts = new Array(width * height).fill(' ');
    this.#styles = new Array(width * height).fill('');
  }

  /**
   * Writes text from a cell on and cuts it at the column `end`.
   *
   * @returns the column after the text
   */
  write(x: number, y: number, text: string, style: Style = '', end = this.width): number {
    const limit = Math.min(end, this.width);
    if (y < 0 || y >= this.height || x < 0) return x;
    let column = x;
    for (const cell of textCells(printable(text))) {
      if (column + cell.width > limit) break;
      const [left = ' ', right = ''] = this.#isAscii ? toAscii(cell.text, cell.width) : [cell.text];
      this.#set(column, y, left, style);
      if (cell.width === 2) this.#set(column + 1, y, right, style);
      column += cell.width;
    }
    return column;
  }

  /** Adds inverse to cells of a row and removes their colors, as contrast on an inverse color is the terminal's chance. */
  invert(y: number, from = 0, to = this.width): void {
    for (let x = from; x < to; x += 1) if (y < this.height) this.#styles[y * this.width + x] = 'inverse';
  }

  text(x: number, y: number): string {
    return this.#texts[y * this.width + x] ?? ' ';
  }

  style(x: number, y: number): Style {
    return this.#styles[y * this.width + x] ?? '';
  }

  /** Returns the rows as text without spaces at their ends. */
  lines(): string[] {
    return Array.from({ length: this.height }, (_, y) =>
      this.#texts
        .slice(y * this.width, (y + 1) * this.width)
        .join('')
        .trimEnd(),
    );
  }

  #set(x: number, y: number, text: string, style: Style): void {
    const index = y * this.width + x;
    // A wide character of which one half is overwritten is gone.
    if (this.#texts[index] === '' && text !== '') this.#texts[index - 1] = ' ';
    if (x + 1 < this.width && this.#texts[index + 1] === '') this.#texts[index + 1] = ' ';
    this.#texts[index] = text;
    this.#styles[index] = style;
  }
}
