import { type ChildProcess, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import {
  eventually,
  recordCounts,
  recordNamed,
  startInputs,
  temporaryFolder,
} from '../../snakepit-otel/test/helpers/inputs.js';
import { runModule } from '../helpers/child.js';
import { compiledReporter, DEFINE_CALL, noElixir, REPORTER, runElixir } from '../helpers/elixir.js';
import { freePort } from '../helpers/free-port.js';
import { instrumentedHost } from '../helpers/sdk.js';
import { parentIn, tracesOf } from '../helpers/span-tree.js';
import { startRelay } from './relay.js';

const SESSION = 'snakepit.session.created';
const sum = (totals: Readonly<Record<string, number>>, ...names: string[]) =>
  names.reduce((total, name) => total + Number(totals[name]), 0);
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

beforeEach(({ skip }) => skip(noElixir !== undefined, noElixir));
beforeAll(async () => {
  if (noElixir === undefined) await compiledReporter();
});

test.each([REPORTER, 'test/fakes/telemetry/telemetry.ex', 'bench/elixir.exs'])(
  '%s is formatted as mix format would',
  (path) => {
    const program = `IO.write([Code.format_string!(File.read!("${path}")), "\\n"])`;
    const formatted = execFileSync('elixir', ['-e', program], { encoding: 'utf8' });
    expect(formatted).toBe(readFileSync(path, 'utf8'));
  },
);

test('sends events in order, with their times, to an agent that starts later', async () => {
  const path = join(await temporaryFolder(), 'run', 'events.sock');
  const events = recordNamed(SESSION);
  const { totals } = recordCounts();
  const elixir = await runElixir(`
    {:ok, _} = start.(target: {:unix, "${path}"})
    emit_many.(1..2000)
    IO.puts("emitted")
    await.()
    emit_many.(2001..4000)
    await.()
  `);
  await elixir.printed('emitted');
  const emittedMs = Date.now();
  await startInputs({ unix: { path } });
  await eventually(() => expect(events).toHaveLength(2000));
  elixir.continue();
  await eventually(() => expect(totals.accepted).toBe(4000));

  expect(events.map(({ metadata }) => metadata.n)).toEqual(numbers(4000));
  expect(totals).toEqual({ accepted: 4000, refused: 0, duplicate: 0, lost: 0, dropped_by_producer: 0 });
  const sentMs = Number(events[0]?.remote?.timestampNs) / 1e6;
  expect(sentMs).toBeLessThanOrEqual(emittedMs);
  expect(sentMs).toBeGreaterThan(emittedMs - 30_000);
  expect(new Set(events.map(({ remote }) => remote?.producer))).toHaveLength(1);
  expect(events[0]?.remote?.producer).toMatch(/^[0-9a-f]{12}$/);
});

test('sends values of all kinds', async () => {
  const path = join(await temporaryFolder(), 'events.sock');
  const events = recordNamed(SESSION);
  const shapes = recordNamed('snakepit.error.shape_mismatch');
  const outOfMemory = recordNamed('snakepit.error.oom');
  const { totals } = recordCounts();
  await startInputs({ unix: { path } });
  await runElixir(`
    defmodule Secret do
      defstruct [:password, :user]
    end
    defimpl Inspect, for: Secret do
      def inspect(%{user: user}, _options), do: "#Secret<" <> user <> ">"
    end
    defmodule Fails do
      defstruct []
    end
    defimpl Inspect, for: Fails do
      def inspect(_value, _options), do: exit(:no)
    end
    defmodule My.Error do
      defexception [:message, :lines]
    end
    {:ok, _} = start.(target: {:unix, "${path}"})
    emit.("snakepit.error.oom", %{requested_mb: 8, available_mb: 2.5}, %{device: {:cuda, 0}, suggestions: []})
    emit.("snakepit.error.shape_mismatch", %{}, %{expected: [64, 64], got: [32, 10], operation: :matmul})
    emit.("${SESSION}", %{count: 1, big: 1_795_695_387_655_412_224, huge: Bitwise.bsl(1, 300), flag: true, text: "no"}, %{
      atom: :ok,
      absent: nil,
      flag: false,
      integer: -3,
      exact: 9_007_199_254_740_993,
      huge: Bitwise.bsl(1, 300),
      float: 0.1,
      module: Snakepit.Pool,
      text: "grün \\u{1F40D} \\"quoted\\" back\\\\slash\\n\\t\\0 end",
      bytes: <<"a", 0xFF, 0xC3, "b">>,
      bits: <<1::3>>,
      long: String.duplicate("ü", 5000),
      charlist: String.to_charlist("connection refused"),
      tuple: {:error, :timeout},
      map: %{default: 2},
      nested: %{a: %{b: [1]}},
      keyword: [a: 1],
      improper: [1 | 2],
      exception: struct(My.Error, message: "CUDA \\"out\\" of\\nmemory", lines: ["a", "b"]),
      secret: struct(Secret, password: "p4ss", user: "joe"),
      fails: struct(Fails),
      range: 1..3,
      function: &String.length/1,
      large: Map.new(1..2000, &{&1, &1})
    })
    emit.("${SESSION}", %{count: 1}, %{"pid" => self(), {:odd, "key"} => 1, reference: make_ref()})
    emit.("${SESSION}", %{count: 1}, Map.new(1..100, &{"key#{&1}", String.duplicate("\\0", 4096)}))
    emit.("${SESSION}", %{count: 1}, %{
      String.duplicate("\\0", 200) => 1,
      list: List.duplicate(String.duplicate("\\0", 4096), 64)
    })
    emit.("${SESSION}", %{count: 1}, %{last: true})
    await.()
  `);
  await eventually(() => expect(events.at(-1)?.metadata.last).toBe(true));

  const [session, identifiers, oversized] = events;
  expect(outOfMemory[0]).toMatchObject({
    measurements: { requested_mb: 8, available_mb: 2.5 },
    metadata: { device: 'cuda:0' },
  });
  expect(shapes[0]?.metadata).toMatchObject({ expected: [64, 64], got: [32, 10], operation: 'matmul' });
  expect(session?.measurements).toEqual({ count: 1, big: Number(1_795_695_387_655_412_224n), flag: 1 });
  expect(session?.metadata).toEqual({
    atom: 'ok',
    flag: false,
    integer: -3,
    exact: '9007199254740993',
    huge: 'integer beyond 256 bits',
    float: 0.1,
    module: 'Snakepit.Pool',
    text: 'grün 🐍 "quoted" back\\slash\n\t\0 end',
    bytes: 'a\uFFFD\uFFFDb',
    bits: '<<1::size(3)>>',
    long: 'ü'.repeat(512),
    charlist: 'connection refused',
    tuple: '{:error, :timeout}',
    map: '{"default":2}',
    nested: '%{a: %{b: [1]}}',
    keyword: '[a: 1]',
    improper: '[1 | 2]',
    exception: '%My.Error{lines: ["a", "b"], message: "CUDA \\"out\\" of\nmemory"}',
    secret: '#Secret<joe>',
    fails: 'value that cannot be inspected',
    range: '1..3',
    function: '&String.length/1',
    large: 'map of 2000 entries',
  });
  expect(identifiers?.metadata).toEqual({
    pid: expect.stringMatching(/^#PID<[\d.]+>$/),
    '{:odd, "key"}': 1,
    reference: expect.stringMatching(/^#Reference<[\d.]+>$/),
  });
  expect(events).toHaveLength(5);
  expect(totals.refused).toBe(0);
  const keys = Object.keys(oversized?.metadata ?? {});
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.length).toBeLessThan(64);
});

test('makes one trace of a call in Elixir and its tool in Python, also inside a trace of the caller', async () => {
  const path = join(await temporaryFolder(), 'events.sock');
  const { totals } = recordCounts();
  const host = instrumentedHost();
  await startInputs({ unix: { path } });
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await runElixir(`
    {:ok, _} = start.(target: {:unix, "${path}"})
    ${DEFINE_CALL}
    call.("sp-1")
    call.("${traceparent}")
    await.()
  `);
  await eventually(() => expect(totals.accepted).toBe(8));
  const spans = host.spans();
  const calls = spans.filter(({ name }) => name === 'snakepit.grpc_worker.execute');
  const tools = spans.filter(({ name }) => name === 'snakepit.python.tool.execution');
  expect(spans).toHaveLength(4);
  expect(tools.map((tool) => parentIn(spans, tool))).toEqual(calls);
  expect(tracesOf(spans).size).toBe(2);
  expect(calls[1]?.parentSpanContext).toMatchObject({
    traceId: traceparent.split('-')[1],
    spanId: traceparent.split('-')[2],
  });
});

test('loses and repeats nothing when the connection breaks again and again', { tags: ['H33'] }, async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'relay.sock');
  const target = join(folder, 'events.sock');
  const events = recordNamed(SESSION);
  const { totals } = recordCounts();
  await startInputs({ unix: { path: target } });
  const relay = await startRelay(path, target);
  const elixir = await runElixir(`
    {:ok, _} = start.(target: {:unix, "${path}"})
    for round <- 0..9 do
      emit_many.((round * 3000 + 1)..(round * 3000 + 3000))
      Process.sleep(50)
    end
    IO.puts("emitted")
    await.()
  `);
  let cuts = 0;
  let before = 0;
  const timer = setInterval(() => {
    if (relay.bytes === before) return;
    before = relay.bytes;
    cuts += 1;
    relay.cut();
  }, 60);
  await elixir.printed('emitted');
  clearInterval(timer);
  await eventually(() => expect(totals.accepted).toBe(30_000));

  expect(cuts).toBeGreaterThan(1);
  expect(events.map(({ metadata }) => metadata.n)).toEqual(numbers(30_000));
  expect(totals).toMatchObject({ lost: 0, dropped_by_producer: 0 });
});

