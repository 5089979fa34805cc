/** A traceback that Python printed: the last exception, and the exceptions that it was raised `from`. */
export interface Traceback {
  /** Class as printed: with its module, unless that is `builtins`. */
  readonly type: string;
  readonly message: string;
  /** Text of the traceback with all its exceptions; the end of a long one. */
  readonly traceback: string;
  /** Exceptions that the last one was raised `from`, the nearest first. */
  readonly causes: readonly { readonly type: string; readonly message: string }[];
}

const START = 'Traceback (most recent call last):';
const CAUSE = 'The above exception was the direct cause of the following exception:';
const CONTEXT = 'During handling of the above exception, another exception occurred:';
/** Printed before a traceback that does not propagate, such as an error in a finalizer. */
const IGNORED = 'Exception ignored in';
const EXCEPTION = /^([A-Za-z_][\w.]{0,255})(?:: ?(.*))?$/;
/** Lines of logs or telemetry, which end a message of several lines. */
const LOG_LINE = /^(?:\[?\d{4}-\d\d-\d\d|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL|TELEMETRY)\b)/;
/** Separators of the members of an exception group: `+-+--- 1 ---` before the first, `+------` after the last. */
const GROUP_RULE = /^(.{0,200}?)\+(-\+)?-{4,40}(?: (\d{1,6}) -{4,40})?$/;

const MAX_LINE_LENGTH = 16_384;
const MAX_PREFIX_LENGTH = 200;
const MAX_MESSAGE_LENGTH = 16_384;
const MAX_TRACEBACK_LENGTH = 65_536;
const MAX_CAUSES = 16;

type State =
  | { readonly at: 'outside' }
  | { readonly at: 'frames' }
  /** In a group, before an exception with or without a traceback of its own. */
  | { readonly at: 'member' }
  | { readonly at: 'message'; readonly type: string; message: string }
  /** After a complete exception that may be the cause of another one. */
  | {
      readonly at: 'between';
      readonly type: string;
      readonly message: string;
      readonly link: 'cause' | 'context';
    };

/** Finds Python tracebacks in a stream of text. Its buffers are bounded for any input. */
export class TracebackReader {
  readonly #onTraceback: (traceback: Traceback) => void;
  #partialLine = '';
  #previousLine = '';
  #state: State = { at: 'outside' };
  #text = '';
  /** Text that a log, a launcher or an exception group puts before every line. */
  #prefix = '';
  #causes: { type: string; message: string }[] = [];

  constructor(onTraceback: (traceback: Traceback) => void) {
    this.#onTraceback = onTraceback;
  }

  /** True if a traceback is complete unless more lines of it follow. */
  get pending(): boolean {
    return this.#state.at === 'message' || this.#state.at === 'between';
  }

  write(text: string): void {
    let from = 0;
    for (let to = text.indexOf('\n'); to !== -1; to = text.indexOf('\n', from)) {
      const end = Math.min(to, from + MAX_LINE_LENGTH);
      this.#readLine((this.#partialLine + text.slice(from, end)).slice(0, MAX_LINE_LENGTH));
      this.#partialLine = '';
      from = to + 1;
    }
    if (this.#partialLine.length < MAX_LINE_LENGTH)
      this.#partialLine += text.slice(from, from + MAX_LINE_LENGTH);
  }

  /** Reports the pending traceback: no more lines follow. */
  flush(): void {
    if (this.#partialLine !== '') this.#readLine(this.#partialLine);
    this.#partialLine = '';
    this.#finish();
  }

  #readLine(raw: string): void {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    const start = line.indexOf(START);
    const rule = this.#state.at === 'outside' ? null : GROUP_RULE.exec(line);
    if (start !== -1 && start <= MAX_PREFIX_LENGTH) this.#readStart(line, start);
    else if (rule !== null) this.#readGroupRule(rule);
    else if (this.#state.at !== 'outside') this.#readInside(this.#withoutPrefix(line));
    this.#previousLine = line;
  }

  #readGroupRule([, before = '', first, number]: RegExpExecArray): void {
    // Before the first member is the group itself; only its members are reported.
    if (first !== undefined) this.#reset();
    else this.#finish();
    if (number === undefined) return;
    this.#prefix = `${before}${first === undefined ? '' : '  '}| `;
    this.#state = { at: 'member' };
  }

  #readStart(line: string, at: number): void {
    if (this.#state.at === 'between') {
      const { type, message, link } = this.#state;
      // An exception that was being handled did not necessarily cause the next one.
      this.#causes = link === 'context' ? [] : [{ type, message }, ...this.#causes].slice(0, MAX_CAUSES);
    } else {
      this.#finish();
    }
    this.#prefix = line.slice(0, at).replace(/\+ Exception Group $/, '| ');
    this.#state = this.#previousLine.startsWith(IGNORED) ? { at: 'outside' } : { at: 'frames' };
    this.#append(line);
  }

