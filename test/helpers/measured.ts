import { TestRunner } from 'vitest';

/** A value that a test measured. */
export interface Measurement {
  readonly label: string;
  readonly value: number;
  readonly unit?: string | undefined;
}

declare module 'vitest' {
  interface TaskMeta {
    measured?: Measurement[];
  }
}

/** Records a value of the running test for docs/reliability.md, which `npm run reliability` writes. */
export function measured(label: string, value: number, unit?: string): void {
  const test = TestRunner.getCurrentTest();
  if (test === undefined) throw new Error('measured() is called outside a test');
  test.meta.measured = [...(test.meta.measured ?? []), { label, value, unit }];
}
