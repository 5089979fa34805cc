import { Document, isScalar } from 'yaml';
import type { AgentFlags } from './agent-settings.js';
import { SUCCEEDED } from './command.js';
import { leavesOf } from './effective-configuration.js';
import { maskSecrets } from './mask-secrets.js';
import { configurationOf, originsOf } from './value-origins.js';

const HEAD =
  " Effective configuration of 'snakepit-otel agent', with the origin of each value. Secrets are masked.";

/**
 * Prints every effective value of the agent as a file of the declarative configuration, with its origin as a comment.
 *
 * @throws ConfigurationError for a setting that cannot be used
 */
export function printConfiguration(flags: AgentFlags): number {
  const content = configurationOf(flags);
  const origins = originsOf(flags, process.env);
  const document = new Document(content);
  document.commentBefore = HEAD;
  for (const [path, value] of leavesOf(content)) {
    const node = document.getIn(path, true);
    if (!isScalar(node)) continue;
    node.value = maskSecrets(path, value);
    node.comment = ` ${origins.get(JSON.stringify(path))}`;
  }
  process.stdout.write(document.toString({ lineWidth: 0 }));
  return SUCCEEDED;
}
