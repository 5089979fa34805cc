import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { resolve } from '../configuration/resolve.js';
import { AGENT_DEFAULTS, agentOptions } from './agent-settings.js';
import { SUCCEEDED } from './command.js';
import { effectiveConfiguration } from './effective-configuration.js';

/** Writes a file of the declarative configuration with the defaults of the agent. */
export async function writeConfiguration(file: string | undefined): Promise<number> {
  const text = stringify(effectiveConfiguration(resolve(agentOptions({}), {}, AGENT_DEFAULTS)));
  if (file === undefined) process.stdout.write(text);
  else writeFileSync(file, text, { flag: 'wx' });
  return SUCCEEDED;
}