test('keeps the order of each process when many emit at once', async () => {
  const path = join(await temporaryFolder(), 'events.sock');
  const events = recordNamed(SESSION);
  const { totals } = recordCounts();
  await startInputs({ unix: { path } });
  await runElixir(`
    {:ok, _} = start.(target: {:unix, "${path}"})
    emit_from = fn process ->
      for n <- 1..2000, do: emit.("${SESSION}", %{count: 1}, %{process: process, n: n})
    end
    1..8 |> Enum.map(&Task.async(fn -> emit_from.(&1) end)) |> Task.await_many(60_000)
    await.()
  `);
  await eventually(() => expect(totals.accepted).toBe(16_000));
  expect(totals).toMatchObject({ refused: 0, duplicate: 0, lost: 0, dropped_by_producer: 0 });
  for (let process = 1; process <= 8; process++) {
    const own = events.filter(({ metadata }) => metadata.process === process);
    expect(own.map(({ metadata }) => metadata.n)).toEqual(numbers(2000));
  }
});

test('resumes with an agent that was restarted', async () => {
  const path = join(await temporaryFolder(), 'events.sock');
  const events = recordNamed(SESSION);
  const { totals } = recordCounts();
  const { inputs } = await startInputs({ unix: { path } });
  const elixir = await runElixir(`
    {:ok, _} = start.(target: {:unix, "${path}"})
    emit_many.(1..1000)
    await.()
    emit_many.(1001..2000)
    IO.puts("emitted")
    await.()
    emit_many.(2001..3000)
    await.()
  `);
  await eventually(() => expect(totals.accepted).toBe(1000));
  await inputs.stop();
  elixir.continue();
  await elixir.printed('emitted');
  await startInputs({ unix: { path } });
  elixir.continue();
  await eventually(() => expect(totals.accepted).toBe(3000));
  expect(events.map(({ metadata }) => metadata.n)).toEqual(numbers(3000));
  expect(totals).toMatchObject({ duplicate: 0, lost: 0, dropped_by_producer: 0 });
});

