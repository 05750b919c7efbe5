import { missesAim, type Row } from './row.ts';

const MISSED = '<-- misses its aim';

/** The rows as aligned text, names to the left and numbers to the right, with a count of the missed aims at the end. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    figure(row.value),
    row.unit,
    aim(row),
    row.against,
    missesAim(row) ? MISSED : '',
  ]);
  const lines = [['figure', 'value', 'unit', 'aim', 'against', ''], ...cells];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const text = lines.map((line) =>
    line
      .map((cell, column) => align(cell, column, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const missed = rows.filter(missesAim).length;
  return [...text, '', `${rows.length} figures, ${missed} ${missed === 1 ? 'misses its aim' : 'miss their aims'}`].join(
    '\n',
  );
}

function align(cell: string, column: number, width: number): string {
  return column === 1 || column === 3 ? cell.padStart(width) : cell.padEnd(width);
}

function aim({ aim, lowerIsBetter }: Row): string {
  if (aim === null) return '';
  return `${lowerIsBetter ? 'at most' : 'at least'} ${figure(aim)}`;
}

/** Whole numbers as they are, others with three significant digits: more would be noise. */
function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : Number(value.toPrecision(3)).toString();
}
