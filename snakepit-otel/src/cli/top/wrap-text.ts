import { type Row, row } from '../terminal/row.js';
import type { Style } from '../terminal/style.js';
import { printable, textCells } from '../terminal/text-cells.js';

/** Returns text in lines of at most so many cells; its own line breaks stay. */
export function wrapText(text: string, width: number, style: Style = ''): Row[] {
  return text.split('\n').flatMap((line) => {
    const cells = textCells(printable(line.replaceAll('\t', '  ')));
    const rows: Row[] = [];
    let current = '';
    let used = 1;
    for (const cell of cells) {
      if (used + cell.width > width) {
        rows.push(row([` ${current}`, style]));
        current = '';
        used = 1;
      }
      current += cell.text;
      used += cell.width;
    }
    return [...rows, row([` ${current}`, style])];
  });
}