test('loses nothing when the process of the agent is killed and restarted', { tags: ['H34'] }, async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'events.sock');
  /** Runs an agent that prints each event, and keeps it in a file: what waits in a pipe ends with its process. */
  const agent = async (name: string, onOutput: (output: string, child: ChildProcess) => void) => {
    const file = join(folder, name);
    await runModule(
      `import { appendFileSync } from 'node:fs';
      import { attach } from 'opentelemetry-instrumentation-snakepit';
      import { startTelemetry } from 'snakepit-otel';
      attach('keep', '${SESSION}', ({ metadata }) => {
        appendFileSync('${file}', metadata.n + '\\n');
        process.stdout.write(metadata.n + '\\n');
      });
      const inputs = { unix: { path: '${path}' } };
      await startTelemetry({ traces: ['none'], metrics: ['none'], logs: ['none'], inputs }).ready;
      setInterval(() => {}, 60_000);`,
      { onOutput },
    );
    return recorded(await readFile(file, 'utf8'));
  };
  const recorded = (stdout: string) => stdout.split('\n').slice(0, -1).map(Number);
  const elixir = await runElixir(`
    {:ok, _} = start.(target: {:unix, "${path}"})
    for round <- 0..199 do
      emit_many.((round * 100 + 1)..(round * 100 + 100))
      Process.sleep(5)
    end
    await.()
  `);
  const before = await agent(
    'killed',
    (output, child) => recorded(output).length > 5000 && child.kill('SIGKILL'),
  );
  const after = await agent(
    'restarted',
    (output, child) => recorded(output).at(-1) === 20_000 && child.kill('SIGKILL'),
  );
  elixir.continue();

  expect(before).toEqual(numbers(before.length));
  const from = Number(after[0]);
  expect(from).toBeLessThanOrEqual(before.length + 1);
  expect(after).toEqual(numbers(20_000).slice(from - 1));
});

