import { annotation, row } from '../event-definition.js';
import { anything, flag, integer, number, text, word } from '../field.js';
import { counter, sum } from '../metric-spec.js';

/** What every step of a script shutdown carries. */
const scriptExit = {
  run_id: text(),
  exit_mode: word('none', 'halt', 'stop', 'auto'),
  stop_mode: word('if_started', 'always', 'never'),
  'owned?': flag('key ends in a question mark'),
  status: number(),
  cleanup_result: anything(),
};

/** What identifies the run that is cleaned up. */
const beamRun = {
  beam_run_id: text(),
  timestamp: number(),
};

export const lifecycleEvents = {
  'snakepit.cleanup.start': row({
    description: 'Worker cleanup began',
    origin: 'elixir',
    measurements: { count: integer('{process}') },
    metadata: { ...beamRun },
    trace: annotation,
  }),
  'snakepit.cleanup.success': row({
    description: 'Worker cleanup left nothing running',
    origin: 'elixir',
    measurements: { count: integer('{process}') },
    metadata: { ...beamRun },
    metrics: [
      counter('snakepit.cleanup.succeeded.total', {
        description: 'Worker clean-ups that left nothing running',
        unit: '{cleanup}',
      }),
    ],
    trace: annotation,
  }),
  'snakepit.cleanup.timeout': row({
    description: 'Worker cleanup needed SIGKILL',
    origin: 'elixir',
    measurements: { count: integer('{process}') },
    metadata: { ...beamRun },
    metrics: [
      sum('snakepit.cleanup.killed.total', {
        measurement: 'count',
        description: 'Workers that needed SIGKILL at clean-up',
        unit: '{process}',
      }),
    ],
    trace: annotation,
    log: { level: 'warn' },
  }),
  'snakepit.application_cleanup.cleanup_success': row({
    description: 'No orphaned processes at exit',
    origin: 'elixir',
    measurements: { count: integer('{process}') },
    metadata: { ...beamRun },
  }),
  'snakepit.application_cleanup.orphaned_processes_found': row({
    description: 'Orphaned processes at exit',
    origin: 'elixir',
    measurements: { count: integer('{process}') },
    metadata: { ...beamRun },
    metrics: [
      sum('snakepit.application_cleanup.orphans.total', {
        measurement: 'count',
        description: 'Orphaned processes found at exit',
        unit: '{process}',
      }),
    ],
    log: { level: 'warn' },
  }),
  'snakepit.application_cleanup.emergency_cleanup': row({
    description: 'Orphaned processes killed',
    origin: 'elixir',
    measurements: { count: integer('{process}') },
    metadata: { ...beamRun },
    metrics: [
      sum('snakepit.application_cleanup.killed.total', {
        measurement: 'count',
        description: 'Orphaned processes killed at exit',
        unit: '{process}',
      }),
    ],
    log: { level: 'warn' },
  }),
  'snakepit.script.shutdown.start': row({
    description: 'Script shutdown began',
    origin: 'elixir',
    measurements: {},
    metadata: { ...scriptExit },
    trace: annotation,
  }),
  'snakepit.script.shutdown.stop': row({
    description: 'Snakepit application stopped',
    origin: 'elixir',
    measurements: {},
    metadata: { ...scriptExit },
    trace: annotation,
  }),
  'snakepit.script.shutdown.cleanup': row({
    description: 'Worker cleanup finished',
    origin: 'elixir',
    measurements: {},
    metadata: { ...scriptExit },
    trace: annotation,
  }),
  'snakepit.script.shutdown.exit': row({
    description: 'About to apply the exit mode',
    origin: 'elixir',
    measurements: {},
    metadata: { ...scriptExit },
    metrics: [
      counter('snakepit.script.shutdowns.total', {
        description: 'Script shutdowns',
        unit: '{shutdown}',
        tags: ['exit_mode', 'cleanup_result'],
      }),
    ],
    trace: annotation,
  }),
  'snakepit.deprecated.module_used': row({
    description: 'Legacy module first used in VM',
    origin: 'elixir',
    measurements: { count: integer('{use}') },
    metadata: {
      module: word(
        'Snakepit.Compatibility',
        'Snakepit.Executor',
        'Snakepit.HealthMonitor',
        'Snakepit.PythonVersion',
        'Snakepit.Telemetry',
        'Snakepit.Telemetry.GPUProfiler',
        'Snakepit.Telemetry.Handlers.Logger',
        'Snakepit.Telemetry.Handlers.Metrics',
      ),
      replacement: text(),
      remove_after: text(),
      status: word('legacy_optional'),
    },
    metrics: [
      sum('snakepit.deprecated.module_used.total', {
        measurement: 'count',
        description: 'First uses of legacy modules',
        unit: '{use}',
        tags: ['module'],
      }),
    ],
    log: { level: 'warn' },
  }),
};
