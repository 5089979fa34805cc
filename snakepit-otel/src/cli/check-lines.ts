import type { Check, Checks } from './check.js';
import { RELAY_CURE } from './relay.js';

/** Returns checks as lines for people. */
export function checkLines({ inputs, exporters, pods, agent }: Checks): string[] {
  return [
    ...section('Inputs:', inputs),
    ...section('Exporters:', exporters),
    ...(pods === undefined ? [] : section('Kubernetes:', [pods])),
    ...(agent === undefined ? ['Agent: none runs.'] : agentLines(agent)),
  ];
}

const section = (title: string, checks: readonly Check[]): string[] => [
  checks.length === 0 ? `${title} none` : title,
  ...checks.flatMap(linesOf),
];

function linesOf({ name, address, ok, detail, problem, isConfigured }: Check): string[] {
  const mark = ok ? '✓' : isConfigured ? '✗' : '!';
  return [
    `${mark} ${name}${address === undefined ? '' : `  ${address}`}`,
    ...(detail === undefined ? [] : [`    ${detail}`]),
    ...(problem === undefined ? [] : [`    cause: ${problem.cause}`]),
    ...(problem?.remedy === undefined ? [] : [`    remedy: ${problem.remedy}`]),
  ];
}

function agentLines({ version, workers, relay }: NonNullable<Checks['agent']>): string[] {
  return [
    `Agent: version ${version} runs.`,
    ...workers.map(
      ({ worker, pool, state }) => `  worker ${worker}${pool === undefined ? '' : ` of ${pool}`}: ${state}`,
    ),
    ...(relay === 'ok'
      ? []
      : [
          `${relay === 'ended' ? '✗' : '!'} relay of Python events`,
          `    cause: ${RELAY_CURE.cause}${relay === 'silent' ? ', or its tools send none' : ''}`,
          `    remedy: ${RELAY_CURE.remedy}`,
        ]),
  ];
}
