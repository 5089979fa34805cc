import { type Command, defineCommand } from './command.js';
import { choiceFlag, durationFlag, integerFlag, switchFlag, textFlag } from './flags.js';
import { LOG_FORMATS, LOG_LEVELS } from './log.js';
import { stopSignal } from './stop-signal.js';

const config = textFlag('FILE', "file of OpenTelemetry's declarative configuration, as OTEL_CONFIG_FILE");
const json = switchFlag('print JSON');

/** Command that is run if none is named. */
export const DEFAULT_COMMAND = 'agent';
/** Every command by name. Help, completion and the parser read this table. A command is loaded when it is run. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  agent: defineCommand({
    summary: 'sample GPUs, receive events and export both, until SIGINT or SIGTERM',
    flags: {
      config,
      for: durationFlag(0, 'run for this time'),
      interval: durationFlag(100, 'time between samples of the GPUs'),
      host: textFlag('ADDRESS', 'address of /metrics, /healthz and /readyz'),
      port: integerFlag(0, 65_535, 'PORT', 'port of /metrics, /healthz and /readyz; 0 is any free port'),
      ui: switchFlag('serve the live page on http://127.0.0.1:4321'),
      'log-format': choiceFlag(LOG_FORMATS, 'FORMAT', 'format of the log on stderr'),
      'log-level': choiceFlag(LOG_LEVELS, 'LEVEL', 'least level of the log on stderr'),
      'print-config': switchFlag('print every effective value with its origin, and exit'),
    },
    run: async (values) => {
      // Before the agent is loaded: a signal that comes meanwhile ends it in order.
      const stopped = stopSignal();
      return (await import('./agent.js')).runAgent(values, stopped);
    },
  }),
  doctor: defineCommand({
    summary: 'check GPUs, inputs and exporters, and name cause and remedy of each problem',
    flags: { config, json },
    run: async (values) => (await import('./doctor.js')).runDoctor(values),
  }),
  top: defineCommand({
    summary: "show GPUs, processes, traces and breakers of an agent, or this host's GPUs, in the terminal",
    argument: '[URL]',
    flags: {
      interval: durationFlag(100, 'time between frames'),
      once: switchFlag('print one frame'),
      json,
      ascii: switchFlag('use ASCII characters only'),
      'no-color': switchFlag('use no colors, as NO_COLOR'),
    },
    run: async (values, url) => (await import('./top/top.js')).runTop(values, url),
  }),
  tail: defineCommand({
    summary: 'print events of an agent as they come',
    argument: '[URL]',
    flags: {
      lines: integerFlag(0, 2000, 'COUNT', 'events of the past that are printed first', 'n'),
      level: choiceFlag(['debug', 'info', 'warn', 'error'], 'LEVEL', 'least level'),
      event: textFlag('NAME', "name of the events, such as 'snakepit.error.*'"),
      worker: textFlag('ID', 'worker of the events'),
      trace: textFlag('ID', 'beginning of the id of their trace'),
      grep: textFlag('PATTERN', 'regular expression that name, text or an attribute matches'),
      json,
    },
    run: async (values, url) => (await import('./tail/tail.js')).runTail(values, url),
  }),
  hardware: defineCommand({
    summary: 'print the hardware of this host as JSON',
    flags: {},
    run: async () => (await import('./hardware.js')).printHardware(),
  }),
  init: defineCommand({
    summary: 'write a commented configuration file, to FILE or to stdout',
    argument: '[FILE]',
    flags: {},
    run: async (_, file) => (await import('./init.js')).writeConfiguration(file),
  }),
  completion: defineCommand({
    summary: 'print a completion script for a shell',
    argument: 'SHELL',
    choices: ['bash', 'zsh'],
    flags: {},
    run: async (_, shell) => (await import('./completion.js')).printCompletion(shell, COMMANDS),
  }),
};
