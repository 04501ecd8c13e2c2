// What the page shows, as a sentence with its numbers.
import { S } from '../../strings';
import type { TableData } from './table/useTable';

export function Heading({ name, table, drawn, all, filtered }: { name: string; table: TableData; drawn: number; all: number | null; filtered: boolean }) {
  const { total, groups } = table;
  const runs = groups ? groups.reduce((sum, g) => sum + g.runs, 0) : 0;
  return (
    <h1 className="runs-title">
      <span className="clip">{name}</span>
      <span className="runs-sentence num">
        {groups ? S.runs.groupsDrawn(drawn, groups.length, runs) : total === 0 && !filtered ? S.runs.noRuns : S.runs.drawnOf(drawn, total, filtered)}
        {filtered && all !== null && total !== null && all !== total && <span className="dim"> · {S.runs.inAll(all)}</span>}
      </span>
    </h1>
  );
}
