// Runs the test suites of libraries without and with the instrumentation, and fails unless the results are equal:
//
//   node scripts/upstream-suites.mjs [--opossum DIR] [--cockatiel DIR] [--piscina DIR] [--python-shell DIR]
//     [--workerpool DIR] [--generic-pool DIR] [--only NAME] [--runs N]
//
// With N runs of each, a test may fail in some of both: it is a difference if it fails in all of one kind and in none of the other.
//
// DIR is a checkout. Without it, the sources are cloned from GitHub, in the installed version but for python-shell; the package of piscina
// has its tests. NAME is one of SUITES. The dependencies of the suites are installed from the npm registry, in a temporary folder.
//
// The package of onnxruntime-node has no tests, and those in its repository need models that its build downloads.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const preload = fileURLToPath(
  new URL('../test/instrumentations/programs/upstream-preload.cjs', import.meta.url),
);
const installHook = `import { register } from 'node:module'; register('@opentelemetry/instrumentation/hook.mjs', '${import.meta.url}');`;
/** Options for a library that is an ES module: the loader hook that patches it sees `import`, not `require`. */
const moduleOptions = `--no-experimental-require-module ${importOption(installHook)}`;

/** Counts in the output of most reporters in the format TAP. */
const TAP = { passed: /^# pass +(\d+)/m, failed: /^# fail +(\d+)/m };

const piscina = {
  library: 'piscina',
  tools: /^(abort-controller|concat-stream|tsx|typescript)$/,
  command: ['--import=tsx', '--test', '--test-reporter=tap', '--test-concurrency=1'],
  files: /\.test\.ts$/,
  ...TAP,
};
/** How to prepare and run each suite, and how to read the counts in its output. */
const SUITES = {
  opossum: {
    repository: 'https://github.com/nodeshift/opossum.git',
    tools: /^tape$/,
    command: ['node_modules/tape/bin/tape', 'test/*.js'],
    ...TAP,
  },
  cockatiel: {
    repository: 'https://github.com/connor4312/cockatiel.git',
    tools: /^(@types\/|chai|mocha$|sinon|source-map-support$|typescript$)/,
    build: ['node_modules/typescript/bin/tsc'],
    command: ['node_modules/mocha/bin/mocha.js', '--reporter', 'tap'],
    ...TAP,
  },
  'python-shell': {
    repository: 'https://github.com/extrabacon/python-shell.git',
    // Its versions have no tags.
    branch: 'master',
    tools: /^(@types\/|mocha$|should$|ts-node$|typescript$)/,
    command: ['node_modules/mocha/bin/_mocha', '--reporter', 'tap', '--require', 'ts-node/register'],
    files: /\.ts$/,
    ...TAP,
  },
  piscina: { ...piscina, installed: 'piscina' },
  workerpool: {
    repository: 'https://github.com/josdejong/workerpool.git',
    // Built files that its repository lacks.
    generated: 'src/generated',
    tools: /^(mocha|date-format|find-process|fs-extra)$/,
    command: ['node_modules/mocha/bin/mocha.js', '--reporter', 'tap', 'test'],
    ...TAP,
    // Its tests cancel tasks 50 to 200 ms after the start of a worker, which takes longer with an SDK in it.
    workers: 'plain',
  },
  'generic-pool': {
    repository: 'https://github.com/coopernurse/node-pool.git',
    tools: /^tap$/,
    command: ['node_modules/tap/bin/run.js', '--no-coverage', '--reporter=classic', 'test/*-test.js'],
    passed: /^ +(\d+) passing/m,
    failed: /^ +(\d+) failing/m,
  },
  'piscina-v6': { ...piscina, installed: 'piscina-v6', node: 22 },
};

const {
  values: { only, runs, ...checkouts },
} = parseArgs({
  options: {
    opossum: { type: 'string' },
    cockatiel: { type: 'string' },
    piscina: { type: 'string' },
    workerpool: { type: 'string' },
    'generic-pool': { type: 'string' },
    'python-shell': { type: 'string' },
    only: { type: 'string' },
    runs: { type: 'string', default: '1' },
  },
});
const work = mkdtempSync(join(tmpdir(), 'upstream-suites-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });

for (const [name, suite] of Object.entries(SUITES)) {
  if (only !== undefined && only !== name) continue;
  if (Number.parseInt(process.versions.node, 10) < suite.node) {
    console.log(`${name}: left out, as it needs Node ${suite.node}`);
    continue;
  }
  const folder = prepare(name, suite);
  const { version, type } = packageOf(folder);
  const file = join(work, `${name}.events`);
  const baseOptions = type === 'module' ? moduleOptions : '';
  const instrumentation = {
    NODE_OPTIONS: `--require "${preload}" ${baseOptions}`,
    UPSTREAM_EVENTS: file,
    UPSTREAM_WORKERS: suite.workers ?? 'instrumented',
  };
  const plain = [];
  const instrumented = [];
  for (let i = 0; i < Number(runs); i++) {
    plain.push(run(folder, suite, { NODE_OPTIONS: baseOptions }));
    instrumented.push(run(folder, suite, instrumentation));
  }
  const events = sum(readFileSync(file, 'utf8'));
  console.log(
    `${name} ${version}: plain ${summary(plain)}; instrumented ${summary(instrumented)}, ${events} events`,
  );
  const failures = compareFailures(plain, instrumented);
  for (const failure of failures) console.log(`  failed in ${failure.text}`);
  const isEqual =
    overlap(plain, instrumented, 'passed') &&
    overlap(plain, instrumented, 'failed') &&
    failures.every(({ isEqual }) => isEqual);
  if (!isEqual || instrumented.some(({ passed }) => passed === 0) || events === 0) {
    console.log(instrumented.at(-1).output);
    process.exitCode = 1;
  }
}

/** Puts the sources and their dependencies into a folder `node_modules`, where module hooks find packages. Returns the folder. */
function prepare(name, { repository, generated, branch, tools, build, library = name, installed: alias }) {
  const folder = join(work, name, 'node_modules', library);
  if (checkouts[name] !== undefined) {
    cpSync(checkouts[name], folder, {
      recursive: true,
      filter: (path) => !path.slice(checkouts[name].length).includes('node_modules'),
    });
  } else if (alias !== undefined) {
    cpSync(new URL(`../node_modules/${alias}`, import.meta.url), folder, { recursive: true });
  } else {
    const installed = new URL(`../node_modules/${name}/package.json`, import.meta.url);
    const { version } = JSON.parse(readFileSync(installed, 'utf8'));
    const ref = branch ?? `v${version}`;
    execFileSync('git', ['clone', '-q', '--depth', '1', '--branch', ref, repository, folder], {
      stdio: 'inherit',
    });
  }
  if (generated !== undefined) {
    const built = new URL(`../node_modules/${name}/${generated}`, import.meta.url);
    cpSync(built, join(folder, generated), { recursive: true });
  }
  // Only the development dependencies that the tests need.
  const description = packageOf(folder);
  const needed = Object.entries(description.devDependencies).filter(([tool]) => tools.test(tool));
  description.devDependencies = Object.fromEntries(needed);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(description));
  rmSync(join(folder, 'package-lock.json'), { force: true });
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  execFileSync('npm', ['install', ...options], { cwd: folder, stdio: 'inherit' });
  if (build !== undefined) execFileSync(process.execPath, build, { cwd: folder, stdio: 'inherit' });
  return folder;
}

function run(folder, { command, files, passed, failed }, environment) {
  const names =
    files === undefined ? [] : readdirSync(join(folder, 'test')).filter((name) => files.test(name));
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...command, ...names.map((name) => `test/${name}`)],
    {
      cwd: folder,
      env: { ...process.env, ...environment },
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    },
  );
  const output = stdout + stderr;
  const number = (pattern) => Number(pattern.exec(output)?.[1] ?? 0);
  const failures = [...output.matchAll(/^ *not ok \d+ (.*)$/gm)].map(([, name]) => name);
  return { output, passed: number(passed), failed: number(failed), failures };
}

