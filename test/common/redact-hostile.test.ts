import { expect, test } from 'vitest';
import { redact } from '../../src/common/redact.js';
import { hostileTexts } from '../helpers/hostile-texts.js';

const short = hostileTexts(200, 2 ** 17);
const long = hostileTexts(200, 2 ** 20);

test.each(long.map((text, i) => [text.slice(0, 40), i] as const))(
  'the cost of a megabyte of %j is linear in its length',
  (_, i) => {
    const cost = (text = '') => {
      const times = Array.from({ length: 3 }, () => {
        const start = process.cpuUsage();
        redact(text);
        const { user, system } = process.cpuUsage(start);
        return (user + system) / 1000;
      });
      return Math.min(...times);
    };
    cost('');
    // The limit allows for a busy machine; quadratic cost would take minutes.
    expect(cost(long[i])).toBeLessThan(Math.max(50, 10 * cost(short[i])));
  },
);
