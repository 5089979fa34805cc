import { Command } from '../shell/command.js';
import { Badge, Icon } from '../shell/icon.js';
import { store } from '../state.js';

/** Stands for the GPUs while there are none: what each source answered. */
export function NoGpus() {
  const sources = store.host.value?.sources ?? [];
  const remedies = [...new Set(sources.flatMap(({ remedy }) => remedy ?? []))];
  return (
    <section class="card" id="gpus" aria-labelledby="h-gpus">
      <header>
        <h2 id="h-gpus">GPUs</h2>
        <Badge level="warn">None could be read</Badge>
      </header>
      <div class="eb">
        {sources.length > 0 && <p>Each source of GPU readings answered:</p>}
        <ul class="why">
          {sources.map(({ name, state, cause }) => (
            <li key={name}>
              <Icon level={state === 'unavailable' ? 'bad' : 'ok'} />
              <b>{name}</b>
              <span class="dim">{cause ?? state}</span>
            </li>
          ))}
        </ul>
        {remedies.slice(0, 3).map((remedy) => (
          <p key={remedy} class="dim">
            {remedy}
          </p>
        ))}
        <p class="dim">For every check of this host:</p>
        <Command text="npx snakepit-otel doctor" />
      </div>
    </section>
  );
}
