import { type OptionParsers, parseOptions } from '../../configuration/options.js';
import { type Parser, parseFunction, parseSwitch } from '../../configuration/parse.js';
import type { InstrumentationsConfig, LibraryOptions } from './library-options.js';

const LIBRARY_OPTIONS: OptionParsers<LibraryOptions<never, never>> = {
  enabled: parseSwitch,
  requireParentSpan: parseSwitch,
  ignore: parseFunction,
  startHook: parseFunction,
  endHook: parseFunction,
  nameOf: parseFunction,
};

/** The options of all libraries differ only in the arguments of the hooks, which cannot be checked. */
const parseLibrary: Parser<never> = (value, setting) =>
  parseOptions(setting, value, LIBRARY_OPTIONS, (key) => `${setting}.${key}`) as never;

const LIBRARIES: OptionParsers<InstrumentationsConfig> = {
  onnxruntime: parseLibrary,
};

/** Parses the option `instrumentations`. @throws ConfigurationError for an unknown library or option, or an invalid value */
export const parseInstrumentations = (value: unknown): InstrumentationsConfig =>
  parseOptions('instrumentations', value, LIBRARIES, (key) => `instrumentations.${key}`);
