import type uPlot from 'uplot';
import { color } from './palette.js';

const FONT = 'Inter, system-ui, sans-serif';

/** Draws a dashed line at a value of the y axis, with a text above it. */
export function drawLimit(plot: uPlot, value: number, text?: string): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const y = Math.round(plot.valToPos(value, 'y', true)) + 0.5;
  ctx.save();
  ctx.strokeStyle = color('--muted');
  ctx.lineWidth = ratio;
  ctx.setLineDash(text === undefined ? [2 * ratio, 3 * ratio] : [4 * ratio, 3 * ratio]);
  line(ctx, bbox.left, y, bbox.left + bbox.width, y);
  if (text !== undefined) {
    ctx.font = `${11 * ratio}px ${FONT}`;
    ctx.fillStyle = color('--muted');
    ctx.textAlign = 'left';
    ctx.textBaseline = 'bottom';
    ctx.fillText(text, bbox.left, y - 2 * ratio);
  }
  ctx.restore();
}

/** Draws a vertical line at a time, with a text at its top, on the side that has room. */
export function drawMark(plot: uPlot, x: number, text?: string): void {
  const { min, max } = plot.scales.x ?? {};
  if (min == null || max == null || x < min || x > max) return;
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const left = Math.round(plot.valToPos(x, 'x', true)) + 0.5;
  ctx.save();
  ctx.strokeStyle = color('--bad');
  ctx.fillStyle = color('--bad');
  ctx.lineWidth = 1.5 * ratio;
  const top = text === undefined ? 0 : bbox.top - 13 * ratio;
  line(ctx, left, top, left, bbox.top + bbox.height);
  if (text !== undefined) {
    const isRight = left > bbox.left + bbox.width / 2;
    ctx.font = `600 ${11 * ratio}px ${FONT}`;
    ctx.textAlign = isRight ? 'right' : 'left';
    ctx.textBaseline = 'bottom';
    ctx.fillText(text, left + (isRight ? -5 : 5) * ratio, bbox.top - 2 * ratio);
  }
  ctx.restore();
}

/** Draws a strip at the bottom where a column is above 0. */
export function drawStrip(
  plot: uPlot,
  times: readonly number[],
  column: readonly (number | null)[],
  name: string,
): void {
  const { ctx, bbox } = plot;
  const height = 3 * devicePixelRatio;
  ctx.save();
  ctx.fillStyle = color(name);
  for (let index = 0; index < times.length; index += 1) {
    if ((column[index] ?? 0) <= 0) continue;
    let end = index;
    while (end + 1 < times.length && (column[end + 1] ?? 0) > 0) end += 1;
    const from = Math.max(bbox.left, plot.valToPos(times[index] ?? 0, 'x', true));
    const to = plot.valToPos(times[end + 1] ?? times[end] ?? 0, 'x', true);
    ctx.fillRect(from, bbox.top + bbox.height - height, Math.max(2, to - from), height);
    index = end;
  }
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}
