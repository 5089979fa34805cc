import { context } from '@opentelemetry/api';
import type { Logger } from '@opentelemetry/api-logs';
import { subscribe } from '../../bus/bus.js';
import type { AnyEvent } from '../../catalog/any-event.js';
import type { CustomEventDefinition, LogLevel } from '../../catalog/event-definition.js';
import { onUndeclaredEvent } from '../../catalog/undeclared-events.js';
import { lineOf } from './line.js';
import { type LoggerPicker, loggerPicker } from './otel-logger.js';

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
  #isEnabled = false;
  #unsubscribes: (() => void)[] = [];
  readonly #events: readonly (readonly [string, CustomEventDefinition])[];
  readonly #options: LogRecorderOptions;

  constructor(events: readonly (readonly [string, CustomEventDefinition])[], options: LogRecorderOptions) {
    this.#events = events;
    this.#options = options;
  }

  /** Starts recording. Without an SDK it subscribes to nothing, and events cost as little as unobserved ones. */
  enable(): void {
    this.#isEnabled = true;
    this.refresh();
  }

  /** Stops recording. */
  disable(): void {
    this.#isEnabled = false;
    this.refresh();
  }

  /** False while disabled, or without an SDK that records a level of the events. */
  get isRecording(): boolean {
    return this.#unsubscribes.length > 0;
  }

  /** Starts or stops after a change of a provider. */
  refresh(): void {
    const { minimumLevel, logger } = this.#options;
    // A logger of a provider that was shut down must not be asked for: the SDK warns about it.
    const loggers = this.#isEnabled ? loggerPicker(logger) : undefined;
    const isWanted = loggers?.isRecording() === true;
    if (isWanted === this.#unsubscribes.length > 0) return;
    for (const unsubscribe of this.#unsubscribes.splice(0)) unsubscribe();
    if (!isWanted) return;
    const record = (name: string, definition: CustomEventDefinition): void => {
      const level = definition.log?.level ?? 'debug';
      if (SEVERITY_NUMBER[level] < SEVERITY_NUMBER[minimumLevel]) return;
      this.#unsubscribes.push(subscribe(name, this.#emitter(definition, level, loggers)));
    };
    for (const [name, definition] of this.#events) record(name, definition);
    this.#unsubscribes.push(onUndeclaredEvent(record));
  }

  #emitter(
    definition: CustomEventDefinition,
    level: LogLevel,
    loggers: LoggerPicker,
  ): (event: AnyEvent) => void {
    const line = lineOf(definition, this.#options.includeSensitive);
    const severityNumber = SEVERITY_NUMBER[level];
    return (event) => {
      const logger = loggers.pick(severityNumber);
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
