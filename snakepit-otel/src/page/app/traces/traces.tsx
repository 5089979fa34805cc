import { formatCount } from '../format.js';
import { FirstSpan } from '../panels/first-span.js';
import { store } from '../state.js';
import { TraceFilters, TraceList } from './trace-list.js';
import { TraceView } from './trace-view.js';

export function Traces() {
  const count = store.traces.value.length;
  if (count === 0) return <FirstSpan />;
  return (
    <section class="card traces" id="traces" aria-labelledby="h-traces">
      <header>
        <h2 id="h-traces">Traces</h2>
        <span class="dim hide-s">{formatCount(count)} kept</span>
        <span class="grow" />
        <TraceFilters />
      </header>
      <div class="trbody">
        <TraceList />
        <TraceView />
      </div>
    </section>
  );
}