const BOUND_CHECK = `
  for _ <- 1..200 do
    emit_many.(1..1000)
    {:message_queue_len, waiting} = Process.info(Process.whereis(SnakepitOtel.Reporter), :message_queue_len)
    if waiting > 50_000, do: IO.puts("too many messages")
  end
  IO.puts("emitted")
  await.()
`;

test('drops and counts what exceeds its queue while no agent runs', { tags: ['H34'] }, async () => {
  const path = join(await temporaryFolder(), 'events.sock');
  const events = recordNamed(SESSION);
  const { totals } = recordCounts();
  const elixir = await runElixir(`{:ok, _} = start.(target: {:unix, "${path}"})\n${BOUND_CHECK}`);
  await elixir.printed('emitted');
  await startInputs({ unix: { path } });
  await eventually(() => expect(sum(totals, 'accepted', 'dropped_by_producer')).toBe(200_000));
  expect(elixir.lines).not.toContain('too many messages');
  expect(totals).toMatchObject({ accepted: 50_000, duplicate: 0, lost: 0 });
  expect(events.slice(0, 1000).map(({ metadata }) => metadata.n)).toEqual(numbers(1000));
});

test('keeps at most 32 MiB while no agent runs', async () => {
  const path = join(await temporaryFolder(), 'events.sock');
  const { totals } = recordCounts();
  const elixir = await runElixir(`
    {:ok, _} = start.(target: {:unix, "${path}"})
    texts = Map.new(1..8, &{"text#{&1}", String.duplicate("x", 4096)})
    for _ <- 1..3000, do: emit.("${SESSION}", %{count: 1}, texts)
    IO.puts("emitted")
    await.()
  `);
  await elixir.printed('emitted');
  await startInputs({ unix: { path } });
  await eventually(() => expect(sum(totals, 'accepted', 'dropped_by_producer')).toBe(3000));
  expect(Number(totals.accepted) * 32 * 1024).toBeGreaterThan(30 * 1024 * 1024);
  expect(Number(totals.accepted) * 32 * 1024).toBeLessThanOrEqual(32 * 1024 * 1024);
});

test('is not blocked by an agent that accepts and never reads', { tags: ['H34'] }, async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'relay.sock');
  const target = join(folder, 'events.sock');
  const { totals } = recordCounts();
  await startInputs({ unix: { path: target } });
  const relay = await startRelay(path, target);
  relay.pause(true);
  const elixir = await runElixir(`{:ok, _} = start.(target: {:unix, "${path}"})\n${BOUND_CHECK}`);
  await elixir.printed('emitted');
  expect(totals.accepted).toBe(0);
  relay.pause(false);
  await eventually(() => expect(sum(totals, 'accepted', 'dropped_by_producer')).toBe(200_000));
  expect(totals.accepted).toBeGreaterThanOrEqual(50_000);
  expect(totals).toMatchObject({ duplicate: 0, lost: 0, refused: 0 });
  expect(elixir.lines).not.toContain('too many messages');
});

test('accounts for every event when the reporter is killed and restarted', { tags: ['H33'] }, async () => {
  const path = join(await temporaryFolder(), 'events.sock');
  const { totals } = recordCounts();
  await startInputs({ unix: { path } });
  await runElixir(`
    {:ok, _} = start.(target: {:unix, "${path}"})
    for _ <- 1..2 do
      emit_many.(1..20_000)
      reporter = Process.whereis(SnakepitOtel.Reporter)
      Process.exit(reporter, :kill)
      emit_many.(1..2000)
      Stream.repeatedly(fn -> Process.whereis(SnakepitOtel.Reporter) end) |> Enum.find(& &1 not in [nil, reporter])
    end
    emit_many.(1..3000)
    await.()
  `);
  const accounted = () => sum(totals, 'accepted', 'lost', 'dropped_by_producer');
  await eventually(() => expect(accounted()).toBeGreaterThanOrEqual(47_000));
  expect(accounted()).toBe(47_000);
  expect(totals.accepted).toBeGreaterThanOrEqual(3000);
});

