import { context } from '@opentelemetry/api';
import type { Logger } from '@opentelemetry/api-logs';
import { subscribe } from '../../bus/bus.js';
import { catchErrors } from '../../bus/diagnostics.js';
import type { CustomEventDefinition, LogLevel } from '../../catalog/event-definition.js';
import type { AnyEvent } from '../../catalog/event-map.js';
import { lineOf } from './line.js';
import { loggerPicker } from './otel-logger.js';

/** https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const SEVERITY_NUMBER: Readonly<Record<LogLevel, number>> = { debug: 5, info: 9, warn: 13, error: 17 };

interface LogRecorderOptions {
  /** The logger that the host's SDK handed to the instrumentation, at the time of the call. */
  readonly logger: () => Logger | undefined;
  /** Events below this level make no log record. */
  readonly minimumLevel: LogLevel;
  readonly includeSensitive: boolean;
}

/** Turns events into OTel log records, correlated with the active span. */
export class LogRecorder {
  private unsubscribes: (() => void)[] = [];

  constructor(
    private readonly rows: readonly (readonly [string, CustomEventDefinition])[],
    private readonly options: LogRecorderOptions,
  ) {}

  enable(): void {
    if (this.unsubscribes.length > 0) return;
    const { minimumLevel, logger } = this.options;
    const pick = loggerPicker(logger);
    this.unsubscribes = this.rows.flatMap(([name, row]) => {
      const level = row.log?.level ?? 'debug';
      if (SEVERITY_NUMBER[level] < SEVERITY_NUMBER[minimumLevel]) return [];
      return subscribe(name, catchErrors(this.emitter(row, level, pick)));
    });
  }

  disable(): void {
    for (const unsubscribe of this.unsubscribes) unsubscribe();
    this.unsubscribes = [];
  }

  private emitter(
    row: CustomEventDefinition,
    level: LogLevel,
    pick: ReturnType<typeof loggerPicker>,
  ): (event: AnyEvent) => void {
    const line = lineOf(row, this.options.includeSensitive);
    const severityNumber = SEVERITY_NUMBER[level];
    return (event) => {
      const logger = pick(severityNumber);
      if (logger === undefined) return;
      const { message, attributes } = line(event);
      logger.emit({
        eventName: event.name,
        severityNumber,
        severityText: level.toUpperCase(),
        body: message,
        attributes,
        context: context.active(),
      });
    };
  }
}
