import type { PoolMember } from './pool-member.js';

/** An object that is watched: what is kept of it, and how to let go of it. */
export interface Subscription {
  readonly member: PoolMember;
  stop(): void;
}
