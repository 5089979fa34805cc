/** Why Python's events stop, and what to do about it. */
export const RELAY_CURE = {
  cause:
    'calls go on, but no events of Python came for 60 s: Snakepit closes the stream of a worker after 5 s, its time to open a stream',
  remedy:
    'in the configuration of the Elixir application: config :snakepit, grpc_stream_open_timeout_ms: 4_000_000_000',
};
