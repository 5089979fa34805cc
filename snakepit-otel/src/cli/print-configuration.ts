import { stringify } from 'yaml';
import { resolve } from '../configuration/resolve.js';
import { AGENT_DEFAULTS, type AgentFlags, agentOptions } from './agent-settings.js';
import { SUCCEEDED } from './command.js';
import { effectiveConfiguration } from './effective-configuration.js';

/** Prints every effective value of the agent as a file of the declarative configuration. */
export function printConfiguration(flags: AgentFlags): number {
  const configuration = resolve(agentOptions(flags), process.env, AGENT_DEFAULTS);
  process.stdout.write(stringify(effectiveConfiguration(configuration)));
  return SUCCEEDED;
}
