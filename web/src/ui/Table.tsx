// A plain grid: text left, numbers right, one hairline a row. The whole row opens what the first link opens.
import type { ReactNode } from 'react';

export interface Column<T> {
  head: string;
  cell: (row: T) => ReactNode;
  right?: boolean;
  wide?: boolean;    // takes the room that is left
  minor?: boolean;   // left out on a narrow screen
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
  const mark = (c: Column<T>) => [c.right && 'right', c.wide && 'wide', c.minor && 'minor'].filter(Boolean).join(' ') || undefined;
  return (
    <div className="table-box" tabIndex={0} role="group" aria-label={label}>
      <table className={fit ? 'table fit' : 'table'}>
        <thead>
          <tr>
            {columns.map((c, i) => (
              <th key={c.head || i} scope="col" className={mark(c)}>
                {c.head || <span className="hidden">status</span>}
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
