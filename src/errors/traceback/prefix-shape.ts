/** Parts of a prefix: a moment, as in logs (`2026-01-01T10:00:00.123Z`, `07-29 21:48:50`), the number of a line of source, another number. */
const TOKEN =
  /(?<moment>\d{1,4}(?:[-:./,T]\d{1,9}){1,8}(?:Z|[+-]\d\d:?\d\d)?)|(?<=\.(?:py|cc|cpp|cu|h|c|rs|go):)(?<line>\d{1,7})|(?<number>\d{1,20})|(?<space> {1,300})|(?<other>[^\d ]{1,300})/g;
const SPECIAL = /[\\^$.*+?()[\]{}|/-]/g;

/**
 * Shape of the prefixes of a launcher or a log, such as `[rank0]:` and `[rank7]:`. Times and numbers of source lines may differ within a
 * stream. Other numbers, such as those of processes and ranks, distinguish the streams.
 */
export class PrefixShape {
  /** Beginning that every prefix has. */
  readonly #literal: string;
  readonly #pattern: RegExp;

  /** @param prefix prefix without white space at the end */
  constructor(prefix: string) {
    this.#literal = /^[^\d ]*/.exec(prefix)?.[0] ?? '';
    this.#pattern = new RegExp(`^${toSource(prefix)}`);
  }

  /** Returns where the prefix of a line ends, and the numbers that identify its stream; `undefined` if the line has another prefix. */
  match(line: string): { readonly end: number; readonly identity: string } | undefined {
    if (!line.startsWith(this.#literal)) return undefined;
    const match = this.#pattern.exec(line);
    return match === null ? undefined : { end: match[0].length, identity: match.slice(1).join(' ') };
  }
}

function toSource(prefix: string): string {
  let source = '';
  for (const { groups } of prefix.matchAll(TOKEN)) {
    if (groups?.moment !== undefined) source += '\\d{1,4}(?:[-:./,T]\\d{1,9}){1,8}(?:Z|[+-]\\d\\d:?\\d\\d)?';
    else if (groups?.line !== undefined) source += '\\d{1,7}';
    else if (groups?.number !== undefined) source += '(\\d{1,20})';
    else if (groups?.space !== undefined) source += ' {1,40}';
    else source += groups?.other?.replace(SPECIAL, '\\$&') ?? '';
  }
  return source;
}
