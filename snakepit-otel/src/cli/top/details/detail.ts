import type { Row } from '../../terminal/row.js';
import type { Context } from '../context.js';
import type { Detail } from '../view-state.js';
import { breakerDetail } from './breaker.js';
import { errorDetail } from './error.js';
import { eventDetail } from './event.js';
import { gpuDetail } from './gpu.js';
import { traceDetail } from './trace.js';
import type { DetailView } from './view.js';

const VIEWS: Readonly<Record<Detail['kind'], DetailView>> = {
  gpu: gpuDetail,
  trace: traceDetail,
  error: errorDetail,
  breaker: breakerDetail,
  event: eventDetail,
};

export const detailRows = (
  context: Context,
  { kind, id }: Detail,
  width: number,
  height: number,
): readonly Row[] => VIEWS[kind](context, id, width, height).slice(0, height);
