import { BoundedText } from './bounded-text.js';

const MAX_HEAD = 65_536;
const MAX_TAIL = 16_384;
/** Line of Docker's driver `json-file`. */
const DOCKER = '{"log":';
/** Line of the Container Runtime Interface: the time, the stream, and `P` for a part of a line or `F` for its end. */
const CRI = /^(?<prefix>\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d) std(?:out|err) )(?<tag>[PF]) /;
const ZERO = 48;
const NINE = 57;

/** Restores the lines of a program from those of a container's log, which wraps them and cuts long ones into parts. */
export class ContainerLines {
  readonly #parts = new BoundedText(MAX_HEAD, MAX_TAIL);

  /** Returns the line of the program, or `undefined` if more parts of it follow. Other lines are returned as they are. */
  restore(line: string): string | undefined {
    const first = line.charCodeAt(0);
    if (first >= ZERO && first <= NINE && line[10] === 'T') return this.#restoreCri(line);
    return line.startsWith(DOCKER) ? this.#restoreDocker(line) : line;
  }

  #restoreCri(line: string): string | undefined {
    const match = CRI.exec(line);
    if (match === null) return line;
    const { prefix = '', tag } = match.groups ?? {};
    const text = line.slice(match[0].length);
    if (tag === 'P') {
      this.#parts.append(text);
      return undefined;
    }
    return `${prefix}F ${this.#takeParts()}${text}`;
  }

  #restoreDocker(line: string): string | undefined {
    const text = logOf(line);
    if (text === undefined) return line;
    if (text.endsWith('\n')) return this.#takeParts() + text.slice(0, -1);
    this.#parts.append(text);
    return undefined;
  }

  #takeParts(): string {
    if (this.#parts.isEmpty) return '';
    const text = this.#parts.toString();
    this.#parts.clear();
    return text;
  }
}

function logOf(line: string): string | undefined {
  try {
    const { log } = JSON.parse(line) as { readonly log?: unknown };
    return typeof log === 'string' ? log : undefined;
  } catch {
    return undefined;
  }
}
