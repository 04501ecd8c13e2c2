// A value of a run in a small table.
import type { Schemas } from '../../api/client';
import { figure, type Figure } from '../../format/number';
import { Ago } from '../../ui/Text';
import { Took } from './Took';

export function RunCell({ cell, kind }: { cell: Schemas['RunCell']; kind: Schemas['RunColumn']['kind'] }) {
  if (cell === null) return <span className="dim">—</span>;
  if (kind === 'time') return <Ago at={String(cell)} />;
  if (kind === 'duration') return <Took ms={Number(cell)} />;
  if (kind === 'number')
    return (
      <span className="num" data-tip={typeof cell === 'number' && String(cell) !== figure(cell) ? String(cell) : undefined}>
        {figure(cell as Figure)}
      </span>
    );
  return <span className="mono run-text">{cell}</span>;
}
