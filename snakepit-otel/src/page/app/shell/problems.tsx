import type { Problem } from '../../contract.js';
import { formatAge, plural } from '../format.js';
import { connection, store } from '../state.js';
import { Age } from './age.js';
import { Icon, type Level } from './icon.js';
import { pageAddress } from './safe-link.js';

const MOST_CARDS = 3;

/** The worst problems first; else that nothing is wrong. */
export function Problems() {
  const problems = store.problems.value;
  const state = connection.value;
  const lost = state.kind === 'lost' ? state : undefined;
  if (problems.length === 0 && lost === undefined) return <Calm />;
  const room = lost === undefined ? MOST_CARDS : MOST_CARDS - 1;
  return (
    <section class="probs" aria-label="Problems">
      {lost !== undefined && (
        <div class="prob bad">
          <Icon level="bad" />
          <span class="pbody">
            <span class="pt">
              <b>The server does not answer</b>
              <span class="dim num">{formatAge(Date.now() - lost.since)}</span>
            </span>
            <span class="px dim">
              {lost.reason ?? 'The page shows what was last received, and connects again by itself.'}
            </span>
          </span>
        </div>
      )}
      {problems.slice(0, room).map((problem, index) => (
        <Card key={problem.id} problem={problem} index={index} />
      ))}
      {problems.length > room && <p class="more dim">and {plural(problems.length - room, 'more problem')}</p>}
    </section>
  );
}

function Card({ problem, index }: { readonly problem: Problem; readonly index: number }) {
  const level: Level = problem.severity === 'error' ? 'bad' : 'warn';
  return (
    <a id={`problem-${index + 1}`} class={`prob ${level}`} href={pageAddress(problem.link)}>
      <Icon level={level} />
      <span class="pbody">
        <span class="pt">
          <b>{problem.title}</b>
          <span class="dim num">
            <Age since={problem.since} />
          </span>
        </span>
        <span class="px dim" title={problem.cause}>
          {problem.cause}
        </span>
      </span>
    </a>
  );
}

function Calm() {
  const host = store.host.value;
  if (host === undefined) return <p class="calm dim">Connecting to the server…</p>;
  const facts = [
    plural(store.traces.value.length, 'trace'),
    plural(store.events.value.length, 'event'),
    plural(store.gpus.value.length, 'GPU'),
  ].join(', ');
  return (
    <p class="calm">
      <Icon level="ok" />
      <b>Nothing is wrong.</b>{' '}
      <span class="dim">
        Up <Age since={host.startedAt} />, {facts}.
      </span>
    </p>
  );
}
