import type { StreamMessages } from '../contract.js';

/** Returns a message of a stream of server-sent events. @param id position of the stream. @default none */
export function encodeMessage(event: keyof StreamMessages, json: string, id?: string): Buffer {
  const position = id === undefined ? '' : `id: ${id}\n`;
  return Buffer.from(`${position}event: ${event}\ndata: ${json}\n\n`);
}

/** Keeps connections open that carry nothing else. */
export const COMMENT = Buffer.from(': \n\n');

/** Position in a stream. */
export interface Position {
  readonly boot: string;
  readonly seq: number;
}

export const positionText = ({ boot, seq }: Position): string => `${boot}-${seq}`;

/** Returns the position that a client sends; undefined if it is none. */
export function parsePosition(text: string | undefined): Position | undefined {
  const [, boot, seq] = /^([0-9a-z]{1,32})-(\d{1,15})$/.exec(text ?? '') ?? [];
  return boot === undefined ? undefined : { boot, seq: Number(seq) };
}
