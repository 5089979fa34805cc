import type { Member } from './pool-member.js';

/** An object that is watched: what is kept of it, and how to let go of it. */
export interface Attachment {
  readonly member: Member;
  stop(): void;
}
