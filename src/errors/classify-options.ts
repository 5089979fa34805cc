import { ConfigurationError } from '../configuration/configuration-error.js';
import type { OptionParsers } from '../configuration/options.js';
import { listParser, type Parser, parseSwitch } from '../configuration/parse.js';
import type { ClassifyOptions } from './classify.js';
import type { PythonErrorMatcher } from './python-error-matcher.js';

const parseMatcher: Parser<PythonErrorMatcher> = (value, setting) => {
  if (typeof (Object(value) as Partial<PythonErrorMatcher>).match === 'function')
    return value as PythonErrorMatcher;
  throw new ConfigurationError(
    setting,
    value,
    'an object with the method match(), as of pythonErrorMatcher()',
  );
};

/** Parsers of the options of a classification. */
export const CLASSIFY_OPTIONS: OptionParsers<ClassifyOptions> = {
  matchers: listParser(parseMatcher),
  explain: parseSwitch,
};
