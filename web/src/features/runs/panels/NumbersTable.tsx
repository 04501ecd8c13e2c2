// The numbers that a panel draws, as a table.
import { figure } from '../../../format/number';
import type { XAxis } from '../../../api/workspace';
import { S } from '../../../strings';
import { foldNames } from '../../../format/foldNames';
import { axisName, xText } from './axis';
import type { CurveSet } from './curves';
import type { Drawn } from './lineScene';

const ROWS = 200;
const COLUMNS = 24;
const NAME_CHARS = 18;

export function NumbersTable({ set, lines, x, label }: { set: CurveSet; lines: readonly Drawn[]; x: XAxis; label: string }) {
  const shown = [...lines].reverse().slice(0, COLUMNS);
  const names = foldNames(shown.map((l) => l.name), NAME_CHARS);
  const rows = Math.min(ROWS, set.x.length);
  return (
    <div className="numbers" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            <th scope="col">{axisName(x)}</th>
            {shown.map((line, i) => (
              <th key={`${line.curve.id}${line.curve.key}`} scope="col" style={{ color: `var(--g-${line.ink})` }}>
                {names[i]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: rows }, (_, i) => (
            <tr key={i}>
              <th scope="row" className="num">
                {xText(x, set.x[i]!)}
              </th>
              {shown.map(({ curve }) => (
                <td key={`${curve.id}${curve.key}`} className="num">
                  {cell((curve.smooth ?? curve.last)[i]!, curve.count?.[i])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows < set.x.length && <p className="dim">{S.panels.tableRows(rows)}</p>}
    </div>
  );
}

function cell(value: number, count: number | undefined): string {
  if (value === Infinity || value === -Infinity) return figure(value > 0 ? 'Infinity' : '-Infinity');
  return value !== value ? (count ? 'NaN' : '') : figure(value);
}