test('sends each event once when it is started twice', async () => {
  const path = join(await temporaryFolder(), 'events.sock');
  const events = recordNamed(SESSION);
  const { totals } = recordCounts();
  await startInputs({ unix: { path } });
  await runElixir(`
    {:ok, _} = start.(target: {:unix, "${path}"})
    {:ok, _} = start.(target: {:unix, "${path}"})
    emit_many.(1..10)
    await.()
  `);
  await eventually(() => expect(totals.accepted).toBe(10));
  expect(events).toHaveLength(10);
});

test('sends what waits when the supervisor stops it', async () => {
  const path = join(await temporaryFolder(), 'events.sock');
  const { totals } = recordCounts();
  await startInputs({ unix: { path } });
  const elixir = await runElixir(`
    {:ok, supervisor} = start.(target: {:unix, "${path}"})
    emit_many.(1..20_000)
    Supervisor.stop(supervisor)
    IO.inspect(:telemetry.list_handlers([]))
  `);
  expect(await elixir.ended).toEqual({ code: 0, stderr: '' });
  expect(elixir.lines).toEqual(['[]']);
  await eventually(() => expect(totals.accepted).toBe(20_000));
});

test('stops within two seconds if the agent is slow, which counts what was not sent as lost', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'relay.sock');
  const target = join(folder, 'events.sock');
  const { totals } = recordCounts();
  await startInputs({ unix: { path: target } });
  (await startRelay(path, target)).slowDown(20);
  const elixir = await runElixir(`
    {:ok, supervisor} = start.(target: {:unix, "${path}"})
    emit_many.(1..40_000)
    {microseconds, :ok} = :timer.tc(fn -> Supervisor.stop(supervisor) end)
    IO.puts(microseconds < 2_000_000)
  `);
  await elixir.ended;
  expect(elixir.lines).toEqual(['true']);
  await eventually(() => expect(sum(totals, 'accepted', 'lost')).toBe(40_000));
  expect(totals).toMatchObject({ refused: 0, duplicate: 0, dropped_by_producer: 0 });
  expect(totals.lost).toBeGreaterThan(0);
});

test('stops within two seconds, and lets the virtual machine end, if the agent does not read', {
  tags: ['H34'],
}, async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'relay.sock');
  const target = join(folder, 'events.sock');
  await startInputs({ unix: { path: target } });
  (await startRelay(path, target)).pause(true);
  const elixir = await runElixir(`
    {:ok, supervisor} = start.(target: {:unix, "${path}"})
    emit_many.(1..20_000)
    {microseconds, :ok} = :timer.tc(fn -> Supervisor.stop(supervisor) end)
    IO.puts("stopped")
    IO.puts(microseconds < 2_000_000)
  `);
  await elixir.printed('stopped');
  const stoppedMs = Date.now();
  expect((await elixir.ended).code).toBe(0);
  expect(elixir.lines.at(-1)).toBe('true');
  // A socket with pending data would hold it for 30 s.
  expect(Date.now() - stoppedMs).toBeLessThan(15_000);
});

test('sends over TCP with a token, and reports a wrong one', async () => {
  const folder = await temporaryFolder();
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 'right');
  const { totals } = recordCounts();
  const port = Number(await freePort());
  await startInputs({ tcp: { port, tokenFile } });
  const program = (token: string) => `
    {:ok, _} = start.(target: {:tcp, "localhost", ${port}}, token: "${token}")
    emit_many.(1..10)
    await.()
  `;
  const refused = await runElixir(program('wrong'));
  await eventually(() => expect(refused.lines.join()).toContain('unauthorized'));
  refused.continue();
  await refused.ended;
  expect(totals.accepted).toBe(0);
  const admitted = await runElixir(program('right'));
  await eventually(() => expect(totals.accepted).toBe(10));
  admitted.continue();
  await admitted.ended;
  expect(admitted.lines).toEqual([]);
});

test.each([
  ['taget: {:unix, "/run/events.sock"}', ':taget'],
  ['target: "/run/events.sock"', ':target must be {:unix, path} or {:tcp, host, port}'],
  ['target: {:tcp, "localhost", 0}', ':target must be {:unix, path} or {:tcp, host, port}'],
  ['token: "a b"', ':token must be printable ASCII'],
])('refuses the options %s', async (options, message) => {
  const elixir = await runElixir(`
    try do
      SnakepitOtel.Reporter.start_link(${options})
    rescue
      error in ArgumentError -> IO.puts(Exception.message(error))
    end
  `);
  await elixir.ended;
  expect(elixir.lines.join('\n')).toContain(message);
});
