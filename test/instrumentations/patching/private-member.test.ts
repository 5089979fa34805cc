import { expect, test } from 'vitest';
import { privateMember } from '../../../src/instrumentations/patching/private-member.js';

test('a private member is seen by its holder only, on objects that cannot be extended too', () => {
  const one = privateMember<number>();
  const other = privateMember<number>();
  const task = Object.freeze({ id: 1 });
  expect(one.get(task)).toBeUndefined();
  one.set(task, 1);
  one.set(task, 2);
  expect(one.get(task)).toBe(2);
  expect(other.get(task)).toBeUndefined();
  expect(Reflect.ownKeys(task)).toEqual(['id']);
  expect(Object.getPrototypeOf(task)).toBe(Object.prototype);
  one.set(task, undefined);
  expect(one.get(task)).toBeUndefined();
});
