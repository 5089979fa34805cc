import { type Command, defineCommand } from './command.js';
import { choiceFlag, durationFlag, integerFlag, switchFlag, textFlag } from './flags.js';
import { LOG_FORMATS, LOG_LEVELS } from './log.js';

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
      'log-format': choiceFlag(LOG_FORMATS, 'FORMAT', 'format of the log on stderr'),
      'log-level': choiceFlag(LOG_LEVELS, 'LEVEL', 'least level of the log on stderr'),
      'print-config': switchFlag('print every effective value with its origin, and exit'),
    },
    run: async (values) => (await import('./agent.js')).runAgent(values),
  }),
  doctor: defineCommand({
    summary: 'check GPUs, inputs and exporters, and name cause and remedy of each problem',
    flags: { config, json },
    run: async (values) => (await import('./doctor.js')).runDoctor(values),
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
