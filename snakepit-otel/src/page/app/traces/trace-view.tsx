import type { Trace } from '../../contract.js';
import { formatDuration, formatGib, formatJoules, plural, shortId } from '../format.js';
import { copyText } from '../shell/copy.js';
import { Badge } from '../shell/icon.js';
import { webAddress } from '../shell/safe-link.js';
import { store } from '../state.js';
import { toOtlp, toTraceparent } from './otlp.js';
import { errorSource, selectedSpan, shownSpan, traceDetails } from './selection.js';
import { SpanDetail } from './span-detail.js';
import { shortName } from './span-labels.js';
import { shortError } from './trace-list.js';
import { Waterfall } from './waterfall.js';

export function TraceView() {
  const detail = traceDetails.current.value;
  if (detail === undefined) return <div class="wf" />;
  if (detail.state === 'loading') return <div class="wf none dim">Reading trace {shortId(detail.id)}…</div>;
  if (detail.state === 'missing') {
    return (
      <div class="wf none dim">
        Trace {shortId(detail.id)}: {detail.reason}
      </div>
    );
  }
  const trace = detail.value;
  const span = shownSpan(trace);
  return (
    <div class="wf">
      <TraceHeader trace={trace} />
      <Waterfall key={trace.head.id} trace={trace} />
      {trace.dropped > 0 && <p class="dim more">{plural(trace.dropped, 'more span')} not kept</p>}
      {span !== undefined && <SpanDetail span={span} start={trace.head.start} />}
    </div>
  );
}

function TraceHeader({ trace }: { readonly trace: Trace }) {
  const { head } = trace;
  const jaeger = webAddress(store.host.value?.jaegerUrl);
  const source = errorSource(trace.spans);
  return (
    <div class="wfhead">
      <div class="wftitle">
        <h3>{head.name}</h3>
        {head.status === 'error' && (
          <Badge level="bad">
            {shortError(head.error ?? source?.statusMessage)}
            {source === undefined || source.name === head.name ? '' : ` in ${shortName(source.name)}`}
          </Badge>
        )}
      </div>
      <div class="dim facts">
        <span class="mono">{shortId(head.id)}</span> · {plural(head.spans, 'span')} ·{' '}
        {formatDuration(head.ms)}
        {head.joules !== undefined && (
          <>
            {' '}
            · <b>{formatJoules(head.joules)}</b>
          </>
        )}
        {head.peakMemory !== undefined && (
          <>
            {' '}
            · peak <b>{formatGib(head.peakMemory)} GiB</b>
          </>
        )}
        {head.devices.length > 0 && ` on ${head.devices.join(', ')}`}
      </div>
      <div class="acts">
        <button type="button" class="btn mini" onClick={() => copyTraceparent(trace)}>
          Copy traceparent
        </button>
        <button type="button" class="btn mini" onClick={() => copyOtlp(trace)}>
          Copy JSON
        </button>
        {jaeger !== undefined && (
          <a
            class="btn mini"
            href={`${jaeger.replace(/\/$/, '')}/trace/${head.id}`}
            target="_blank"
            rel="noreferrer"
          >
            Open in Jaeger ↗
          </a>
        )}
      </div>
    </div>
  );
}

function copyTraceparent({ head, spans }: Trace): void {
  const span = selectedSpan.peek() ?? spans[0]?.id ?? '';
  void copyText(toTraceparent(head.id, span), 'Traceparent copied');
}

export function copyOtlp(trace: Trace): void {
  void copyText(JSON.stringify(toOtlp(trace), undefined, 2), 'OTLP JSON copied');
}
