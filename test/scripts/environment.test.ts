import { describe, expect, test } from 'vitest';
import { CASES } from '../../scripts/environment/cases.mjs';
import { judge } from '../../scripts/environment/judge.mjs';
import { findDefects, renderEnvironment } from '../../scripts/environment/render.mjs';
import specified from '../../snakepit-otel/test/fixtures/specified-variables.json' with { type: 'json' };

test('every variable of the specification has a probe', () => {
  expect(Object.keys(CASES).toSorted()).toEqual(specified.variables.toSorted());
});

test('an outcome that is ignored, fatal or worse than that of the other distribution is a defect', () => {
  const good = { unset: 'default', set: 'honored', invalid: 'warned' };
  const name = 'OTEL_SERVICE_NAME';
  const defects = (ours: object, theirs: object = good) =>
    findDefects({ [name]: { ours: { ...good, ...ours }, theirs } });
  expect(defects({})).toEqual([]);
  expect(defects({ invalid: 'ignored' })).toEqual([`${name}, invalid: ignored`]);
  expect(defects({ unset: 'fatal' })).toEqual([`${name}, unset: fatal`]);
  expect(defects({ set: 'warned' })).toEqual([`${name}: warned, but honored by the other distribution`]);
  const results = { [name]: { ours: good, theirs: { ...good, invalid: 'ignored, but traces lost' } } };
  const document = renderEnvironment(results, { specification: '1', version: '2' });
  expect(document).toContain('| `snakepit-otel` | 1 | 1 | 0 | 0 |');
  expect(document).toContain('| `auto-instrumentations-node` | 1 | 0 | 0 | 1 |');
});

describe('the outcome of a value', () => {
  const NAME = 'OTEL_PROBED';
  const run = { code: 0, carrier: {}, signals: ['logs', 'traces'], output: 'probe done {}\nprobe lag 17\n' };
  /** Judges runs that differ from `run` as `set` and `wrong` say. */
  const outcomeOf = (set: object, wrong: object, options = {}) =>
    judge(
      NAME,
      { valid: '17', invalid: 'x17', honored: ({ isHonored = false }) => isHonored, ...options },
      async ({ env }: { env: Record<string, string | undefined> }) => ({
        ...run,
        ...({ 17: set, x17: wrong }[env[NAME] ?? ''] ?? {}),
      }),
    );
  const line = { output: `${run.output}${NAME} is not supported\n` };

  test('is taken from its effect, else from a line that names it', async () => {
    expect(await outcomeOf({ isHonored: true }, line)).toEqual({
      unset: 'default',
      set: 'honored',
      invalid: 'warned',
    });
    expect(await outcomeOf(line, {})).toMatchObject({ set: 'warned', invalid: 'ignored' });
  });

  test('has no line in what the probe itself prints', async () => {
    const output = 'probe done {}\nprobe lag 170\n';
    expect(await outcomeOf({ output }, { output })).toMatchObject({ set: 'ignored', invalid: 'ignored' });
  });

  test('names signals that are lost, unless nothing may apply in place of the value', async () => {
    const wrong = { ...line, signals: [] };
    const lost = 'warned, but logs and traces lost';
    expect(await outcomeOf({}, wrong)).toMatchObject({ invalid: lost });
    expect(await outcomeOf({}, wrong, { isRequired: true })).toMatchObject({
      invalid: 'warned, no telemetry',
    });
    const silent = { signals: [] };
    expect(await outcomeOf({}, silent, { isRequired: true })).toMatchObject({
      invalid: 'ignored, but logs and traces lost',
    });
  });

  test('is fatal, or has no end, whatever the effect is', async () => {
    expect(await outcomeOf({ code: 1, isHonored: true }, { carrier: null })).toMatchObject({
      set: 'fatal',
      invalid: 'fatal',
    });
    expect(await outcomeOf({ code: null, isHonored: true }, line)).toMatchObject({ set: 'does not end' });
  });

  test('is unknown if the probe takes an unset variable for a set one', async () => {
    await expect(outcomeOf({}, {}, { honored: () => true })).rejects.toThrow('does not distinguish');
  });
});
