// `npm run backends -- up|down|status|env|install`: a real Collector, Jaeger and Prometheus on loopback, without Docker.
import { environmentOf, installBackends, startBackends } from './backends/backends.mjs';
import { BackendUnavailable } from './backends/command.mjs';
import { isHealthy, isRunning, stopProgram } from './backends/program.mjs';
import { clearState, RUN_FOLDER, readState, writeState } from './backends/state.mjs';

const commands = {
  /** Starts the backends unless all are running. Stops what is left of an earlier start first. */
  async up() {
    let backends = readState();
    if (!backends?.programs.every(isRunning)) {
      await commands.down();
      backends = await startBackends({ folder: RUN_FOLDER, ports: 'preferred' });
      writeState(backends);
    }
    return printStatus(backends);
  },
  /** Stops the backends and deletes their logs and data. */
  async down() {
    await Promise.all(readState()?.programs.map(stopProgram) ?? []);
    clearState();
    return 0;
  },
  /** Prints each program and the URLs. Exits with 0 if all are healthy. */
  async status() {
    return printStatus(readState());
  },
  /** Prints shell assignments, for `eval "$(npm run --silent backends -- env)"`. */
  async env() {
    const backends = readState();
    if (backends === undefined) return printStatus(backends);
    for (const [name, value] of Object.entries(environmentOf(backends)))
      console.log(`export ${name}=${value}`);
    return 0;
  },
  /** Finds or builds the programs without starting them. */
  async install() {
    for (const [name, path] of Object.entries(await installBackends())) console.log(`${name}: ${path}`);
    return 0;
  },
};

const USAGE = `Usage: npm run backends -- <command>

Commands:
  up        start the Collector, Jaeger and Prometheus (builds them with Go the first time)
  status    show whether they are healthy, and their URLs
  env       print shell assignments: eval "$(npm run --silent backends -- env)"
  down      stop them and delete their logs and data
  install   find or build the programs only`;

const command = process.argv[2];
if (process.argv.length !== 3 || !Object.hasOwn(commands, command)) {
  console.error(USAGE);
  process.exit(2);
}
try {
  process.exitCode = await commands[command]();
} catch (error) {
  console.error(error instanceof BackendUnavailable ? error.message : error);
  process.exitCode = 1;
}

/** Prints the state of each program. @returns {Promise<number>} exit code: 0 if all are healthy */
async function printStatus(backends) {
  if (backends === undefined) {
    console.error('The backends are not running. Start them with: npm run backends -- up');
    return 1;
  }
  let unhealthy = 0;
  for (const program of backends.programs) {
    const state = !isRunning(program) ? 'exited' : (await isHealthy(program)) ? 'healthy' : 'unhealthy';
    if (state !== 'healthy') unhealthy += 1;
    console.log(`${program.name.padEnd(10)} ${state.padEnd(11)} pid ${program.pid}  ${program.log}`);
  }
  for (const [name, value] of Object.entries(environmentOf(backends))) console.log(`${name}=${value}`);
  return unhealthy === 0 ? 0 : 1;
}
