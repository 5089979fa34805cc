/** One report of Python: the exception that ended it, and those it was raised `from`. */
export interface Traceback {
  /** As the traceback shows it: with the module, unless it is `builtins`. */
  readonly type: string;
  readonly message: string;
  /** The whole report, of all the exceptions in it; of a long one, the end. */
  readonly traceback: string;
  /** The exceptions that it was raised `from`, the nearest first. */
  readonly causes: readonly { readonly type: string; readonly message: string }[];
}

const START = 'Traceback (most recent call last):';
const CAUSE = 'The above exception was the direct cause of the following exception:';
const CONTEXT = 'During handling of the above exception, another exception occurred:';
/** What cannot be raised to anyone, such as errors while objects are torn down. */
const IGNORED = 'Exception ignored in';
const EXCEPTION = /^([A-Za-z_][\w.]{0,255})(?:: ?(.*))?$/;
/** Lines of logging or telemetry, which a message over several lines does not contain. */
const LOG_LINE = /^(?:\[?\d{4}-\d\d-\d\d|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL|TELEMETRY)\b)/;
/** Around the members of an exception group: before the first `+-+--- 1 ---`, after the last `+------`. */
const GROUP_RULE = /^(.{0,200}?)\+(-\+)?-{4,40}(?: (\d{1,6}) -{4,40})?$/;

const MAX_LINE = 16_384;
const MAX_PREFIX = 200;
const MAX_MESSAGE = 16_384;
const MAX_REPORT = 65_536;
const MAX_CAUSES = 16;

type State =
  | { readonly at: 'outside' }
  | { readonly at: 'frames' }
  /** In a group, before an exception that has a traceback of its own, or none. */
  | { readonly at: 'member' }
  | { readonly at: 'message'; readonly type: string; message: string }
  /** A complete exception, that may turn out to be the cause of another one. */
  | {
      readonly at: 'between';
      readonly type: string;
      readonly message: string;
      readonly link: 'cause' | 'context';
    };

/** Finds tracebacks in text that comes in pieces. What it keeps is bounded, whatever comes. */
export class TracebackReader {
  private partial = '';
  private previous = '';
  private state: State = { at: 'outside' };
  private report = '';
  private prefix = '';
  private causes: { type: string; message: string }[] = [];

  constructor(private readonly found: (traceback: Traceback) => void) {}

  /** Whether a traceback has ended unless more of it comes. */
  get pending(): boolean {
    return this.state.at === 'message' || this.state.at === 'between';
  }

  write(text: string): void {
    let from = 0;
    for (let to = text.indexOf('\n'); to !== -1; to = text.indexOf('\n', from)) {
      this.line((this.partial + text.slice(from, Math.min(to, from + MAX_LINE))).slice(0, MAX_LINE));
      this.partial = '';
      from = to + 1;
    }
    if (this.partial.length < MAX_LINE) this.partial += text.slice(from, from + MAX_LINE);
  }

  /** Tells of the traceback that is pending: nothing more of it will come. */
  flush(): void {
    if (this.partial !== '') this.line(this.partial);
    this.partial = '';
    this.finish();
  }

  private line(raw: string): void {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    const start = line.indexOf(START);
    const rule = this.state.at === 'outside' ? null : GROUP_RULE.exec(line);
    if (start !== -1 && start <= MAX_PREFIX) this.start(line, start);
    else if (rule !== null) this.member(rule);
    else if (this.state.at !== 'outside') this.inside(this.withoutPrefix(line));
    this.previous = line;
  }

  private member([, before = '', first, number]: RegExpExecArray): void {
    // What came before the first member is the group, which is told of by its members.
    if (first !== undefined) this.drop();
    else this.finish();
    if (number === undefined) return;
    this.prefix = `${before}${first === undefined ? '' : '  '}| `;
    this.state = { at: 'member' };
  }

  private start(line: string, at: number): void {
    if (this.state.at === 'between') {
      // Of an exception that was only being handled, nothing says that it caused this one.
      if (this.state.link === 'context') this.causes = [];
      else
        this.causes = [{ type: this.state.type, message: this.state.message }, ...this.causes].slice(
          0,
          MAX_CAUSES,
        );
    } else {
      this.finish();
    }
    this.prefix = line.slice(0, at).replace(/\+ Exception Group $/, '| ');
    this.state = this.previous.startsWith(IGNORED) ? { at: 'outside' } : { at: 'frames' };
    this.keep(line);
  }

  private inside(line: string): void {
    if (this.state.at === 'frames') this.frame(line);
    else if (this.state.at === 'member') this.exception(line);
    else if (this.state.at === 'message') this.messageLine(line);
    else if (line === '') this.keep(line);
    else this.finish();
  }

  private frame(line: string): void {
    if (line === '' || /^\s/.test(line)) {
      this.keep(line);
      return;
    }
    this.exception(line);
  }

  private exception(line: string): void {
    const [, type, message = ''] = EXCEPTION.exec(line) ?? [];
    if (type === undefined) {
      this.drop();
      return;
    }
    this.state = { at: 'message', type, message };
    this.keep(line);
  }

  private messageLine(line: string): void {
    if (this.state.at !== 'message') return;
    if (LOG_LINE.test(line)) {
      this.finish();
      return;
    }
    if (line === CAUSE || line === CONTEXT) {
      const { type, message } = this.state;
      this.state = {
        at: 'between',
        type,
        message: message.trimEnd(),
        link: line === CAUSE ? 'cause' : 'context',
      };
    } else if (this.state.message.length < MAX_MESSAGE) {
      this.state.message += `\n${line}`.slice(0, MAX_MESSAGE);
    }
    this.keep(line);
  }

  private finish(): void {
    if (this.state.at === 'message' || this.state.at === 'between') {
      const { type, message } = this.state;
      const { causes, report: traceback } = this;
      this.drop();
      this.found({ type, message: message.trimEnd(), traceback: traceback.trimEnd(), causes });
    } else {
      this.drop();
    }
  }

  private drop(): void {
    this.state = { at: 'outside' };
    this.report = '';
    this.causes = [];
  }

  private keep(line: string): void {
    const report = `${this.report}${line}\n`;
    this.report = report.length > MAX_REPORT * 2 ? report.slice(-MAX_REPORT) : report;
  }

  /** Without what a log, a launcher or an exception group puts before every line. */
  private withoutPrefix(line: string): string {
    if (this.prefix === '') return line;
    const { length } = this.prefix;
    if (sameButForDigits(line.slice(0, length), this.prefix)) return line.slice(length);
    // Editors and logs cut white space at the end of a line.
    return line.trimEnd() === this.prefix.trimEnd() ? '' : line;
  }
}

/** The tracebacks in a text. */
export function readTracebacks(text: string): Traceback[] {
  if (text === '') return [];
  const found: Traceback[] = [];
  const reader = new TracebackReader((traceback) => found.push(traceback));
  reader.write(text);
  reader.flush();
  return found;
}

const sameButForDigits = (a: string, b: string): boolean => a.replace(/\d/g, '0') === b.replace(/\d/g, '0');
