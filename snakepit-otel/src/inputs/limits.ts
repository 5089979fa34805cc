/** Connections of a socket, and of the HTTP server. */
export const MAX_CONNECTIONS = 64;
/** Lines that wait to be processed. */
export const QUEUE_LINES = 50_000;
/** Bytes that wait to be processed, with the bodies of requests that are not complete yet. */
export const QUEUE_BYTES = 32 * 1024 * 1024;
/** Bytes of the body of a request. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** Bytes of the body of a request, unpacked. */
export const MAX_UNPACKED_BYTES = 16 * 1024 * 1024;
/** Producers whose sequence numbers are remembered; the least recently used is forgotten. */
export const MAX_PRODUCERS = 1000;
/** Number of later events after which a missing one is lost. */
export const SEQUENCE_WINDOW = 1024;
/** Events after which a connection is sent an acknowledgement. */
export const ACK_EVENTS = 1000;
/** Time after which a connection is sent an acknowledgement, ms. */
export const ACK_INTERVAL_MS = 1000;
/** Time after which a producer whose connection closed is gone for good, ms. */
export const PRODUCER_GRACE_MS = 5000;
/** Time without data after which an HTTP connection is closed, ms. */
export const HTTP_IDLE_MS = 30_000;
