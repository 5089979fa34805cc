import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';

/** Where the agent serves its page by default. */
export const DEFAULT_PAGE = 'http://127.0.0.1:4321';

/** The page of an agent. */
export interface AgentAddress {
  /** Without credentials and query. */
  readonly origin: string;
  readonly token: string | undefined;
}

/**
 * Parses the address of an agent's page as it prints it, with or without a token; `host`, `:port` and `host:port` are short for it.
 *
 * @throws ConfigurationError if it is none
 */
export function parseAgentAddress(text: string = DEFAULT_PAGE): AgentAddress {
  const withHost = text.startsWith(':') ? `127.0.0.1${text}` : text;
  const full = withHost.includes('://') ? withHost : `http://${withHost}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new ConfigurationError('address', text, `the address of an agent's page, such as ${DEFAULT_PAGE}`);
  }
  return { origin: url.origin, token: url.searchParams.get('token') ?? undefined };
}
