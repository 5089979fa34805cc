import { Command } from '../shell/command.js';
import { store } from '../state.js';

/** Stands for the traces while there are none: how to send the first span. */
export function FirstSpan() {
  const addresses = (store.host.value?.addresses ?? []).filter(({ kind }) => kind !== 'prometheus');
  return (
    <section class="card" id="traces" aria-labelledby="h-traces">
      <header>
        <h2 id="h-traces">Traces</h2>
        <span class="dim">nothing yet</span>
      </header>
      <div class="eb">
        <p>Waiting for the first span.</p>
        <p class="dim">A Node service with a page of its own, without a change to its code:</p>
        <Command text="SNAKEPIT_OTEL_UI=true node --import snakepit-otel/register app.js" />
        {addresses.map(({ kind, address }) => (
          <FirstEvent key={`${kind} ${address}`} kind={kind} address={address} />
        ))}
      </div>
    </section>
  );
}

const EVENT = `{"event":"model.loaded","measurements":{"bytes":7340032}}`;

function FirstEvent({ kind, address }: { readonly kind: string; readonly address: string }) {
  if (kind === 'http') {
    const url = address.startsWith('http') ? address : `http://${address}/v1/events`;
    return (
      <>
        <p class="dim">An event of any program, by HTTP:</p>
        <Command text={`curl -sS --data-binary '${EVENT}' -H 'content-type: application/x-ndjson' ${url}`} />
      </>
    );
  }
  if (kind === 'unix') {
    return (
      <>
        <p class="dim">An event of any program, by the socket:</p>
        <Command text={`echo '${EVENT}' | nc -NU ${address.replace(/^unix:/, '')}`} />
      </>
    );
  }
  return null;
}