/** Returns the option of Node that runs a source before the program. */
function importOption(source) {
  return `--import "data:text/javascript,${encodeURIComponent(source)}"`;
}

function packageOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** Returns how many tests passed and failed, in all runs. */
function summary(results) {
  const range = (key) => [...new Set(extremes(results, key))].join(' to ');
  return `${range('passed')} passed, ${range('failed')} failed`;
}

/** Returns the smallest and the largest number of the runs. */
function extremes(results, key) {
  const numbers = results.map((result) => result[key]);
  return [Math.min(...numbers), Math.max(...numbers)];
}

/** Returns true unless all numbers of one kind of run are above those of the other. */
function overlap(some, others, key) {
  const [low, high] = extremes(some, key);
  const [lowest, highest] = extremes(others, key);
  return low <= highest && lowest <= high;
}

/** Returns each test that failed in any run, with the number of runs. Equal numbers of failures may hide that other tests fail. */
function compareFailures(plain, instrumented) {
  const names = new Set([...plain, ...instrumented].flatMap(({ failures }) => failures));
  return [...names].map((name) => {
    const [ofPlain, ofInstrumented] = [plain, instrumented].map(
      (results) => results.filter(({ failures }) => failures.includes(name)).length,
    );
    const text = `${ofPlain} plain and ${ofInstrumented} instrumented of ${runs} runs: ${name}`;
    return { text, isEqual: Math.abs(ofPlain - ofInstrumented) < Number(runs) };
  });
}

/** Returns the sum of the lines: each process of a suite writes its number of events. */
function sum(lines) {
  return lines
    .trim()
    .split('\n')
    .reduce((total, line) => total + Number(line), 0);
}
