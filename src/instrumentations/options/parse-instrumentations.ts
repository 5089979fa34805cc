import { type OptionParsers, parseOptions } from '../../configuration/options.js';
import { type Parser, parseFunction, parseSwitch } from '../../configuration/parse.js';
import type {
  InstrumentationsConfig,
  LibraryOptions,
  ResourcePoolOptions,
  WorkerOptions,
} from './library-options.js';

const LIBRARY_OPTIONS: OptionParsers<LibraryOptions<never, never>> = {
  enabled: parseSwitch,
  requireParentSpan: parseSwitch,
  ignore: parseFunction,
  startHook: parseFunction,
  endHook: parseFunction,
  nameOf: parseFunction,
};

const { enabled, ignore, nameOf } = LIBRARY_OPTIONS;
/** Options of libraries without spans. */
const METRIC_OPTIONS: OptionParsers<
  Pick<LibraryOptions<never, never>, keyof WorkerOptions & keyof ResourcePoolOptions>
> = { enabled, ignore, nameOf };

/** The options of libraries differ only in the arguments of their hooks, which cannot be checked. */
const libraryParser =
  <T extends object>(options: OptionParsers<T>): Parser<never> =>
  (value, setting) =>
    parseOptions(setting, value, options, (key) => `${setting}.${key}`) as never;

const LIBRARIES: OptionParsers<InstrumentationsConfig> = {
  onnxruntime: libraryParser(LIBRARY_OPTIONS),
  piscina: libraryParser(LIBRARY_OPTIONS),
  workerpool: libraryParser(LIBRARY_OPTIONS),
  genericPool: libraryParser(METRIC_OPTIONS),
  transformers: libraryParser(LIBRARY_OPTIONS),
  workerThreads: libraryParser(METRIC_OPTIONS),
  childProcess: libraryParser(METRIC_OPTIONS),
  python: libraryParser(LIBRARY_OPTIONS),
};

/** Parses the option `instrumentations`. @throws ConfigurationError for an unknown library or option, or an invalid value */
export const parseInstrumentations = (value: unknown): InstrumentationsConfig =>
  parseOptions('instrumentations', value, LIBRARIES, (key) => `instrumentations.${key}`);
