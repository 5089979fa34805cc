import { DiagLogLevel } from '@opentelemetry/api';
import { omitUndefined } from 'opentelemetry-instrumentation-snakepit/internal';
import type { TelemetryOptions } from '../configuration/options.js';
import type { ProgramDefaults, ResolvedConfiguration } from '../configuration/resolve.js';
import { diagLevel } from '../sdk/diag-level.js';
import type { LogFormat, LogLevel } from './log.js';

/** Values of the flags of the agent. */
export interface AgentFlags {
  readonly config?: string | undefined;
  readonly for?: number | undefined;
  readonly interval?: number | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly ui?: true | undefined;
  readonly 'log-format'?: LogFormat | undefined;
  readonly 'log-level'?: LogLevel | undefined;
  readonly 'print-config'?: true | undefined;
}

/** Samples GPUs, serves metrics for Prometheus, exports all signals over OTLP if an endpoint is set, and receives events of other processes. */
export const AGENT_DEFAULTS: ProgramDefaults = (hasOtlpEndpoint) => ({
  serviceName: 'snakepit-otel',
  traces: hasOtlpEndpoint ? ['otlp'] : [],
  metrics: hasOtlpEndpoint ? ['prometheus', 'otlp'] : ['prometheus'],
  logs: hasOtlpEndpoint ? ['otlp'] : [],
  inputs: { unix: true, http: true },
  gpu: true,
});

/** Returns the options that the flags stand for. */
export function agentOptions({ config, interval, host, port, ui }: AgentFlags): TelemetryOptions {
  const prometheus = omitUndefined({ host, port });
  return omitUndefined({
    handleSignals: false,
    gpuIntervalMs: interval,
    configFile: config,
    ui,
    prometheus: Object.keys(prometheus).length > 0 ? prometheus : undefined,
  }) as TelemetryOptions;
}

/** Returns the level of the log: the flag's, else that of OpenTelemetry's configuration, else `info`. */
export function agentLogLevel(flags: AgentFlags, { model }: ResolvedConfiguration): LogLevel {
  const given = flags['log-level'];
  if (given !== undefined) return given;
  if (!model.log_level) return 'info';
  const level = diagLevel(model.log_level);
  if (level >= DiagLogLevel.DEBUG) return 'debug';
  if (level >= DiagLogLevel.INFO) return 'info';
  if (level >= DiagLogLevel.WARN) return 'warn';
  return level >= DiagLogLevel.ERROR ? 'error' : 'none';
}
