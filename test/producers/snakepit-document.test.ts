import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseArguments } from '../../snakepit-otel/src/cli/parse-arguments.js';
import {
  eventually,
  recordCounts,
  startInputs,
  temporaryFolder,
} from '../../snakepit-otel/test/helpers/inputs.js';
import { noElixir, runElixir } from '../helpers/elixir.js';

const document = await readFile('docs/snakepit.md', 'utf8');
const blocks = (language: string) =>
  [...document.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, block = '']) => block,
  );

test('the supervision tree in docs/snakepit.md starts the reporter', async ({ skip }) => {
  skip(noElixir !== undefined, noElixir);
  const path = join(await temporaryFolder(), 'events.sock');
  const { totals } = recordCounts();
  await startInputs({ unix: { path } });
  const [children = ''] = blocks('elixir').filter((block) => block.includes('SnakepitOtel.Reporter'));
  expect(children).toContain('/run/snakepit-otel/events.sock');
  await runElixir(`
    ${children.replace('/run/snakepit-otel/events.sock', path)}
    {:ok, _} = Supervisor.start_link(children, strategy: :one_for_one)
    emit_many.(1..10)
    await.()
  `);
  await eventually(() => expect(totals.accepted).toBe(10));
});

test('the code in docs/snakepit.md is Elixir, also the options of another host', async ({ skip }) => {
  skip(noElixir !== undefined, noElixir);
  const [other = ''] = document.match(/`(target: \{:tcp[^`]+)`/)?.slice(1) ?? [];
  const elixir = await runElixir(`
    for code <- ${JSON.stringify(blocks('elixir'))}, do: Code.string_to_quoted!(code)
    {:ok, _} = start.(${other.replace('…', 'secret')})
    IO.puts("started")
  `);
  expect(blocks('elixir')).toHaveLength(3);
  await elixir.printed('started');
});

test('the files and commands in docs/snakepit.md exist in the package', async () => {
  const { files } = JSON.parse(await readFile('package.json', 'utf8'));
  const packaged = [...document.matchAll(/opentelemetry-instrumentation-snakepit\/(\S+)/g)]
    .map(([, path = '']) => path)
    .filter((path) => path.includes('.'));
  expect(packaged).toHaveLength(2);
  for (const path of packaged) {
    expect(existsSync(path), path).toBe(true);
    expect(files).toContain(path.split('/')[0]);
  }
  const commands = [...document.matchAll(/npx snakepit-otel (.*)$/gm)].map(([, rest = '']) =>
    rest.split(' '),
  );
  expect(commands.map((words) => parseArguments(words))).toEqual([
    expect.objectContaining({ kind: 'run', command: 'agent' }),
  ]);
});
