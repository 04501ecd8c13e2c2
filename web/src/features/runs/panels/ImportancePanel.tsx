// Which parameters explain a metric: importance of a forest with its interval, and the rank correlation beside it.
import { useQuery } from '@tanstack/react-query';
import { importanceQuery, type ImportanceRow } from '../../../api/workspace';
import { figure, percent, signed } from '../../../format/number';
import { ErrorPanel, Skeleton } from '../../../ui/Feedback';
import { useWidth } from '../../../ui/measure';
import { S } from '../../../strings';
import { useBoard } from './board';
import { HEIGHTS } from './layout';
import type { BodyProps } from './LinePanel';
import { PanelFrame } from './PanelFrame';

const ROW_PX = 22;
const FIGURE_PX = 56;

export default function ImportancePanel({ panel, placing, on, full, height }: BodyProps) {
  const board = useBoard();
  const target = panel.keys[0] ?? '';
  const found = useQuery({ ...importanceQuery(board.wish, target), enabled: on && target !== '' });
  const [box, width] = useWidth<HTMLDivElement>();
  const name = target.replace(/^metrics\./, '');
  const title = panel.title ?? `${S.panels.importance} · ${name}`;
  return (
    <PanelFrame panel={panel} title={<span className="clip">{title}</span>} name={title} placing={placing} full={full} note={found.data?.explained !== null && found.data ? S.panels.explained(percent(Math.max(0, found.data.explained)), found.data.used) : undefined}>
      <div ref={box} className="importance" style={{ maxHeight: (height ?? panel.height ?? HEIGHTS.usual) - 36 }} tabIndex={0} role="region" aria-label={title}>
        {found.error && !found.data && <ErrorPanel error={found.error} retry={() => void found.refetch()} />}
        {!found.error && !found.data && <Skeleton height={120} lines={4} />}
        {found.data?.rows.length === 0 && <p className="dim">{S.panels.noImportance}</p>}
        {found.data && found.data.rows.length > 0 && width > 0 && (
          <table>
            <thead>
              <tr>
                <th scope="col" className="hidden">
                  {S.runs.params}
                </th>
                <th scope="col">
                  {S.panels.importance} <span className="dim">{S.panels.interval}</span>
                </th>
                <th scope="col">{S.panels.spearman}</th>
              </tr>
            </thead>
            <tbody>
              {found.data.rows.map((row) => (
                <Row key={row.param} row={row} most={Math.max(...found.data.rows.map((r) => r.high), 1e-9)} width={Math.max(60, width - 150 - 2 * FIGURE_PX - 24)} />
              ))}
            </tbody>
          </table>
        )}
      </div>
    </PanelFrame>
  );
}

function Row({ row, most, width }: { row: ImportanceRow; most: number; width: number }) {
  const x = (v: number) => (Math.max(0, v) / most) * width;
  const few = row.n < 30;
  return (
    <tr>
      <th scope="row" className="mono clip">
        {row.param.replace(/^params\./, '')}
      </th>
      <td>
        <span className="importance-bar">
          <svg width={width} height={ROW_PX} aria-hidden="true">
            <rect x="0" y="5" width={Math.max(1, x(row.importance))} height="12" className={few ? 'bar-few' : 'bar-many'} />
            <path d={`M${x(row.low)} 11H${x(row.high)}M${x(row.low)} 7.5v7M${x(row.high)} 7.5v7`} className="bar-range" />
          </svg>
          <span className="num" data-tip={`${figure(row.low)} … ${figure(row.high)}`}>
            {figure(row.importance, 'none', 3)}
          </span>
        </span>
      </td>
      <td className="num">{row.spearman === null ? '' : signed(row.spearman, 'none', 2)}</td>
    </tr>
  );
}
