import { defineEvent, spanEvent } from '../event-definition.js';
import { boolean, enumOf, integer, number, text, unknown } from '../field.js';
import { counter, sum } from '../metric-spec.js';

/** Metadata of every step of a script shutdown. */
const scriptExit = {
  run_id: text(),
  exit_mode: enumOf('none', 'halt', 'stop', 'auto'),
  stop_mode: enumOf('if_started', 'always', 'never'),
  'owned?': boolean('key ends in a question mark'),
  status: number(),
  cleanup_result: unknown(),
};

/** Identity of the BEAM run that is cleaned up. */
const beamRun = {
  beam_run_id: text(),
  timestamp: number(),
};

export const lifecycleEvents = {
  'snakepit.cleanup.start': defineEvent({
    description: 'Worker cleanup began',
    origin: 'elixir',
    measurements: { count: integer('{process}') },
    metadata: { ...beamRun },
    trace: spanEvent,
  }),
  'snakepit.cleanup.success': defineEvent({
    description: 'Worker cleanup left nothing running',
    origin: 'elixir',
    measurements: { count: integer('{process}') },
    metadata: { ...beamRun },
    metrics: [
      counter('snakepit.cleanup.succeeded.total', {
        description: 'Worker cleanups that ended all processes',
        unit: '{cleanup}',
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.cleanup.timeout': defineEvent({
    description: 'Worker cleanup needed SIGKILL',
    origin: 'elixir',
    measurements: { count: integer('{process}') },
    metadata: { ...beamRun },
    metrics: [
      sum('snakepit.cleanup.killed.total', {
        measurement: 'count',
        description: 'Workers that needed SIGKILL at cleanup',
        unit: '{process}',
      }),
    ],
    trace: spanEvent,
    log: { level: 'warn' },
  }),
  'snakepit.application_cleanup.cleanup_success': defineEvent({
    description: 'No orphaned processes at exit',
    origin: 'elixir',
    measurements: { count: integer('{process}') },
    metadata: { ...beamRun },
  }),
  'snakepit.application_cleanup.orphaned_processes_found': defineEvent({
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
  'snakepit.application_cleanup.emergency_cleanup': defineEvent({
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
  'snakepit.script.shutdown.start': defineEvent({
    description: 'Script shutdown began',
    origin: 'elixir',
    measurements: {},
    metadata: { ...scriptExit },
    trace: spanEvent,
  }),
  'snakepit.script.shutdown.stop': defineEvent({
    description: 'Snakepit application stopped',
    origin: 'elixir',
    measurements: {},
    metadata: { ...scriptExit },
    trace: spanEvent,
  }),
  'snakepit.script.shutdown.cleanup': defineEvent({
    description: 'Worker cleanup finished',
    origin: 'elixir',
    measurements: {},
    metadata: { ...scriptExit },
    trace: spanEvent,
  }),
  'snakepit.script.shutdown.exit': defineEvent({
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
    trace: spanEvent,
  }),
  'snakepit.deprecated.module_used': defineEvent({
    description: 'Legacy module first used in VM',
    origin: 'elixir',
    measurements: { count: integer('{use}') },
    metadata: {
      module: enumOf(
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
      status: enumOf('legacy_optional'),
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
