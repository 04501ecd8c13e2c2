// Values of runs as a file of commas, as RFC 4180 has it, with what a spreadsheet would run as a formula made text.
import { ask } from '../../api/client';
import type { RunsWish } from '../../api/queries';
import { csvOfRows, quoted } from '../../format/csv';
import { save } from '../../ui/save';

const MOST = 10_000;

interface Columns {
  ids: string[];
  names: string[];
  columns: { text: string; values: (number | string | null)[] }[];
}

export const cellOf = (value: number | string | null): string => (value === null ? '' : typeof value === 'number' ? String(value) : quoted(/^[=+\-@\t\r]/.test(value) && !/^-?[\d.]/.test(value) ? `'${value}` : value));

export function csvOf({ ids, names, columns }: Columns): string {
  const head = ['run_id', 'run_name', ...columns.map((c) => quoted(c.text))];
  const rows = ids.map((id, i) => [id, cellOf(names[i] ?? ''), ...columns.map((c) => cellOf(c.values[i] ?? null))]);
  return csvOfRows([head, ...rows]);
}

export async function exportCsv(wish: RunsWish, columns: string[], ids: string[], name: string): Promise<void> {
  const only = ids.length > 0 ? `run_id IN (${ids.map((id) => `'${id}'`).join(', ')})` : (wish.filter ?? '');
  const found = await ask<Columns>('POST', '/api/v1/runs/columns', { experiments: [wish.experiment], filter: only, sort: wish.sort ? [wish.sort] : [], columns, limit: MOST });
  save(new Blob([csvOf(found)], { type: 'text/csv' }), `${name}.csv`);
}
