import { MAX_LINE_BYTES } from './parse-line.js';

/** Begins the lines of Snakepit's stderr backend, and of producers/python/telemetry.py. */
export const EVENT_PREFIX = 'TELEMETRY:';
/** Begins the line that Snakepit's stderr backend prints for an event that it could not encode. */
const FAILURE = 'TELEMETRY_ERROR:';
const MARKERS = [EVENT_PREFIX, FAILURE] as const;
/** A marker within a line, with the beginning of an object after that of an event. */
const AFTER_BAR = /TELEMETRY(?::\{|_ERROR:)/;
const MARKERS_AFTER_BAR = ['TELEMETRY:{', FAILURE] as const;
/** An unfinished line that a program redraws, such as a progress bar. */
const REDRAWN = /\r|\d%\|/;
/** Byte order mark, which some programs write at the beginning of their output. */
const MARK = '\ufeff';
/** Characters before an event that are searched for signs of a progress bar. */
const MAX_BAR = 1024;

/** Receives the parts of an output. */
export interface OutputListener {
  /** Receives the JSON of a line with an event; `undefined` for a line that is too long. */
  onEvent(json: string | undefined): void;
  /** Called for each event that the process could not encode. */
  onFailure(): void;
  /** Receives all other output as it is. A line may come in several parts. */
  onOther(text: string): void;
}

type State =
  /** At the beginning of a line, of which `#line` is too short to have a marker. */
  'start' | 'event' | 'failure' | 'too long' | 'other';

/** Separates lines of telemetry from the other output of a process. */
export class LineReader {
  readonly #listener: OutputListener;
  #state: State = 'start';
  #line = '';
  #hasBegun = false;
  /** True if the line is one that the program redraws. */
  #isRedrawn = false;

  constructor(listener: OutputListener) {
    this.#listener = listener;
  }

  write(text: string): void {
    if (text === '') return;
    let from = !this.#hasBegun && text.startsWith(MARK) ? MARK.length : 0;
    this.#hasBegun = true;
    while (from < text.length) {
      const newline = text.indexOf('\n', from);
      const to = newline === -1 ? text.length : newline + 1;
      this.#read(text.slice(from, to));
      if (newline !== -1) this.#endLine();
      from = to;
    }
  }

  /** Ends the last line: no more output follows. */
  end(): void {
    this.#endLine();
  }

  #read(part: string): void {
    if (this.#state === 'start') {
      this.#line += part;
      const line = this.#line;
      if (line.startsWith(EVENT_PREFIX)) this.#state = 'event';
      else if (line.startsWith(FAILURE)) this.#state = 'failure';
      else if (!MARKERS.some((marker) => marker.startsWith(line))) {
        this.#state = 'other';
        this.#line = '';
        this.#readOther(line);
      }
    } else if (this.#state === 'event') this.#line += part;
    else if (this.#state === 'other') this.#readOther(part);

    if (this.#state === 'event' && this.#line.length > EVENT_PREFIX.length + MAX_LINE_BYTES + 2) {
      this.#state = 'too long';
      this.#line = '';
    }
  }

  /** Reads a part of other output: an event may follow a progress bar on its line. */
  #readOther(part: string): void {
    const text = this.#line + part;
    this.#line = '';
    const at = text.search(AFTER_BAR);
    const bar = at === -1 ? text : text.slice(0, at);
    this.#isRedrawn ||= REDRAWN.test(bar.slice(-MAX_BAR));
    if (!this.#isRedrawn) {
      this.#listener.onOther(text);
    } else if (at === -1) {
      const end = startOfMarker(text);
      if (end > 0) this.#listener.onOther(text.slice(0, end));
      this.#line = text.slice(end);
    } else {
      this.#listener.onOther(`${bar}\n`);
      this.#line = text.slice(at);
      this.#state = this.#line.startsWith(FAILURE) ? 'failure' : 'event';
    }
  }

  #endLine(): void {
    const [state, line] = [this.#state, this.#line];
    this.#isRedrawn = false;
    this.#state = 'start';
    this.#line = '';
    if (state === 'event') this.#listener.onEvent(line.slice(EVENT_PREFIX.length).trimEnd());
    else if (state === 'too long') this.#listener.onEvent(undefined);
    else if (state === 'failure') this.#listener.onFailure();
    else if (line !== '') this.#listener.onOther(line);
  }
}

/** Returns where the end of a text begins that may be the beginning of a marker. */
function startOfMarker(text: string): number {
  const from = Math.max(0, text.length - FAILURE.length + 1);
  for (let at = text.indexOf('T', from); at !== -1; at = text.indexOf('T', at + 1)) {
    const end = text.slice(at);
    if (MARKERS_AFTER_BAR.some((marker) => marker.startsWith(end))) return at;
  }
  return text.length;
}
