import { LinePrefix } from './line-prefix.js';
import { PrefixShape } from './prefix-shape.js';
import type { TracebackParser } from './traceback-parser.js';

/** Streams that are open at once, such as one a rank. */
const MAX_STREAMS = 64;
/** Shapes of prefixes that are kept for the next traceback. */
const MAX_SHAPES = 32;

/** Lines with the same prefix, of which a traceback is open. */
export interface Stream {
  readonly prefix: LinePrefix;
  readonly parser: TracebackParser;
  /** Characters of its prefix, which the next traceback of the stream has, too. */
  readonly prefixText: string;
  /** True until the second line. */
  isNew: boolean;
  /** Number of the last line of the stream. */
  lastLine: number;
}

/** A stream, and a line of it without its prefix. */
export interface Found {
  readonly stream: Stream;
  readonly content: string;
}

/** Streams with prefixes of one shape, by the numbers in their prefixes. */
type StreamsByIdentity = Map<string, readonly Stream[]>;

/** The streams of which a traceback is open, by their prefixes. Finding one costs one match per shape of prefixes, not per stream. */
export class Streams {
  readonly #shapes = new Map<PrefixShape, StreamsByIdentity>();
  /** Place of each stream, the oldest first. */
  readonly #places = new Map<Stream, { readonly streams: StreamsByIdentity; readonly identity: string }>();

  get size(): number {
    return this.#places.size;
  }

  /** Returns the streams, the oldest first. */
  all(): readonly Stream[] {
    return [...this.#places.keys()];
  }

  /** Adds a stream, and removes the oldest one if there are too many. @returns removed stream */
  add(prefixText: string, parser: TracebackParser, lastLine: number): Stream | undefined {
    this.#put({ prefix: new LinePrefix(prefixText), parser, prefixText, isNew: true, lastLine });
    if (this.size <= MAX_STREAMS) return undefined;
    const [oldest] = this.#places.keys();
    if (oldest !== undefined) this.#remove(oldest);
    return oldest;
  }

  /** Replaces a stream by one whose lines have no prefix. */
  withoutPrefix(stream: Stream): Stream {
    this.#remove(stream);
    const bare = { ...stream, prefix: new LinePrefix(''), prefixText: '' };
    this.#put(bare);
    return bare;
  }

  /** Returns the stream with the longest prefix that the line has. */
  find(line: string): Found | undefined {
    let stream: Stream | undefined;
    let end = 0;
    for (const [shape, streams] of this.#shapes) {
      if (streams.size === 0) continue;
      const match = shape.match(line);
      if (match === undefined) continue;
      for (const each of streams.get(match.identity) ?? []) {
        if (stream !== undefined && each.prefix.length <= stream.prefix.length) continue;
        stream = each;
        end = match.end;
      }
    }
    return stream && { stream, content: stream.prefix.strip(line, end) };
  }

  /** Removes the streams of which no traceback is open. */
  dropIdle(): void {
    for (const stream of this.#places.keys()) if (stream.parser.isIdle) this.#remove(stream);
  }

  #put(stream: Stream): void {
    const { shape, identity } = this.#shapeOf(stream.prefixText.trimEnd());
    const streams = this.#shapes.get(shape) ?? new Map<string, readonly Stream[]>();
    this.#shapes.set(shape, streams);
    streams.set(identity, [...(streams.get(identity) ?? []), stream]);
    this.#places.set(stream, { streams, identity });
  }

  #remove(stream: Stream): void {
    const place = this.#places.get(stream);
    if (place === undefined) return;
    this.#places.delete(stream);
    const others = place.streams.get(place.identity)?.filter((each) => each !== stream) ?? [];
    if (others.length === 0) place.streams.delete(place.identity);
    else place.streams.set(place.identity, others);
  }

  #shapeOf(prefix: string): { readonly shape: PrefixShape; readonly identity: string } {
    for (const shape of this.#shapes.keys()) {
      const match = shape.match(prefix);
      if (match?.end === prefix.length) return { shape, identity: match.identity };
    }
    if (this.#shapes.size >= MAX_SHAPES) this.#forgetUnusedShapes();
    const shape = new PrefixShape(prefix);
    return { shape, identity: shape.match(prefix)?.identity ?? '' };
  }

  #forgetUnusedShapes(): void {
    for (const [shape, streams] of this.#shapes) if (streams.size === 0) this.#shapes.delete(shape);
  }
}
