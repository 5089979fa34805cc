import { Errors } from '../errors/errors.js';
import { Gpus } from '../gpus/gpus.js';
import { Breakers } from '../panels/breakers.js';
import { DeliveryLine, DeliveryPanel } from '../panels/delivery.js';
import { Events } from '../panels/events.js';
import { FirstSpan } from '../panels/first-span.js';
import { NoGpus } from '../panels/no-gpus.js';
import { Pools } from '../panels/pools.js';
import { announcement, connection, openDialog, route, store } from '../state.js';
import { Traces } from '../traces/traces.js';
import { toast } from './copy.js';
import { ExportDialog } from './export.js';
import { Header } from './header.js';
import { Help } from './help.js';
import { Problems } from './problems.js';
import { Tabs, tabOf } from './tabs.js';

export function App() {
  const host = store.host.value;
  const hasGpus = store.gpus.value.length > 0;
  const isEmpty =
    !hasGpus &&
    [store.traces, store.errors, store.events, store.pools, store.breakers].every(
      ({ value }) => value.length === 0,
    );
  return (
    <>
      <button type="button" class="skip btn" onClick={() => document.getElementById('main')?.focus()}>
        Skip to content
      </button>
      <Header />
      <main
        id="main"
        tabIndex={-1}
        data-tab={tabOf(route.value.section)}
        class={connection.value.kind === 'lost' ? 'lost' : ''}
      >
        <h1 class="sr">Live state of {host?.name ?? 'the host'}</h1>
        <Problems />
        {host !== undefined && isEmpty && (
          <div class="empty">
            <NoGpus />
            <FirstSpan />
            <DeliveryPanel />
          </div>
        )}
        {host !== undefined && !isEmpty && (
          <>
            {hasGpus ? <Gpus /> : <NoGpus />}
            <div class="split">
              <Traces />
              <div class="side">
                <Errors />
                <Breakers />
              </div>
            </div>
            <div class="split low">
              <Events />
              <div class="side">
                <Pools />
                <DeliveryPanel />
              </div>
            </div>
          </>
        )}
      </main>
      <DeliveryLine />
      <Tabs />
      {openDialog.value === 'help' && <Help />}
      {openDialog.value === 'export' && <ExportDialog />}
      <p class="sr" role="status" aria-live="polite">
        {announcement.value}
      </p>
      {toast.value !== '' && (
        <p class="toast" aria-hidden="true">
          {toast.value}
        </p>
      )}
    </>
  );
}
