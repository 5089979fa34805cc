import { resolve } from '../configuration/resolve.js';
import { AGENT_DEFAULTS, agentOptions } from './agent-settings.js';
import type { Checks } from './check.js';
import { checkLines } from './check-lines.js';
import { FAILED, SUCCEEDED } from './command.js';
import { diagnosisLines } from './diagnosis-lines.js';
import { checkExporters, checkPage, metricsPage } from './exporter-checks.js';
import { type Diagnosis, diagnose } from './gpu-diagnosis.js';
import { checkInputs } from './input-checks.js';
import { checkPods } from './pod-check.js';
import { runningAgent } from './running-agent.js';

/** Flags of the command. */
interface DoctorFlags {
  readonly config?: string | undefined;
  readonly json?: true | undefined;
}

/**
 * Checks GPUs, their pods, inputs, exporters and the running agent, and prints cause and remedy of each problem.
 *
 * @returns the exit code: 1 if no GPU can be read, or if a configured input or exporter does not work
 * @throws ConfigurationError for a setting that cannot be used
 */
export async function runDoctor({ config, json }: DoctorFlags): Promise<number> {
  const [diagnosis, checks] = await Promise.all([diagnose(), check(config)]);
  if (json) console.log(JSON.stringify({ ...diagnosis, ...checks }, undefined, 2));
  else for (const line of [...checkLines(checks), ...diagnosisLines(diagnosis)]) console.log(line);
  return isFine(diagnosis, checks) ? SUCCEEDED : FAILED;
}

async function check(config: string | undefined): Promise<Checks> {
  const configuration = resolve(agentOptions({ config }), process.env, AGENT_DEFAULTS);
  const page = metricsPage(configuration);
  const agent = await runningAgent(page?.origin);
  const hasFile = config !== undefined || Boolean(process.env.OTEL_CONFIG_FILE);
  // Results come without timers that keep the process alive.
  const keepAlive = setInterval(() => {}, 1000);
  const [inputs, exporters, pages, pods] = await Promise.all([
    checkInputs(configuration),
    checkExporters(configuration),
    page === undefined ? [] : checkPage(page, agent !== undefined, hasFile).then((each) => [each]),
    checkPods(configuration),
  ]).finally(() => clearInterval(keepAlive));
  return { inputs, exporters: [...pages, ...exporters], ...(pods && { pods }), ...(agent && { agent }) };
}

const isFine = ({ healthy }: Diagnosis, { inputs, exporters, pods, agent }: Checks): boolean =>
  healthy &&
  agent?.relay !== 'ended' &&
  [...inputs, ...exporters, ...(pods === undefined ? [] : [pods])].every(
    ({ ok, isConfigured }) => ok || !isConfigured,
  );
