import type { InputName } from '../configuration/inputs.js';
import type { Producer } from './producer.js';

/** Result of a line: `control` for a line that is about the stream itself, else a reason to refuse it. */
export type LineResult = 'accepted' | 'duplicate' | 'control' | (string & {});

/** First line of a connection. */
export interface Hello {
  /** Producer of all lines that name none. */
  readonly producer: string | undefined;
  /** True if the producer reads acknowledgements. */
  readonly ack: boolean;
}

/** Source of lines: a connection, a request or a stream. */
export interface LineSource {
  readonly input: InputName;
  /** Identifies the source to recorders if neither a line nor a hello names the producer. */
  readonly id: string;
  /** Producer of lines that name none. */
  producer: string | undefined;
  /** Producer of the line before. */
  recent: Producer | undefined;
  /** True if the source is a stream whose end is the end of its producer. */
  readonly isStream: boolean;
  /** Called for a hello. */
  hello?(hello: Hello): void;
  /** Called for a line that only checks the way, with its id. */
  probe?(id: string): void;
  /**
   * Called for every line.
   *
   * @param lineNumber number of the line in its batch, from 1
   * @param seq sequence number, if the line has one
   */
  settle(
    result: LineResult,
    lineNumber: number,
    seq: number | undefined,
    producer: Producer | undefined,
  ): void;
}
