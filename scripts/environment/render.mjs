import { CASES } from './cases.mjs';
import { STOPPED } from './judge.mjs';

/** Variables that name an exporter that this distribution does not have. */
const WITHOUT_EXPORTER = 'ZIPKIN';

const code = (text) => (text === undefined ? '' : `\`${text}\``);
const isGood = (outcome) => ['default', 'honored', 'warned', STOPPED, undefined].includes(outcome);

/** Returns a line for each outcome of ours that harms, hides something, or is worse than theirs. */
export function findDefects(results) {
  return Object.entries(results).flatMap(([name, { ours, theirs }]) => {
    const bad = Object.entries(ours).filter(([, outcome]) => !isGood(outcome));
    const isWorse = theirs.set === 'honored' && ours.set !== 'honored' && !name.includes(WITHOUT_EXPORTER);
    return [
      ...bad.map(([kind, outcome]) => `${name}, ${kind}: ${outcome}`),
      ...(isWorse ? [`${name}: ${ours.set}, but honored by the other distribution`] : []),
    ];
  });
}

function count(results, key) {
  const outcomes = Object.values(results).flatMap((each) => [each[key].set, each[key].invalid ?? []].flat());
  const bad = outcomes.filter((outcome) => !isGood(outcome));
  const ignored = bad.filter((outcome) => outcome === 'ignored').length;
  const [honored, warned] = ['honored', 'warned'].map(
    (kind) => outcomes.filter((outcome) => outcome.split(',')[0] === kind && isGood(outcome)).length,
  );
  return [honored, warned, ignored, bad.length - ignored];
}

/** @param {Record<string, { ours: object, theirs: object }>} results */
export function renderEnvironment(results, { specification, version }) {
  const row = (cells) => `| ${cells.join(' | ')} |`;
  const head = [
    'variable',
    'valid value',
    'invalid value',
    'unset',
    'valid',
    'invalid',
    'unset, auto',
    'valid, auto',
    'invalid, auto',
  ];
  const rows = Object.entries(results).map(([name, { ours, theirs }]) => {
    const shown = ({ unset, set, invalid = '' }) => [unset, set, invalid];
    const { valid, invalid } = CASES[name];
    return [code(name), code(valid), code(invalid), ...shown(ours), ...shown(theirs)];
  });
  return [
    '# Variables of the environment',
    '',
    '<!-- Written by `npm run environment`; edit scripts/environment/cases.mjs instead. -->',
    '',
    `Each variable of OpenTelemetry's specification ${specification}, under \`--import snakepit-otel/register\` and, in the columns`,
    `"auto", under \`--import @opentelemetry/auto-instrumentations-node/register\` ${version}, which takes the same line of the SDK.`,
    'Each cell is a process of its own: a program that uses the API only, observed by a collector that receives its exports.',
    '[Configuration](configuration.md) lists the accepted values and the defaults.',
    '',
    '- honored: the collector, the metrics page or the output show the effect of the value.',
    '- warned: a line names the variable or the value; the default applies.',
    '- warned, no telemetry: a line names the file, without which neither the other variables nor the defaults apply.',
    '- ignored: no effect and no line. With "lost", these signals do not arrive any more.',
    '- does not end: the program still runs 30 s after its work. The collector gives no response in the probes of time limits.',
    '',
    row(['', 'honored', 'warned', 'ignored', 'in part, lost, or does not end']),
    row(['---', '---', '---', '---', '---']),
    row(['`snakepit-otel`', ...count(results, 'ours')]),
    row(['`auto-instrumentations-node`', ...count(results, 'theirs')]),
    '',
    'In values, `$other` is the URL of another collector, `$page` a free port, and the others are paths of files.',
    '',
    row(head),
    row(head.map(() => '---')),
    ...rows.map(row),
    '',
  ].join('\n');
}
