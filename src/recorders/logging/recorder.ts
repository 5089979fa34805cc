import { context } from '@opentelemetry/api';
import type { LoggerProvider } from '@opentelemetry/api-logs';
import { subscribeEach } from '../../bus/subscribe-each.js';
import type { AnyEvent } from '../../catalog/any-event.js';
import type { CustomEventDefinition } from '../../catalog/event-definition.js';
import type { LogLevel } from '../../catalog/log-level.js';
import { RecordingSwitch } from '../../common/recording-switch.js';
import { lineOf } from './line.js';
import { type LoggerPicker, loggerPicker } from './otel-logger.js';

/** https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const SEVERITY_NUMBER: Readonly<Record<LogLevel, number>> = { debug: 5, info: 9, warn: 13, error: 17 };

interface LogRecorderOptions {
  /** Returns the providers that may have an SDK, the preferred one first. */
  readonly providers: () => readonly LoggerProvider[];
  /** Lowest level that is emitted. */
  readonly minimumLevel: LogLevel;
  readonly includeSensitive: boolean;
}

/** Emits events as OTel log records, correlated with the active span. */
export class LogRecorder {
  readonly recording: RecordingSwitch;
  #loggers: LoggerPicker | undefined;
  readonly #events: readonly (readonly [string, CustomEventDefinition])[];
  readonly #options: LogRecorderOptions;

  constructor(events: readonly (readonly [string, CustomEventDefinition])[], options: LogRecorderOptions) {
    this.#events = events;
    this.#options = options;
    this.recording = new RecordingSwitch(
      () => this.#pickLoggers().isRecording(),
      () => this.#start(),
    );
  }

  /** Gets new loggers, as when a provider has been registered. */
  changeLoggers(): void {
    this.recording.restart(() => {
      this.#loggers = undefined;
    });
  }

  #pickLoggers(): LoggerPicker {
    this.#loggers ??= loggerPicker(this.#options.providers());
    return this.#loggers;
  }

  #start(): () => void {
    const minimum = SEVERITY_NUMBER[this.#options.minimumLevel];
    const loggers = this.#pickLoggers();
    return subscribeEach(this.#events, (definition) => {
      const level = definition.log?.level ?? 'debug';
      return SEVERITY_NUMBER[level] < minimum ? undefined : this.#emitter(definition, level, loggers);
    });
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
