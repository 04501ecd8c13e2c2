// Runs on a phone: two lines each, the name and what it came to.
import { useMemo, type Ref } from 'react';
import { ownUrl } from '../../../api/prefix';
import { S } from '../../../strings';
import { DataGrid } from '../../../ui/grid/DataGrid';
import type { GridColumn, GridHandle } from '../../../ui/grid/types';
import { Empty, ErrorPanel, Skeleton } from '../../../ui/Feedback';
import { Go } from '../../../ui/Go';
import { useWidth } from '../../../ui/measure';
import { Ago } from '../../../ui/Text';
import { foldNames } from '../../../format/foldNames';
import type { RunRow } from '../../../api/runTable';
import type { HoverBus } from '../hover';
import type { Shown } from '../shown';
import { toggled } from '../useSelection';
import type { How } from '../useWorkspace';
import type { Workspace } from '../workspace';
import { EyeCell, MeanCell, StateCell, ValueCell } from './Cells';
import { groupName, headsOf } from './runColumns';
import { groupId, isGroup, useLines, type TableRow } from './useLines';
import type { TableData } from './useTable';
import { decimalsOf } from './wanted';

interface Props {
  table: TableData;
  shown: Shown[];
  workspace: Workspace;
  patch: (patch: Partial<Workspace>, how?: How) => void;
  handle: Ref<GridHandle>;
  bus: HoverBus;
}

const ROW_PX = 60;
const EYE_PX = 44;
const FEW = 3;  // values in the second line
const CHARACTER_PX = 7.6;

export function NarrowRuns({ table, shown, workspace, patch, handle, bus }: Props) {
  const [box, width] = useWidth<HTMLDivElement>();
  const lines = useLines(table.source, table.version, table.wish, table.wanted);
  const byId = useMemo(() => new Map(shown.map((s) => [s.id, s])), [shown]);
  const columns = useMemo((): GridColumn<TableRow>[] => {
    const values = table.server.slice(0, FEW);
    const heads = headsOf(values.map((v) => v.text));
    const decimals = values.map((_, i) => decimalsOf(table.sample.map((r) => r.cells[i])));
    const idOf = (row: TableRow) => (isGroup(row) ? groupId(row) : row.id);
    return [
      { id: 'eye', head: S.runs.drawn, width: EYE_PX, bare: true, cell: (row) => <EyeCell name={isGroup(row) ? groupName(row) : row.name} shown={byId.get(idOf(row))} toggle={() => patch(toggled(workspace, idOf(row), byId.has(idOf(row))))} /> },
      {
        id: 'run', head: S.runs.run, width: Math.max(200, width - EYE_PX),
        cell: (row, place) => (isGroup(row) ? (
          <button type="button" tabIndex={-1} className="two-lines" aria-expanded={lines.isOpen(place)} onClick={() => lines.toggle(place)}>
            <span className="mono clip">{lines.isOpen(place) ? '▾' : '▸'} {groupName(row)}</span>
            <span className="second">
              <span>{S.runs.runsOf(row.runs)}</span>
              {row.figures.slice(0, 1).map((told, i) => <MeanCell key={i} told={told} runs={row.runs} />)}
            </span>
          </button>
        ) : (
          <Go className="two-lines" tabIndex={-1} href={row.url}>
            <span className="mono clip first">{short(row, table, (width - EYE_PX - 24) / CHARACTER_PX)}</span>
            <span className="second">
              <StateCell row={row} nan={row.cells.includes('NaN')} />
              {values.map(({ kind }, i) => (row.cells[i] === null || row.cells[i] === undefined ? null : (
                <span key={i}><span className="dim">{heads[i]}</span> <ValueCell cell={row.cells[i]} kind={kind} decimals={decimals[i] ?? 4} /></span>
              )))}
              <span className="second-end"><Ago at={row.started_at} /></span>
            </span>
          </Go>
        )),
      },
    ];
  }, [table.server, table.sample, byId, workspace, patch, width, lines]);  // eslint-disable-line react-hooks/exhaustive-deps
  if (table.error && !table.known) return <ErrorPanel error={table.error} retry={table.retry} />;
  return (
    <div ref={box} className="narrow-runs">
      {!table.known ? (
        <Skeleton height={320} lines={8} />
      ) : table.source.size === 0 ? (
        <Empty text={workspace.filter ? S.runs.noneMatch : S.runs.empty} command={workspace.filter ? undefined : S.runs.logCommand(ownUrl())} />
      ) : (
        <DataGrid handle={handle} label={S.runs.runs} total={lines.root.size} at={lines.at} columns={columns} rowHeight={ROW_PX} bare need={(first, last) => lines.root.need(first, last)} hover={(id) => bus.set(id)}
          look={(row) => (isGroup(row) ? { id: groupId(row), className: 'group-row' } : { id: row.id, className: row.status === 'crit' ? 'edge' : undefined })} />
      )}
    </div>
  );
}

const short = (row: RunRow, table: TableData, room: number): string => (row.name.length <= room ? row.name : (foldNames([row.name, ...table.sample.slice(0, 60).map((r) => r.name)], Math.floor(room))[0] ?? row.name));
