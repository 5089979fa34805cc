import type { Span } from '../../terminal/row.js';
import type { Style } from '../../terminal/style.js';

const LEVELS = '▁▂▃▄▅▆▇█';

/** Returns one character for each value, higher for more; a space where nothing was read. */
export function spark(values: readonly (number | null)[], maximum: number): string {
  return values.map((value) => (value === null ? ' ' : level(value / maximum, 1))).join('');
}

/** Returns a chart of several rows, the highest first. */
export function chart(values: readonly (number | null)[], maximum: number, height: number): string[] {
  return Array.from({ length: height }, (_, index) => {
    const floor = height - 1 - index;
    return values
      .map((value) => {
        if (value === null) return ' ';
        const filled = (value / maximum) * height - floor;
        return filled >= 1 ? '█' : filled > 0 || floor === 0 ? level(filled, 1) : ' ';
      })
      .join('');
  });
}

function level(value: number, maximum: number): string {
  const index = Math.round((value / maximum) * LEVELS.length) - 1;
  return LEVELS[Math.max(0, Math.min(LEVELS.length - 1, index))] ?? ' ';
}

/** Returns the bars of several parts of a total, and what is empty. Rounding never exceeds the width. */
export function stackedBar(
  parts: readonly { value: number; style: Style }[],
  total: number,
  width: number,
): Span[] {
  const spans: Span[] = [];
  let sum = 0;
  let drawn = 0;
  for (const { value, style } of parts) {
    sum += value;
    const end = Math.max(drawn, Math.min(width, Math.round((sum / total) * width)));
    if (end > drawn) spans.push(['█'.repeat(end - drawn), style]);
    drawn = end;
  }
  return [...spans, ['░'.repeat(width - drawn), 'dim']];
}

const SERIES: readonly Style[] = ['blue', 'green', 'magenta', 'yellow', 'cyan'];

/** Returns the color of a process: the same in every frame and on every device. */
export const seriesStyle = (index: number): Style => SERIES[index % SERIES.length] ?? '';
