import type { ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { COSTS, frames } from '../frame-queue.js';
import { announce } from '../state.js';
import { theme } from '../theme.js';

/** What a chart draws. */
export interface ChartContent {
  readonly options: Omit<uPlot.Options, 'width' | 'height'>;
  /** Returns columns and the part of the x axis that is shown. */
  data(): { readonly data: uPlot.AlignedData; readonly from: number; readonly to: number };
}

interface ChartProps {
  readonly class: string;
  /** Names the figure, with its present values. */
  readonly label: string | ReadonlySignal<string>;
  readonly build: () => ChartContent;
  /** Redraws the chart when it changes. */
  readonly version: ReadonlySignal<unknown>;
  /** Builds the chart anew when it changes. */
  readonly shape?: string;
  /** Returns the values at a position, for a reader of the cursor; without it, the chart has no cursor. */
  readonly describe?: (index: number) => string;
  readonly onCursor?: (text: string | undefined) => void;
}

/** New readings are drawn at latest after this time, ms; before, when they move the chart by a pixel. */
const LONGEST_WAIT_MS = 5000;

let hasDrawn = false;

/** A chart of uPlot as a figure with a name. Arrow keys move its cursor. */
export function Chart({ label, build, version, shape, describe, onCursor, ...props }: ChartProps) {
  const figure = useRef<HTMLElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const callbacks = useRef({ describe, onCursor });
  callbacks.current = { describe, onCursor };

  useEffect(() => {
    const element = figure.current;
    if (element === null) return;
    const content = build();
    // Reading the size of the element would make the browser lay out the page for each chart.
    let size = { width: 0, height: 0 };
    let drawnAt = Number.NEGATIVE_INFINITY;
    let pixelMs = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      const { width, height } = size;
      clearTimeout(timer);
      timer = undefined;
      const { data, from, to } = content.data();
      drawnAt = performance.now();
      pixelMs = Math.min(LONGEST_WAIT_MS, ((to - from) * 1000) / width);
      if (plot.current === undefined) {
        plot.current = new uPlot({ ...withCursor(content.options, callbacks), width, height }, data, element);
      } else if (plot.current.width !== width || plot.current.height !== height) {
        plot.current.setSize({ width, height });
      }
      const chart = plot.current;
      chart.batch(() => {
        chart.setData(data, false);
        chart.setScale('x', { min: from, max: to });
      });
      if (!hasDrawn) performance.mark('first-chart');
      hasDrawn = true;
    };
    const schedule = () => {
      if (size.width > 0 && size.height > 0) frames.add(draw, COSTS.chart);
    };
    const scheduleReadings = () => {
      const wait = drawnAt + pixelMs - performance.now();
      if (wait <= 0) schedule();
      else timer ??= setTimeout(schedule, wait);
    };
    const resize = new ResizeObserver(() => {
      size = { width: element.clientWidth, height: element.clientHeight };
      schedule();
    });
    resize.observe(element);
    const stops = [version.subscribe(scheduleReadings), theme.subscribe(schedule)];
    return () => {
      frames.delete(draw);
      clearTimeout(timer);
      resize.disconnect();
      for (const stop of stops) stop();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [shape, version]);

  const isInteractive = describe !== undefined;
  return (
    <figure
      {...props}
      class={`plot ${props.class}`}
      role="img"
      aria-label={label}
      tabIndex={isInteractive ? 0 : undefined}
      ref={figure}
      onKeyDown={isInteractive ? (event) => moveCursor(event, plot.current, describe) : undefined}
      onBlur={() => plot.current?.setCursor({ left: -10, top: -10 })}
    />
  );
}

function withCursor(
  options: ChartContent['options'],
  callbacks: { current: Pick<ChartProps, 'describe' | 'onCursor'> },
): ChartContent['options'] {
  const fixed = { legend: { show: false }, ...options };
  if (callbacks.current.describe === undefined) return { ...fixed, cursor: { show: false } };
  return {
    ...fixed,
    cursor: { y: false, points: { show: false }, drag: { setScale: false, x: false, y: false } },
    hooks: {
      ...options.hooks,
      setCursor: [
        ({ cursor: { idx, left = -1 } }) => {
          const { describe, onCursor } = callbacks.current;
          onCursor?.(left >= 0 && typeof idx === 'number' ? describe?.(idx) : undefined);
        },
      ],
    },
  };
}

function moveCursor(
  event: KeyboardEvent,
  plot: uPlot | undefined,
  describe: (index: number) => string,
): void {
  const step = { ArrowLeft: -1, h: -1, ArrowRight: 1, l: 1 }[event.key];
  if (step === undefined || plot === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  const [times] = plot.data;
  const { idx, left = -1 } = plot.cursor;
  const from = left >= 0 && typeof idx === 'number' ? idx : times.length;
  const next = Math.min(times.length - 1, Math.max(0, from + step * (event.shiftKey ? 10 : 1)));
  plot.setCursor({ left: plot.valToPos(times[next] ?? 0, 'x'), top: 0 });
  announce(describe(next));
}
