/** First integer that does not fit the signed 64 bits of OTLP. */
export const INT64_END = 2 ** 63;
