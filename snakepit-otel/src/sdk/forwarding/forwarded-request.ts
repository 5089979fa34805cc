/** Encodings of OTLP. */
export type Encoding = 'protobuf' | 'json';

/** A request to export, as it goes out. Takes the place of the items that an exporter exports. */
export class ForwardedRequest {
  constructor(
    readonly body: Uint8Array,
    readonly encoding: Encoding,
    /** Number of its spans, data points or log records. */
    readonly length: number,
  ) {}
}
