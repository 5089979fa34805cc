import type { ReadStream } from 'node:tty';
import { errorMessage } from 'opentelemetry-instrumentation-snakepit/internal';
import type { ErrorDetail, Range, Trace } from '../../page/contract.js';
import type { LiveSource } from '../live/live-source.js';
import { Grid } from '../terminal/grid.js';
import { onKey } from '../terminal/keys.js';
import { Screen } from '../terminal/screen.js';
import type { Painter } from '../terminal/style.js';
import type { Connection, Context } from './context.js';
import { clipboardSequence, selectedJson } from './copy.js';
import { DetailCache } from './detail-cache.js';
import { exportList } from './export.js';
import { type Action, pressKey } from './key-actions.js';
import { LiveState } from './model/live-state.js';
import { selectedId } from './navigation.js';
import { renderFrame } from './render.js';
import { initialView, type ViewState } from './view-state.js';

/** Time for the first data to arrive before the screen opens without it, ms. */
const FIRST_DATA_MS = 500;
/** Exit code of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

interface LiveTopOptions {
  readonly source: LiveSource;
  readonly range: Range;
  readonly intervalMs: number;
  readonly isAscii: boolean;
  readonly paint: Painter;
}

/** The screen of `top`, its keys and its data. */
export class LiveTop {
  readonly #options: LiveTopOptions;
  readonly #state = new LiveState();
  readonly #view: ViewState;
  readonly #screen: Screen;
  readonly #traces: DetailCache<Trace>;
  readonly #errors: DetailCache<ErrorDetail>;
  /** What is shown while drawing is paused. */
  #frozen: LiveState | undefined;
  #connection: Connection;
  #stream = new AbortController();
  #end: (code: number) => void = () => {};
  #fail: (error: unknown) => void = () => {};
  #onFirstData: () => void = () => {};

  constructor(options: LiveTopOptions) {
    this.#options = options;
    const { source, range, paint } = options;
    this.#view = initialView(range);
    this.#connection = { state: 'connecting', since: Date.now(), origin: source.origin };
    this.#screen = new Screen({
      input: process.stdin as ReadStream,
      output: process.stdout,
      paint,
      redraw: this.#draw,
    });
    this.#traces = new DetailCache(
      (id) => source.json(`/api/v1/traces/${encodeURIComponent(id)}`),
      this.#draw,
    );
    this.#errors = new DetailCache(
      (id) => source.json(`/api/v1/errors/${encodeURIComponent(id)}`),
      this.#draw,
    );
  }

  /**
   * Shows the screen until the user quits.
   *
   * @returns the exit code
   * @throws AgentError (as a rejection) if the agent cannot be reached at first, or refuses
   */
  async run(): Promise<number> {
    const ended = new Promise<number>((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    const firstData = new Promise<void>((resolve) => {
      this.#onFirstData = resolve;
    });
    this.#follow();
    const limit = setTimeout(this.#onFirstData, FIRST_DATA_MS);
    await Promise.race([firstData, ended]);
    clearTimeout(limit);
    this.#screen.open();
    if (process.stdin.isTTY)
      onKey(process.stdin as ReadStream, (key) => this.#act(pressKey(key, this.#context())));
    // The terminal was closed.
    process.stdin.once('end', () => this.#end(0));
    process.stdout.once('error', () => this.#end(0));
    this.#draw();
    const timer = setInterval(this.#draw, this.#options.intervalMs);
    try {
      return await ended;
    } finally {
      clearInterval(timer);
      this.#stream.abort();
      this.#screen.close();
      process.stdin.pause();
    }
  }

  /** Starts the stream, anew after a change of the range. */
  #follow(): void {
    this.#stream.abort();
    this.#stream = new AbortController();
    const { signal } = this.#stream;
    const { source } = this.#options;
    source
      .follow({
        range: this.#view.range,
        signal,
        onMessage: (name, data) => {
          this.#state.apply(name, data);
          if (name === 'snapshot') this.#onSnapshot();
        },
        onOpen: () => this.#setConnection({ state: 'live' }),
        onLost: (error) => this.#setConnection({ state: 'lost', reason: error.message }),
      })
      .catch((error: unknown) => {
        if (!signal.aborted) this.#fail(error);
      });
  }

  #onSnapshot(): void {
    this.#view.range = this.#state.range;
    this.#onFirstData();
    this.#draw();
  }

  #setConnection(change: Pick<Connection, 'state' | 'reason'>): void {
    const isSame = change.state === this.#connection.state;
    const since = isSame ? this.#connection.since : Date.now();
    this.#connection = { ...change, since, origin: this.#options.source.origin };
    this.#draw();
  }

  readonly #draw = (): void => {
    const { width, height } = this.#screen;
    const { isAscii } = this.#options;
    const hasKeys = process.stdin.isTTY === true;
    try {
      this.#screen.show(renderFrame(this.#context(), { width, height, isAscii, hasKeys }));
    } catch (error) {
      // Data that no agent of ours sends: better data may follow.
      const grid = new Grid(width, height, { isAscii });
      grid.write(1, 0, `What the agent sent cannot be shown: ${errorMessage(error)}`);
      this.#screen.show(grid);
    }
  };

  #context(): Context {
    const state = this.#frozen ?? this.#state;
    return {
      state,
      view: this.#view,
      connection: this.#connection,
      now: state.now(),
      intervalMs: this.#options.intervalMs,
      missed: this.#frozen === undefined ? undefined : this.#state.received - this.#frozen.received,
      trace: (id) => this.#traces.get(id, state.traces.find((head) => head.id === id)?.spans),
      error: (id) => this.#errors.get(id, state.errors.find((head) => head.id === id)?.count),
    };
  }

  #act(action: Action): void {
    switch (action) {
      case 'quit':
        this.#end(0);
        return;
      case 'interrupt':
        this.#end(INTERRUPTED);
        return;
      case 'suspend':
        this.#screen.suspend();
        return;
      case 'pause':
        this.#frozen = this.#frozen === undefined ? this.#state.freeze() : undefined;
        break;
      case 'range':
        this.#frozen = undefined;
        this.#follow();
        break;
      case 'copy-id':
        this.#copy(selectedId(this.#context()));
        break;
      case 'copy-json':
        this.#copy(selectedJson(this.#context()));
        break;
      case 'export':
        exportList(this.#options.source, this.#view.section ?? this.#view.focus).then(
          this.#notice,
          (error: unknown) => this.#notice(errorMessage(error)),
        );
        break;
    }
    this.#draw();
  }

  #copy(text: string | undefined): void {
    if (text !== undefined) this.#screen.send(clipboardSequence(text));
    const what = text !== undefined && text.length <= 64 ? text : `${text?.length ?? 0} characters`;
    this.#notice(text === undefined ? 'There is nothing to copy.' : `Copied ${what}`);
  }

  readonly #notice = (text: string): void => {
    this.#view.notice = text;
    this.#draw();
  };
}