  #readInside(line: string): void {
    if (this.#state.at === 'frames') this.#readFrame(line);
    else if (this.#state.at === 'member') this.#readException(line);
    else if (this.#state.at === 'message') this.#readMessageLine(line);
    else if (line === '') this.#append(line);
    else this.#finish();
  }

  #readFrame(line: string): void {
    if (line === '' || /^\s/.test(line)) {
      this.#append(line);
      return;
    }
    this.#readException(line);
  }

  #readException(line: string): void {
    const [, type, message = ''] = EXCEPTION.exec(line) ?? [];
    if (type === undefined) {
      this.#reset();
      return;
    }
    this.#state = { at: 'message', type, message };
    this.#append(line);
  }

  #readMessageLine(line: string): void {
    if (this.#state.at !== 'message') return;
    if (LOG_LINE.test(line)) {
      this.#finish();
      return;
    }
    if (line === CAUSE || line === CONTEXT) {
      const { type, message } = this.#state;
      this.#state = {
        at: 'between',
        type,
        message: message.trimEnd(),
        link: line === CAUSE ? 'cause' : 'context',
      };
    } else if (this.#state.message.length < MAX_MESSAGE_LENGTH) {
      this.#state.message += `\n${line}`.slice(0, MAX_MESSAGE_LENGTH);
    }
    this.#append(line);
  }

  #finish(): void {
    if (this.#state.at === 'message' || this.#state.at === 'between') {
      const { type, message } = this.#state;
      const traceback = this.#text.trimEnd();
      const causes = this.#causes;
      this.#reset();
      this.#onTraceback({ type, message: message.trimEnd(), traceback, causes });
    } else {
      this.#reset();
    }
  }

  #reset(): void {
    this.#state = { at: 'outside' };
    this.#text = '';
    this.#causes = [];
  }

  #append(line: string): void {
    const text = `${this.#text}${line}\n`;
    this.#text = text.length > MAX_TRACEBACK_LENGTH * 2 ? text.slice(-MAX_TRACEBACK_LENGTH) : text;
  }

  #withoutPrefix(line: string): string {
    if (this.#prefix === '') return line;
    const { length } = this.#prefix;
    if (equalButForDigits(line.slice(0, length), this.#prefix)) return line.slice(length);
    // Editors and logs trim white space at the end of a line.
    return line.trimEnd() === this.#prefix.trimEnd() ? '' : line;
  }
}

/** Returns the tracebacks in a text. */
export function readTracebacks(text: string): Traceback[] {
  if (text === '') return [];
  const tracebacks: Traceback[] = [];
  const reader = new TracebackReader((traceback) => tracebacks.push(traceback));
  reader.write(text);
  reader.flush();
  return tracebacks;
}

const equalButForDigits = (a: string, b: string): boolean => a.replace(/\d/g, '0') === b.replace(/\d/g, '0');
