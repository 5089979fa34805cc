import { Grid } from '../terminal/grid.js';
import { drawRows, type Row, row } from '../terminal/row.js';
import type { Context } from './context.js';
import { detailRows } from './details/detail.js';
import { overviewColumns } from './layout.js';
import { breakersPanel } from './panels/breakers.js';
import { deliveryPanel } from './panels/delivery.js';
import { errorsPanel } from './panels/errors.js';
import { eventsPanel } from './panels/events.js';
import { gpusPanel } from './panels/gpus.js';
import { headerRow, problemRows } from './panels/header.js';
import { helpRows, keyRow } from './panels/keys.js';
import { type Panel, titleRow } from './panels/panel.js';
import { tracesPanel } from './panels/traces.js';
import type { Section } from './view-state.js';

const MIN_WIDTH = 40;
const MIN_HEIGHT = 8;
const COLUMN_GAP = 2;

const PANELS: Readonly<Record<Section, Panel>> = {
  gpus: gpusPanel,
  traces: tracesPanel,
  breakers: breakersPanel,
  errors: errorsPanel,
  events: eventsPanel,
  delivery: deliveryPanel,
};

interface FrameOptions {
  readonly width: number;
  readonly height: number;
  readonly isAscii: boolean;
  /** False for a frame that nobody operates. */
  readonly hasKeys: boolean;
}

/** Returns the screen that shows a context. */
export function renderFrame(context: Context, { width, height, isAscii, hasKeys }: FrameOptions): Grid {
  const grid = new Grid(width, height, { isAscii });
  if (width < MIN_WIDTH || height < MIN_HEIGHT) {
    drawRows(grid, [row([`too small: ${width} x ${height}`]), row([`needs ${MIN_WIDTH} x ${MIN_HEIGHT}`])], {
      y: 0,
      width,
    });
    return grid;
  }
  const top = [headerRow(context, width), ...problemRows(context)];
  drawRows(grid, top, { y: 0, width });
  const bottom = hasKeys ? 1 : 0;
  const area = { y: top.length, height: height - top.length - bottom };
  drawBody(grid, context, area);
  if (hasKeys) drawRows(grid, [keyRow(context, width)], { y: height - 1, width });
  return grid;
}

function drawBody(grid: Grid, context: Context, area: { y: number; height: number }): void {
  const { width } = grid;
  const rows = fullScreenRows(context, width, area.height);
  if (rows === undefined) drawOverview(grid, context, area);
  else drawRows(grid, rows.slice(0, area.height), { y: area.y, width });
}

/** Returns what fills the screen alone; undefined on the overview. */
function fullScreenRows(context: Context, width: number, height: number): readonly Row[] | undefined {
  const { isHelpShown, detail, section } = context.view;
  if (isHelpShown) return [titleRow({ name: 'Keys', note: '' }, width, false), ...helpRows()];
  if (detail !== undefined) return detailRows(context, detail, width, height);
  if (section === undefined) return undefined;
  const panel = PANELS[section];
  return [titleRow(panel.title(context), width, true), ...panel.rows(context, width, height - 1)];
}

function drawOverview(grid: Grid, context: Context, { y, height }: { y: number; height: number }): void {
  const columns = overviewColumns(context, grid.width, height);
  const width = Math.floor((grid.width - COLUMN_GAP * (columns.length - 1)) / columns.length);
  columns.forEach((placed, index) => {
    let nextY = y;
    for (const { panel, section, height: panelHeight } of placed) {
      const isFocused = section !== undefined && section === context.view.focus;
      const rows = [
        titleRow(panel.title(context), width, isFocused),
        ...panel.rows(context, width, panelHeight - 1),
      ];
      drawRows(grid, rows.slice(0, panelHeight), { x: index * (width + COLUMN_GAP), y: nextY, width });
      nextY += panelHeight;
    }
  });
}
