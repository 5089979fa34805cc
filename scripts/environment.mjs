// `npm run environment`: writes docs/environment.md. For each variable of OpenTelemetry's specification, a process unset, with a valid
// and with an invalid value, under this distribution and under OpenTelemetry's own, observed by a collector. Takes minutes.
// `npm run environment -- NAME` prints the outcomes of the variables whose name matches the pattern NAME.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtOnce } from './backends/cache.mjs';
import { CASES } from './environment/cases.mjs';
import { writeFiles } from './environment/files.mjs';
import { judge } from './environment/judge.mjs';
import { observe } from './environment/observe.mjs';
import { findDefects, renderEnvironment } from './environment/render.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HOST = new URL('./environment/host/', import.meta.url);
const hostFile = (name) => readFileSync(new URL(name, HOST), 'utf8');
const [filter = ''] = process.argv.slice(2);

execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: ROOT, stdio: 'inherit' });
const host = await builtOnce('environment', hostFile('package-lock.json'), async (folder) => {
  for (const name of ['package.json', 'package-lock.json']) writeFileSync(join(folder, name), hostFile(name));
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
  });
});
const distributions = {
  ours: { folder: ROOT, register: 'snakepit-otel/register' },
  theirs: { folder: host, register: '@opentelemetry/auto-instrumentations-node/register' },
};

const { folder, files } = writeFiles();
const names = Object.keys(CASES).filter((name) => new RegExp(filter).test(name));
const results = {};
const failures = [];
const queue = [...names];
const work = async () => {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const outcomes = {};
    try {
      for (const [key, distribution] of Object.entries(distributions)) {
        outcomes[key] = await judge(name, CASES[name], (situation) =>
          observe(distribution, situation, files),
        );
      }
      results[name] = outcomes;
      console.log(name, JSON.stringify(outcomes));
    } catch (error) {
      failures.push(`${name}: ${error.message}`);
      console.error(failures.at(-1));
    }
  }
};
await Promise.all(cpus().slice(0, 4).map(work));
rmSync(folder, { recursive: true });

if (filter === '' && failures.length === 0) {
  const { specification } = JSON.parse(
    readFileSync(join(ROOT, 'snakepit-otel/test/fixtures/specified-variables.json'), 'utf8'),
  );
  const { version } = JSON.parse(
    readFileSync(join(host, 'node_modules/@opentelemetry/auto-instrumentations-node/package.json'), 'utf8'),
  );
  const inOrder = Object.fromEntries(names.map((name) => [name, results[name]]));
  writeFileSync(join(ROOT, 'docs/environment.md'), renderEnvironment(inOrder, { specification, version }));
}
const defects = findDefects(results);
for (const defect of defects) console.error(defect);
if (failures.length > 0 || defects.length > 0) process.exitCode = 1;
