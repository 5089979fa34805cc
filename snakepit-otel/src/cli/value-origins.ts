import { readFileSync } from 'node:fs';
import type { Environment } from 'opentelemetry-instrumentation-snakepit/internal';
import { parse } from 'yaml';
import { resolve } from '../configuration/resolve.js';
import { withEnvironment } from '../configuration/with-environment.js';
import { AGENT_DEFAULTS, type AgentFlags, agentOptions } from './agent-settings.js';
import { effectiveConfiguration, type FileContent, leavesOf, type Path } from './effective-configuration.js';

export const DEFAULT_ORIGIN = 'default';
/** Flags that stand for a setting. */
const SETTING_FLAGS = ['interval', 'host', 'port'] as const;
const FILE_VARIABLE = 'OTEL_CONFIG_FILE';
/** Substitutions in a file, as `${PORT}` and `${env:PORT:-9464}`. */
const SUBSTITUTION = /\$\{(?:env:)?([A-Za-z_]\w*)/g;

/** Returns the configuration of the agent as a file. */
export const configurationOf = (flags: AgentFlags): FileContent =>
  effectiveConfiguration(resolve(agentOptions(flags), process.env, AGENT_DEFAULTS));

/**
 * Returns where each value comes from, by its path as JSON: the flag, the variable or the file, else the default. Each flag and variable is
 * changed in turn, and what that changes in the configuration comes from it: so nothing has to be kept beside the code that resolves it.
 */
export function originsOf(flags: AgentFlags, environment: Environment): ReadonlyMap<string, string> {
  const content = configurationOf(flags);
  const file = flags.config ?? environment[FILE_VARIABLE];
  const given = file === undefined ? '' : readFileSync(file, 'utf8');
  const origins = new Map(leavesOf(content).map(([path]) => [JSON.stringify(path), DEFAULT_ORIGIN]));
  for (const path of origins.keys())
    if (isIn(parse(given), JSON.parse(path))) origins.set(path, `file ${file}`);

  const names = [
    ...Object.keys(environment),
    ...[...given.matchAll(SUBSTITUTION)].map(([, name = '']) => name),
  ];
  const variables = [...new Set(names)].filter((name) => {
    const isOfConfiguration = /^(?:SNAKEPIT_)?OTEL_/.test(name) || given.includes(name);
    return isOfConfiguration && name !== FILE_VARIABLE && environment[name]?.trim();
  });
  const changes = variables.map((name) => ({
    name,
    paths: changedBy(name, environment[name] as string, flags),
  }));
  // What depends on one variable alone comes from it, even if another one decides whether it exists.
  for (const { name, paths } of changes.toSorted((a, b) => b.paths.length - a.paths.length)) {
    for (const path of paths) if (origins.has(path)) origins.set(path, name);
  }
  for (const name of SETTING_FLAGS) {
    const value = flags[name];
    if (value === undefined) continue;
    const other = typeof value === 'number' ? value + 1 : `${value}x`;
    const changed = configurationOf({ ...flags, [name]: other });
    for (const path of differences(content, changed)) if (origins.has(path)) origins.set(path, `--${name}`);
  }
  return origins;
}

/** Returns the paths of the values that change if a variable has another value, or if it has none. */
function changedBy(name: string, value: string, flags: AgentFlags): string[] {
  const content = configurationOf(flags);
  for (const other of [otherThan(value), undefined]) {
    const paths = differences(
      content,
      attempt(() => withEnvironment({ [name]: other }, () => configurationOf(flags))),
    );
    if (paths.length > 0) return paths;
  }
  return [];
}

/** Returns a value of the same kind. */
function otherThan(text: string): string {
  if (/^\d+$/.test(text)) return String(Number(text) + 1);
  if (/^(?:true|false)$/i.test(text)) return String(text.toLowerCase() !== 'true');
  return text.includes('://') ? `${text}/x` : `${text}x`;
}

function attempt(work: () => FileContent): FileContent | undefined {
  try {
    return work();
  } catch {
    // The other value cannot be used.
    return undefined;
  }
}

/** Returns the paths, as JSON, of the values that are not the same in another configuration. */
export function differences(before: FileContent, after: FileContent | undefined): string[] {
  if (after === undefined) return [];
  const values = new Map(
    leavesOf(after).map(([path, value]) => [JSON.stringify(path), JSON.stringify(value)]),
  );
  return leavesOf(before).flatMap(([path, value]) => {
    const key = JSON.stringify(path);
    return values.get(key) === JSON.stringify(value) ? [] : [key];
  });
}

const isIn = (content: unknown, path: Path): boolean => {
  let current = content;
  for (const key of path) {
    // `gpu: true` is short for `gpu: { enabled: true }`.
    if (typeof current === 'boolean' && key === 'enabled') return true;
    if (typeof current !== 'object' || current === null || !(key in current)) return false;
    current = (current as Record<string, unknown>)[key];
  }
  return true;
};
