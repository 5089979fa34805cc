import { context } from '@opentelemetry/api';
import type { Logger } from '@opentelemetry/api-logs';
import { subscribe } from '../../bus/bus.js';
import type { AnyEvent } from '../../catalog/any-event.js';
import type { CustomEventDefinition, LogLevel } from '../../catalog/event-definition.js';
import { catchErrors } from '../../common/catch-errors.js';
import { lineOf } from './line.js';
import { loggerPicker } from './otel-logger.js';

/** https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const SEVERITY_NUMBER: Readonly<Record<LogLevel, number>> = { debug: 5, info: 9, warn: 13, error: 17 };

interface LogRecorderOptions {
  /** Returns the current logger of the instrumentation, which the host's SDK provides. */
  readonly logger: () => Logger | undefined;
  /** Lowest level that is emitted. */
  readonly minimumLevel: LogLevel;
  readonly includeSensitive: boolean;
}

/** Emits events as OTel log records, correlated with the active span. */
export class LogRecorder {
  #unsubscribes: (() => void)[] = [];
  readonly #events: readonly (readonly [string, CustomEventDefinition])[];
  readonly #options: LogRecorderOptions;

  constructor(events: readonly (readonly [string, CustomEventDefinition])[], options: LogRecorderOptions) {
    this.#events = events;
    this.#options = options;
  }

  enable(): void {
    if (this.#unsubscribes.length > 0) return;
    const { minimumLevel, logger } = this.#options;
    const pick = loggerPicker(logger);
    this.#unsubscribes = this.#events.flatMap(([name, definition]) => {
      const level = definition.log?.level ?? 'debug';
      if (SEVERITY_NUMBER[level] < SEVERITY_NUMBER[minimumLevel]) return [];
      return subscribe(name, catchErrors(`Recording ${name}`, this.#emitter(definition, level, pick)));
    });
  }

  disable(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#unsubscribes = [];
  }

  #emitter(
    definition: CustomEventDefinition,
    level: LogLevel,
    pick: ReturnType<typeof loggerPicker>,
  ): (event: AnyEvent) => void {
    const line = lineOf(definition, this.#options.includeSensitive);
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
