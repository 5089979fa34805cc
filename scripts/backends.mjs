// `npm run backends -- up|down|status|env`: a real Collector, Jaeger and Prometheus on loopback, without Docker.
import { environmentOf, installBackends, startBackends } from './backends/backends.mjs';
import { BackendUnavailable } from './backends/command.mjs';
import { isHealthy, isRunning, stopProgram } from './backends/program.mjs';
import { clearState, RUN_FOLDER, readState, writeState } from './backends/state.mjs';

const commands = {
  /** Starts them, unless all are running; what is left of earlier ones makes way. */
  async up() {
    let backends = readState();
    if (!backends?.programs.every(isRunning)) {
      await commands.down();
      backends = await startBackends({ folder: RUN_FOLDER, ports: 'preferred' });
      writeState(backends);
    }
    return status(backends);
  },
  async down() {
    await Promise.all(readState()?.programs.map(stopProgram) ?? []);
    clearState();
    return 0;
  },
  async status() {
    return status(readState());
  },
  /** Shell assignments, for `eval "$(npm run --silent backends -- env)"`. */
  async env() {
    const backends = readState();
    if (backends === undefined) return status(backends);
    for (const [name, value] of Object.entries(environmentOf(backends)))
      console.log(`export ${name}=${value}`);
    return 0;
  },
  /** Builds or finds the programs, and starts nothing. */
  async install() {
    for (const [name, path] of Object.entries(await installBackends())) console.log(`${name}: ${path}`);
    return 0;
  },
};

const command = process.argv[2];
if (process.argv.length !== 3 || !Object.hasOwn(commands, command)) {
  console.error(`usage: npm run backends -- ${Object.keys(commands).join('|')}`);
  process.exit(2);
}
try {
  process.exitCode = await commands[command]();
} catch (error) {
  console.error(error instanceof BackendUnavailable ? error.message : error);
  process.exitCode = 1;
}

/** Says what runs; 0 when all of it is healthy. */
async function status(backends) {
  if (backends === undefined) {
    console.error('The backends are down: npm run backends -- up');
    return 1;
  }
  let unhealthy = 0;
  for (const program of backends.programs) {
    const state = !isRunning(program) ? 'ended' : (await isHealthy(program)) ? 'healthy' : 'not healthy';
    if (state !== 'healthy') unhealthy += 1;
    console.log(`${program.name.padEnd(10)} ${state.padEnd(11)} pid ${program.pid}  ${program.log}`);
  }
  for (const [name, value] of Object.entries(environmentOf(backends))) console.log(`${name}=${value}`);
  return unhealthy === 0 ? 0 : 1;
}
