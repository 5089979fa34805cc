/** A proxy of the API, or a provider of an SDK. Members beyond `shutdown` are private state of SDK 2.x and 3.x. */
interface Provider {
  getDelegate?(): Provider;
  _getDelegate?(): Provider;
  shutdown?(): unknown;
  readonly _shutdown?: unknown;
  readonly _shutdownOnce?: { readonly isCalled?: boolean };
  readonly _activeSpanProcessor?: { readonly _spanProcessors?: readonly Provider[] };
}

/** Returns true if a provider of an SDK is among `providers`, itself or behind a proxy of the API. */
export const hasSdk = (providers: readonly object[]): boolean =>
  providers.some((provider) => typeof delegateOf(provider).shutdown === 'function');

/**
 * Returns true for a provider that the API gives out as long as there is no SDK: its proxy without a delegate, or its no-op provider.
 * Other copies of the API have classes of their own, and bundlers rename them: a no-op provider is an instance without state.
 */
export function isPlaceholder(provider: object): boolean {
  const delegate = delegateOf(provider);
  return (
    typeof delegate.shutdown !== 'function' &&
    Object.getPrototypeOf(delegate) !== Object.prototype &&
    Reflect.ownKeys(delegate).length === 0
  );
}

/**
 * Returns true if a provider was shut down. No public API reports it, and a provider of traces accepts spans after its shutdown, so
 * this function reads private state. A provider whose state has another shape counts as running.
 */
export function isShutDown(provider: object): boolean {
  const { _shutdown, _shutdownOnce, _activeSpanProcessor } = delegateOf(provider);
  return (
    _shutdown === true ||
    _shutdownOnce?.isCalled === true ||
    (_activeSpanProcessor?._spanProcessors ?? []).some(isShutDown)
  );
}

const delegateOf = (provider: Provider): Provider =>
  provider.getDelegate?.() ?? provider._getDelegate?.() ?? provider;
