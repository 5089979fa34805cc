import { START } from './lines.js';

/** First line: of a traceback, of a group, or of a box by rich. */
const HEADER =
  /^(?<prefix>.{0,300}?)(?:(?<group> {2}\+ Exception Group |\+ Exception Group )?Traceback \(most recent call last\):\s{0,40}$|(?<box>[╭┌+][─-]{1,300} Traceback \(most recent call last\) [─-]{1,300}[╮┐+]?\s{0,40}$))/;
/** Class before the header of IPython: `KeyError                    Traceback (most recent call last)`. */
const CELL_TYPE = /[\p{L}_][\p{L}\p{N}_.]{0,100}$/u;
const MAX_PREFIX = 300;

/** First line of a traceback. */
export interface Header {
  /** Text before the header. */
  readonly prefix: string;
  /** True if members of an exception group follow. */
  readonly group: boolean;
  /** Width of the box that rich draws. */
  readonly boxWidth: number | undefined;
  /** Class of the exception, which IPython prints before the header. */
  readonly cellType: string | undefined;
}

/** Reads the first line of a traceback. Returns `undefined` for another line. */
export function readHeader(line: string): Header | undefined {
  const groups = HEADER.exec(line)?.groups;
  if (groups === undefined) return readCellHeader(line);
  const { prefix = '', group, box } = groups;
  return {
    prefix,
    group: group !== undefined,
    boxWidth: box?.trimEnd().length,
    cellType: undefined,
  };
}

/** Reads the first line of a traceback by IPython, as notebooks print it. */
function readCellHeader(line: string): Header | undefined {
  const trimmed = line.trimEnd();
  if (!trimmed.endsWith(START)) return undefined;
  const before = trimmed.slice(0, -START.length);
  const word = before.trimEnd();
  if (before.length < word.length + 2 || word.length > MAX_PREFIX) return undefined;
  const cellType = CELL_TYPE.exec(word)?.[0];
  if (cellType === undefined) return undefined;
  return { prefix: word.slice(0, -cellType.length), group: false, boxWidth: undefined, cellType };
}
