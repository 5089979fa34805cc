import type { Delivery } from '../../client/live-rows.js';
import { formatCount } from '../format.js';
import { Age } from '../shell/age.js';
import { Command } from '../shell/command.js';
import { Icon, type Level } from '../shell/icon.js';
import { webAddress } from '../shell/safe-link.js';
import { store } from '../state.js';

const LEVELS: Readonly<Record<Delivery['state'], Level>> = { waiting: 'info', ok: 'ok', failing: 'warn' };
const NAMES: Readonly<Record<Delivery['signal'], string>> = {
  traces: 'Traces',
  metrics: 'Metrics',
  logs: 'Logs',
};
const EXPORTERS: Readonly<Record<string, string>> = {
  otlp: 'OTLP',
  prometheus: 'Prometheus',
  console: 'Console',
};

/** Exporters in the order of their signals, with those that fail first. */
function reports(): readonly Delivery[] {
  const order = Object.keys(NAMES);
  return store.delivery.value.toSorted(
    (one, other) => order.indexOf(one.signal) - order.indexOf(other.signal),
  );
}

function exporterName(exporter: string): string {
  return EXPORTERS[exporter] ?? exporter;
}

interface DeliveryWords {
  readonly words: string;
  /** What belongs before the age of the last success; without it, the age is not shown. */
  readonly beforeAge?: string;
}

/** Returns in a few words how an exporter does. */
function deliveryWords(report: Delivery): DeliveryWords {
  const { exporter, state, lastSuccess, sent, lost, queued, address = '' } = report;
  if (exporter === 'prometheus') {
    return lastSuccess === undefined
      ? { words: `not scraped yet${address === '' ? '' : `, ${address}`}` }
      : { words: `${formatCount(sent)} points`, beforeAge: 'scraped ' };
  }
  if (state === 'waiting') return { words: 'nothing sent yet' };
  if (state === 'ok') return { words: `${formatCount(sent)} sent, ${formatCount(lost)} lost`, beforeAge: '' };
  const words = [
    lastSuccess === undefined ? 'never delivered' : 'failing',
    queued > 0 ? `${formatCount(queued)} wait` : undefined,
    lost > 0 ? `${formatCount(lost)} lost` : undefined,
  ].filter(Boolean);
  return { words: words.join(', '), beforeAge: 'last success ' };
}

/** How an exporter does: words, which are cut off where they have no room, and the age of its last success. */
function DeliveryState({ report, name = '' }: { readonly report: Delivery; readonly name?: string }) {
  const { words, beforeAge } = deliveryWords(report);
  const { lastSuccess } = report;
  const hasAge = beforeAge !== undefined && lastSuccess !== undefined;
  return (
    <>
      <span class="words">{`${name}${words}${hasAge ? ', ' : ''}`}</span>
      {hasAge && (
        <span class="num">
          {beforeAge}
          <span class="age">
            <Age since={lastSuccess} /> ago
          </span>
        </span>
      )}
    </>
  );
}

/** One line at the bottom of the page: whether exporters deliver. */
export function DeliveryLine() {
  const list = reports();
  const jaegerUrl = webAddress(store.host.value?.jaegerUrl);
  const grafanaUrl = webAddress(store.host.value?.grafanaUrl);
  return (
    <footer class="status" role="contentinfo" aria-label="Delivery">
      <a class="lk2 hide-s" href="#/delivery">
        Delivery
      </a>
      {list.length === 0 && <span class="dim">no exporter is configured</span>}
      {list.slice(0, 6).map((report) => (
        <span key={`${report.signal} ${report.exporter} ${report.address}`} class={`dl ${report.state}`}>
          <Icon level={report.state === 'failing' ? 'bad' : LEVELS[report.state]} />
          <b>{NAMES[report.signal]}</b>
          <span class="dim">
            <DeliveryState report={report} name={`${exporterName(report.exporter)}: `} />
          </span>
        </span>
      ))}
      <span class="grow" />
      {jaegerUrl !== undefined && (
        <a class="lk hide-s" href={jaegerUrl} target="_blank" rel="noreferrer">
          Jaeger ↗
        </a>
      )}
      {grafanaUrl !== undefined && (
        <a class="lk hide-s" href={grafanaUrl} target="_blank" rel="noreferrer">
          Grafana ↗
        </a>
      )}
    </footer>
  );
}

export function DeliveryPanel() {
  const list = reports();
  const jaegerUrl = webAddress(store.host.value?.jaegerUrl);
  const grafanaUrl = webAddress(store.host.value?.grafanaUrl);
  return (
    <section class="card delivery" id="delivery" aria-labelledby="h-delivery" tabIndex={-1}>
      <header>
        <h2 id="h-delivery">Delivery</h2>
        <span class="dim">{list.length === 0 ? 'no exporter is configured' : 'since the start'}</span>
      </header>
      <ul class="dlist">
        {list.map((report) => (
          <Row key={`${report.signal} ${report.exporter} ${report.address}`} report={report} />
        ))}
      </ul>
      {(jaegerUrl === undefined || grafanaUrl === undefined) && (
        <details class="connect">
          <summary>Connect Jaeger and Grafana</summary>
          <p class="dim">Traces to Jaeger, which receives OTLP on port 4318:</p>
          <Command text="export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318" />
          <p class="dim">
            Metrics for Grafana: let Prometheus scrape the agent, then import the dashboards of
            deploy/grafana.
          </p>
          <Command text="curl http://127.0.0.1:9464/metrics" />
        </details>
      )}
    </section>
  );
}

function Row({ report }: { readonly report: Delivery }) {
  const { state, signal, exporter, address, lastError } = report;
  return (
    <li class={state}>
      <Icon level={state === 'failing' ? 'bad' : LEVELS[state]} />
      <div>
        <b>{NAMES[signal]}</b>{' '}
        <span class="dim">
          {exporterName(exporter)}
          {address === undefined ? '' : ` ${address}`}
        </span>
        <p class="state">
          <DeliveryState report={report} />
        </p>
        {lastError !== undefined && <p class="message">{lastError}</p>}
      </div>
    </li>
  );
}
