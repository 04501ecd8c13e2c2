// A plain grid: text left, numbers right, one hairline a row. The whole row opens what the first link opens.
import type { ReactNode } from 'react';
import { S } from '../strings';

export interface Column<T> {
  head: string;
  cell: (row: T) => ReactNode;
  right?: boolean;
  wide?: boolean;    // takes the room that is left
  minor?: boolean;   // left out on a narrow screen
  short?: string;    // of the head, as it is shown
  figure?: boolean;  // a picture: as wide as it can be
  note?: ReactNode;  // below the head
  sort?: () => void;
  sorted?: 'ascending' | 'descending' | undefined;
}

interface Props<T> {
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  rowKey: (row: T) => string;
  edge?: (row: T) => boolean;
  fit?: boolean;  // as wide as its content, for few columns
}

export function Table<T>({ label, rows, columns, rowKey, edge, fit }: Props<T>) {
  const mark = (c: Column<T>) => [c.right && 'right', c.wide && 'wide', c.minor && 'minor', c.figure && 'figure'].filter(Boolean).join(' ') || undefined;
  return (
    <div className="table-box" tabIndex={0} role="group" aria-label={label}>
      <table className={fit ? 'table fit' : 'table'}>
        <thead>
          <tr>
            {columns.map((c, i) => (
              <th key={c.head || i} scope="col" className={mark(c)} aria-sort={c.sorted}>
                <Head column={c} />
                {c.note}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} className={edge?.(row) ? 'edge' : undefined}>
              {columns.map((c, i) => (
                <td key={c.head || i} className={mark(c)}>
                  {c.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head<T>({ column }: { column: Column<T> }) {
  const text = column.short ?? column.head;
  if (!column.sort) return text || <span className="hidden">status</span>;
  return (
    <button type="button" className="sort-head" data-tip={column.short && column.short !== column.head ? column.head : undefined} aria-label={S.runs.sortBy(column.head)} onClick={column.sort}>
      <span className="clip">{text}</span>
      <span aria-hidden="true">{column.sorted === 'descending' ? '↓' : column.sorted === 'ascending' ? '↑' : ''}</span>
    </button>
  );
}

export function KeyValue({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="key-value">
      {rows.map(([key, value]) => (
        <div key={key}>
          <dt>{key}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
