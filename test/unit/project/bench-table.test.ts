import { describe, expect, it } from 'vitest';
import { missesAim, type Row } from '../../../bench/row.ts';
import { table } from '../../../bench/table.ts';

const row = (change: Partial<Row>): Row => ({
  name: 'reads per message',
  value: 2,
  unit: 'requests',
  against: 'the design',
  aim: 2,
  lowerIsBetter: true,
  ...change,
});

describe('an aim', () => {
  it.each([
    ['at most, and met exactly', row({}), false],
    ['at most, and exceeded', row({ value: 3 }), true],
    ['at least, and met exactly', row({ lowerIsBetter: false }), false],
    ['at least, and fallen short of', row({ lowerIsBetter: false, value: 1.99 }), true],
    ['none', row({ aim: null, value: 99 }), false],
    ['of a measurement that failed', row({ value: Number.NaN }), true],
    ['of a measurement that failed the other way', row({ value: Number.NaN, lowerIsBetter: false }), true],
  ])('%s', (_, given, missed) => {
    expect(missesAim(given)).toBe(missed);
  });
});

it('the table is aligned, and missed aims stand out', () => {
  const rows = [
    row({}),
    row({ name: 'speed', value: 0.80612, unit: 'times', against: 'another', aim: 1, lowerIsBetter: false }),
    row({ name: 'bytes', value: 1234.5678, unit: 'B', aim: null }),
  ];
  expect(table(rows).split('\n')).toEqual([
    'figure             value  unit             aim  against',
    'reads per message      2  requests   at most 2  the design',
    'speed              0.806  times     at least 1  another     <-- misses its aim',
    'bytes               1230  B                     the design',
    '',
    '3 figures, 1 misses its aim',
  ]);
});
