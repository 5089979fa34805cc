import { readFileSync } from 'node:fs';
import type { ConfigurationModel } from '@opentelemetry/configuration';
import { errorMessage } from 'opentelemetry-instrumentation-snakepit/internal';
import { INPUTS, type InputName, type InputsOptions } from '../configuration/inputs.js';
import type { ResolvedConfiguration } from '../configuration/resolve.js';
import { Inputs } from '../inputs/inputs.js';
import { CallSpans } from '../inputs/otlp/call-spans.js';
import { startAccounting } from '../sdk/current-accounting.js';
import { Forwarding } from '../sdk/forwarding/forwarding.js';
import { type Check, problem } from './check.js';
import { type ProbeResult, probeHttp, probeOtlp, probeSocket } from './probe-input.js';

/** Sends a line through each input: to the process that listens there, else to a listener of our own. */
export function checkInputs({ settings, defaultInputs, model }: ResolvedConfiguration): Promise<Check[]> {
  const given = settings.inputs ?? {};
  const all = { ...defaultInputs, ...given };
  const names = INPUTS.filter((name) => all[name]);
  return Promise.all(names.map((name) => checkInput(name, all, Boolean(given[name]), model)));
}

async function checkInput(
  name: InputName,
  all: InputsOptions,
  isConfigured: boolean,
  model: ConfigurationModel,
): Promise<Check> {
  const common = { name: `input ${name}`, isConfigured };
  if (name === 'stdin') return { ...common, ok: true, detail: 'is read once the agent runs' };
  // A second reader would take half of the events of the agent that runs.
  if (name === 'workers') return { ...common, ok: true, detail: 'are read once the agent runs' };
  const fail = (error: unknown) => ({ ...common, ok: false, problem: explain(error) });
  const quiet = () => {};
  let inputs: Inputs;
  let token: string | undefined;
  try {
    const otlpTargets = { forwarding: new Forwarding(model, startAccounting()), calls: new CallSpans() };
    inputs = new Inputs({ [name]: all[name] }, {}, quiet, otlpTargets);
    token = tokenOf(all[name]);
  } catch (error) {
    return fail(error);
  }
  const address = inputs.states[0]?.address ?? '';
  const probe = name === 'otlp' ? probeOtlp : probeLine;
  const first = await probe(address, token);
  if (first !== 'absent')
    return outcome(first, { ...common, address }, 'a line arrived at the running agent');
  try {
    await inputs.start();
    const own = await probe(inputs.states[0]?.address ?? '', token);
    return outcome(own, { ...common, address }, 'no agent runs; a line arrived at a listener of the doctor');
  } catch (error) {
    return { ...fail(error), address };
  } finally {
    await inputs.stop();
  }
}

function probeLine(address: string, token: string | undefined): Promise<ProbeResult> {
  if (address.startsWith('http://')) return probeHttp(address, token);
  if (!address.startsWith('tcp://')) return probeSocket({ path: address }, token);
  const [, host = '', port = ''] = /^tcp:\/\/(.*):(\d+)$/.exec(address) ?? [];
  return probeSocket({ host, port: Number(port) }, token);
}

const outcome = (
  result: ProbeResult,
  common: Pick<Check, 'name' | 'address' | 'isConfigured'>,
  detail: string,
): Check => {
  if (result === 'arrived') return { ...common, ok: true, detail };
  return {
    ...common,
    ok: false,
    problem: result === 'absent' ? problem('nobody listens', undefined) : result,
  };
};

const tokenOf = (options: InputsOptions[InputName]): string | undefined => {
  const file = typeof options === 'object' && 'tokenFile' in options ? options.tokenFile : undefined;
  return file === undefined ? undefined : readFileSync(file, 'utf8').trim();
};

/** Splits a message of ours into its cause and its advice. */
function explain(error: unknown) {
  const [, cause = '', remedy] = /^(.*?\.)(?: (Set .*|Did you mean .*))?$/.exec(errorMessage(error)) ?? [];
  return problem(cause || errorMessage(error), remedy);
}
