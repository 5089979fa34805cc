// Runs a program whose threads have an SDK and the instrumentation of their own.
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { outcomeOf } from '../pools/run-program.js';
import { OTHER_VERSIONS, versionOf } from './library.js';

const PROGRAM = fileURLToPath(new URL('./programs/threads.cjs', import.meta.url));
const MODES = ['sync', 'async', 'disabled'];
const REQUESTS = ['first', 'outer', 'inner', 'paused', 'one', 'two', 'three', 'four', 'enabled'];

let plain: Awaited<ReturnType<typeof outcomeOf>>;
beforeAll(async () => {
  plain = await outcomeOf([PROGRAM, '--plain']);
});

test.for<[string, readonly string[]]>([
  ['piscina', []],
  ['piscina', ['--enable-source-maps']],
  ...OTHER_VERSIONS.map((alias): [string, readonly string[]] => [alias, []]),
])(
  'spans in a thread are children of the span of their task, and the host sees no difference: %s %j',
  async ([alias, options]) => {
    const { args, env } = await versionOf(alias);
    const { modes, late, ports, hooks } = await outcomeOf([...args, ...options, PROGRAM], env);
    for (const mode of MODES) {
      const { host, contexts, isPatched } = modes[mode];
      expect(host, mode).toEqual(plain.modes[mode].host);
      expect(host.ownPorts, mode).toMatchObject({ count: 1, left: 0, isNamed: true });
      const { outside, disabled, ...inRequests } = contexts;
      expect(inRequests, mode).toEqual(
        Object.fromEntries(REQUESTS.map((name) => [name, { parent: name, isKept: true, tenant: 'acme' }])),
      );
      expect(outside, mode).toEqual({ isKept: true });
      expect(disabled.parent, mode).not.toBe('disabled');
      expect(isPatched, mode).toBe(true);
    }
    expect(late).toEqual({ second: 'second', outside: {} });
    expect(ports).toEqual([false]);
    expect(hooks).toEqual(plain.hooks);
    expect(hooks).toEqual({ init: 1, before: 1, after: 1 });
  },
);
