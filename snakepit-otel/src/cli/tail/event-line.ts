import { styleText } from 'node:util';
import type { EventRow } from '../../page/contract.js';
import { printableJson } from '../live/printable-json.js';
import { printable } from '../terminal/text-cells.js';

const LEVELS: Readonly<
  Record<EventRow['level'], { readonly word: string; readonly format: 'red' | 'yellow' | 'green' | 'dim' }>
> = {
  error: { word: 'ERROR', format: 'red' },
  warn: { word: 'WARN ', format: 'yellow' },
  info: { word: 'INFO ', format: 'green' },
  debug: { word: 'DEBUG', format: 'dim' },
};

/** Returns an event as one line. */
export type EventFormat = (row: EventRow) => string;

export const jsonLine: EventFormat = printableJson;

/** Returns the format for people: time on this host's clock, level, name, text, trace. */
export function textFormat(isColored: boolean): EventFormat {
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    isColored ? styleText(format, text, { validateStream: false }) : text;
  return ({ ts, level, name, text, trace }) => {
    const { word, format } = LEVELS[level] ?? LEVELS.info;
    const parts = [
      style('dim', timeOf(ts)),
      style(format, word),
      style('bold', printable(name)),
      printable(text),
    ];
    if (trace !== undefined) parts.push(style('dim', `trace=${printable(trace)}`));
    return parts.join(' ');
  };
}

/** The day and second are formatted once a second: formatting dates is most of the cost of a line. */
let lastSecond = Number.NaN;
let lastText = '';

function timeOf(ts: number): string {
  const second = Math.floor(ts / 1000);
  if (second !== lastSecond) {
    const date = new Date(second * 1000);
    const offset = date.getTimezoneOffset() * 60_000;
    const isValid = Number.isFinite(date.getTime());
    lastText = isValid ? new Date(second * 1000 - offset).toISOString().slice(0, 19).replace('T', ' ') : '–';
    lastSecond = second;
  }
  return `${lastText}.${String(Math.floor(ts - second * 1000)).padStart(3, '0')}`;
}
