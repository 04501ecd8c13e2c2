// What stands in the cells of a run: whether it is drawn and in which colour, its name, its state, its values.
import type { Schemas } from '../../../api/client';
import { fixed, figure, finite, plain, type Figure } from '../../../format/number';
import { S } from '../../../strings';
import { Icon } from '../../../ui/Icon';
import { Go } from '../../../ui/Go';
import { Status } from '../../../ui/Status';
import { Ago } from '../../../ui/Text';
import type { RunRow } from '../../../api/runTable';
import type { Shown } from '../shown';
import { Took } from '../Took';

// The line as the charts draw it; a ring where nothing is drawn.
export function EyeCell({ name, shown, toggle }: { name: string; shown: Shown | undefined; toggle: () => void }) {
  return (
    <button type="button" tabIndex={-1} className="eye" aria-pressed={shown !== undefined} aria-label={shown ? S.runs.hide(name) : S.runs.show(name)} onClick={toggle}>
      {shown ? (
        <svg width="20" height="12" aria-hidden="true" style={{ color: `var(--g-${shown.colour})` }}>
          <line x1="1" x2="19" y1="6" y2="6" stroke="currentColor" strokeWidth={shown.base ? 4 : 3} strokeDasharray={shown.dash.length > 0 ? shown.dash.join(' ') : undefined} />
        </svg>
      ) : (
        <svg width="12" height="12" aria-hidden="true">
          <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" />
        </svg>
      )}
    </button>
  );
}

export function MarkCell({ name, marked, mark }: { name: string; marked: boolean; mark: (range: boolean) => void }) {
  return (
    <button type="button" tabIndex={-1} role="checkbox" className={marked ? 'mark on' : 'mark'} aria-checked={marked} aria-label={S.runs.mark(name)} onClick={(e) => mark(e.shiftKey)}>
      <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
        <rect x="0.75" y="0.75" width="12.5" height="12.5" rx="2.5" />
        {marked && <path d="m3.8 7.2 2.2 2.2 4.2-4.8" />}
      </svg>
    </button>
  );
}

interface NameProps {
  row: RunRow;
  text: string;        // the name as it is told from its neighbours
  depth: number;
  children: number;    // it has; unknown where negative
  open: boolean;
  fold: (() => void) | undefined;
}

export function NameCell({ row, text, depth, children, open, fold }: NameProps) {
  return (
    <span className={`run-name run-depth-${Math.min(depth, 4)}`}>
      {fold && (
        <button type="button" tabIndex={-1} className="run-fold num" aria-expanded={open} aria-label={S.runs.childrenOf(row.name, children)} onClick={fold}>
          <Icon name={open ? 'chevron' : 'right'} size={12} />
        </button>
      )}
      <Go className="clip" tabIndex={-1} href={row.url} data-whole={text !== row.name ? row.name : undefined}>
        {text}
      </Go>
      {fold && !open && children > 0 && <span className="dim num fold-count">{children.toLocaleString('en')}</span>}
    </span>
  );
}

// A run that ended well and has nothing but NaN to show for it did not end well.
export function StateCell({ row, nan }: { row: RunRow; nan: boolean }) {
  if (nan && row.status === 'ok') return <Status status="crit" word={S.runs.nan} />;
  return <Status status={row.status} word={S.runs.states[row.state] ?? row.state} />;
}

export function ValueCell({ cell, kind, decimals }: { cell: Schemas['RunCell'] | undefined; kind: Schemas['RunColumn']['kind']; decimals: number }) {
  if (cell === null || cell === undefined) return <span className="dim">—</span>;
  if (kind === 'time') return <Ago at={String(cell)} />;
  if (kind === 'duration') return <Took ms={Number(cell)} />;
  if (kind === 'number') {
    const value = cell as Figure;
    const number = finite(value);
    const text = number === null ? figure(value) : number !== 0 && Math.abs(number) < 0.5 * 10 ** -decimals ? figure(number) : Math.abs(number) >= 1000 ? figure(number) : fixed(number, decimals);
    return <span className={number === null ? 'num not-finite' : 'num'} data-whole={number !== null && String(number) !== text ? String(number) : undefined}>{text}</span>;
  }
  const text = String(cell);
  return <span className="mono clip" data-whole={text.length > 12 ? text : undefined}>{text}</span>;
}

// "± .004" with as many digits as tell it from nothing.
const half = (width: number) => (width === 0 ? '0' : plain(width, Math.min(8, Math.max(2, 1 - Math.floor(Math.log10(width))))));

export function MeanCell({ told, runs }: { told: Schemas['GroupFigure'] | undefined; runs: number }) {
  if (!told || told.n + told.nan === 0) return <span className="dim">—</span>;
  const deviation = finite(told.deviation);
  const whole = [S.runs.of(told.n), finite(told.low) !== null && S.runs.interval(figure(told.low), figure(told.high)), told.min !== null && S.runs.fromTo(figure(told.min), figure(told.max)), told.nan > 0 && S.runs.andNan(told.nan)].filter(Boolean).join(' · ');
  return (
    <span className="num" data-whole={whole}>
      {figure(told.mean)}
      {deviation !== null && <span className="dim"> ± {half(deviation)}</span>}
      {told.n !== runs && <span className="dim cell-n"> {S.runs.of(told.n)}</span>}
    </span>
  );
}
