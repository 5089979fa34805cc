// Compares the start of a program that imports the package with that of one that imports only what the package depends on.
import { execFileSync } from 'node:child_process';
import { compare, report } from '../compare.mjs';

const DEPENDENCIES = ['@opentelemetry/api', '@opentelemetry/instrumentation'];
const PACKAGE = 'opentelemetry-instrumentation-snakepit';
const FORMATS = [
  { format: 'module', load: (name) => `import '${name}';` },
  { format: 'commonjs', load: (name) => `require('${name}');` },
];

const comparisons = [];
for (const { format, load } of FORMATS) {
  const start = (names) =>
    execFileSync(process.execPath, [`--input-type=${format}`, '--eval', names.map(load).join('')]);
  const times = await compare(
    { dependencies: () => start(DEPENDENCIES), package: () => start([...DEPENDENCIES, PACKAGE]) },
    { rounds: 15, calls: 1 },
  );
  comparisons.push({
    title: `start of a program that imports the package: ${format}`,
    target: 1.3,
    baseline: 'dependencies',
    ours: 'package',
    times,
  });
}
report(comparisons);
