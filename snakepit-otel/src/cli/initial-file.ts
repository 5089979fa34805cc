import { Document, isMap, isPair, isScalar } from 'yaml';
import { resolve } from '../configuration/resolve.js';
import { settingEntries } from '../configuration/settings.js';
import { AGENT_DEFAULTS, agentOptions } from './agent-settings.js';
import { effectiveConfiguration, type Path } from './effective-configuration.js';
import { differences } from './value-origins.js';

const SERVICE_NAME = 'snakepit-otel';
const ENDPOINT = 'http://127.0.0.1:4318';
const HEAD = ` Configuration of snakepit-otel: OpenTelemetry's declarative configuration, file format 1.0.
 Run it with: snakepit-otel --config FILE
 Lines with '#' and no space after it are settings that are not in use. To use them, delete the '#'.`;
const OWN: Path = ['instrumentation/development', 'js', 'snakepit'];
/** Comments of what no setting describes. */
const SECTIONS: Readonly<Record<string, string>> = {
  meter_provider: ' Metrics: a page for Prometheus; the second reader exports them over OTLP.',
  tracer_provider: ' Spans, over OTLP.',
  logger_provider: ' Log records, over OTLP.',
};

/** Returns the file of `init`: the agent's defaults in use, and the export over OTLP as a comment. Descriptions are those of the settings. */
export function initialFile(): string {
  const variables: Record<string, string> = {
    OTEL_SERVICE_NAME: SERVICE_NAME,
    OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT,
  };
  for (const [, { env, default: value }] of settingEntries()) {
    if (env?.startsWith('OTEL_') && ['number', 'string'].includes(typeof value))
      variables[env] = String(value);
  }
  const content = contentOf(variables);
  const document = new Document(content);
  // The agent handles signals itself.
  document.deleteIn([...OWN, 'handle_signals']);
  document.commentBefore = HEAD;
  for (const [path, text] of [...descriptionsOf(variables), ...ownDescriptions()])
    comment(document, path, text);
  for (const [section, text] of Object.entries(SECTIONS)) comment(document, [section], text);
  const text = document.toString({ lineWidth: 0 });
  return [
    commentOut(/^tracer_provider:/, /^\S/),
    commentOut(/^logger_provider:/, /^\S/),
    commentOut(/^ {4}- periodic:/, /^ {0,4}\S/),
    commentOut(/^ {6}inputs:/, /^ {0,6}\S/),
  ].reduce((result, change) => change(result), text);
}

const contentOf = (environment: Readonly<Record<string, string>>) =>
  effectiveConfiguration(resolve(agentOptions({}), environment, AGENT_DEFAULTS));

/** Returns the description of each value that a setting with a variable of OpenTelemetry sets: what changes with the variable. */
function descriptionsOf(variables: Readonly<Record<string, string>>): [Path, string][] {
  const before = contentOf(variables);
  return settingEntries().flatMap(([, { env = '', description }]): [Path, string][] => {
    const value = variables[env];
    if (value === undefined) return [];
    const other = /^\d+$/.test(value) ? String(Number(value) - 1) : `${value}/x`;
    const paths = differences(before, contentOf({ ...variables, [env]: other }));
    return paths.map((path) => [JSON.parse(path), ` ${description}`]);
  });
}

const ownDescriptions = (): [Path, string][] =>
  settingEntries().flatMap(([, { fileKey, description }]): [Path, string][] =>
    // A duration has its unit in a file.
    fileKey === undefined ? [] : [[[...OWN, ...fileKey.split('.')], ` ${description.replace(/, ms$/, '')}`]],
  );

/** Puts a comment before a key. */
function comment(document: Document, path: Path, text: string): void {
  const parent = document.getIn(path.slice(0, -1), true);
  const holder = path.length === 1 ? document.contents : parent;
  if (!isMap(holder)) return;
  const pair = holder.items.find(
    (item) => isPair(item) && isScalar(item.key) && item.key.value === path.at(-1),
  );
  if (isScalar(pair?.key)) pair.key.commentBefore = text;
}

/** Returns a function that makes comments of the lines from one that matches `begin` until one that matches `end`. */
const commentOut =
  (begin: RegExp, end: RegExp) =>
  (text: string): string => {
    let isInside = false;
    return text
      .split('\n')
      .map((line) => {
        const isComment = /^\s*#/.test(line);
        if (begin.test(line)) isInside = true;
        else if (end.test(line) && !isComment) isInside = false;
        return isInside && !isComment ? line.replace(/\S/, '#$&') : line;
      })
      .join('\n');
  };
