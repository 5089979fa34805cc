import { singleLine } from 'opentelemetry-instrumentation-snakepit/internal';

/** Formats of the log. */
export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];
/** Levels of the log; `none` turns it off. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'none'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a record has beside its message. Lists are joined in text; absent values are left out. */
export type LogFields = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Characters of a message, and of a value. */
const MAX_TEXT = 2048;
/** Time in which the same record is written once, ms. */
const REPEAT_INTERVAL_MS = 60_000;
/** Records whose repeats are recognized. */
const MAX_REMEMBERED = 200;

/** Writes records as lines: `2026-11-26T20:24:00.000Z WARN  message key=value`, or as JSON. */
export class Log {
  readonly #format: LogFormat;
  readonly #least: number;
  readonly #write: (line: string) => void;
  readonly #written = new Map<string, number>();

  constructor(format: LogFormat, level: LogLevel, write: (line: string) => void) {
    this.#format = format;
    this.#least = LOG_LEVELS.indexOf(level);
    this.#write = write;
  }

  debug(message: string, fields?: LogFields): void {
    this.#record('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#record('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#record('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#record('error', message, fields);
  }

  /** Returns a record as a line, whatever its level. */
  line(level: LogLevel, message: string, fields: LogFields = {}): string {
    const time = new Date().toISOString();
    const text = singleLine(message, MAX_TEXT);
    const entries = Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, cleaned(value)] as const],
    );
    if (this.#format === 'json') {
      return JSON.stringify({ timestamp: time, level, message: text, ...Object.fromEntries(entries) });
    }
    const rest = entries.map(([name, value]) => ` ${name}=${quoted(value)}`).join('');
    return `${time} ${level.toUpperCase().padEnd(5)} ${text}${rest}`;
  }

  #record(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (LOG_LEVELS.indexOf(level) < this.#least || this.#isRepeated(message, fields)) return;
    this.#write(this.line(level, message, fields));
  }

  #isRepeated(message: string, fields: LogFields): boolean {
    const key = JSON.stringify([message, fields]);
    const now = performance.now();
    const before = this.#written.get(key);
    if (before !== undefined && now - before < REPEAT_INTERVAL_MS) return true;
    this.#written.delete(key);
    this.#written.set(key, now);
    const [oldest] = this.#written.keys();
    if (this.#written.size > MAX_REMEMBERED && oldest !== undefined) this.#written.delete(oldest);
    return false;
  }
}

type Value = string | number | readonly string[];

const cleaned = (value: Value): Value => {
  if (typeof value === 'number') return value;
  return typeof value === 'string'
    ? singleLine(value, MAX_TEXT)
    : value.map((item) => singleLine(item, MAX_TEXT));
};

function quoted(value: Value): string {
  const text = typeof value === 'object' ? value.join(', ') : String(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
