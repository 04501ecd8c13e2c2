// The left half of the workspace: the table with what is around it.
import { useMemo, type Ref } from 'react';
import { ownUrl } from '../../../api/prefix';
import { S } from '../../../strings';
import { Empty, ErrorPanel, Skeleton } from '../../../ui/Feedback';
import type { GridHandle } from '../../../ui/grid/types';
import { toast } from '../../../ui/Toast';
import { exportCsv } from '../exportCsv';
import type { HoverBus } from '../hover';
import type { Shown } from '../shown';
import { toggled } from '../useSelection';
import type { Texts } from '../useTexts';
import type { How } from '../useWorkspace';
import type { Workspace } from '../workspace';
import { ColumnMenu } from './ColumnMenu';
import { MarkBar } from './MarkBar';
import { RunsTable, type TableActs } from './RunsTable';
import { groupId, isGroup } from './useLines';
import type { TableData } from './useTable';
import { useLatest } from '../../../ui/measure';

interface Props {
  table: TableData;
  texts: Texts;
  shown: Shown[];
  workspace: Workspace;
  patch: (patch: Partial<Workspace>, how?: How) => void;
  bus: HoverBus;
  handle: Ref<GridHandle>;
  editColumns: () => void;
  name: string;
}

export function TableSide({ table, texts, shown, workspace, patch, bus, handle, editColumns, name }: Props) {
  const byId = useMemo(() => new Map(shown.map((s) => [s.id, s])), [shown]);
  const columns = useMemo(() => (texts.optional.size === 0 ? texts.asked : texts.asked.filter((text) => !texts.optional.has(text) || differs(table, text))), [texts, table.sample, table.server]);  // eslint-disable-line react-hooks/exhaustive-deps
  const now = useLatest({ workspace, byId, columns, patch, editColumns });
  const acts = useMemo((): TableActs => {
    const setColumns = (next: string[]) => now.current.patch({ columns: next });
    const setSort = (sort: string | undefined) => now.current.patch({ sort }, 'push');
    return {
      setSort,
      toggleShown: (row) => {
        const id = isGroup(row) ? groupId(row) : row.id;
        now.current.patch(toggled(now.current.workspace, id, now.current.byId.has(id)));
      },
      moveColumn: (id, before) => {
        const rest = now.current.columns.filter((text) => text !== id);
        const at = before === null ? -1 : rest.indexOf(before);
        setColumns(at < 0 ? [...rest, id] : [...rest.slice(0, at), id, ...rest.slice(at)]);
      },
      compare: (ids) => (ids.length < 2 ? toast(S.runs.compareFew) : now.current.patch({ sel: { top: 0, ids }, hide: [], base: ids[0], differ: true, group: [] }, 'push')),
      editColumns: () => now.current.editColumns(),
      menu: (text, close) => (
        <ColumnMenu
          text={text}
          close={close}
          acts={{
            texts: now.current.columns, set: setColumns, pinned: now.current.workspace.pin, setPinned: (pin) => now.current.patch({ pin }), setSort,
            group: (by) => now.current.patch({ group: [...now.current.workspace.group, by], hide: [], sel: { ...now.current.workspace.sel, ids: [] } }, 'push'),
            only: (value) => now.current.patch({ filter: now.current.workspace.filter ? `(${now.current.workspace.filter}) AND ${value} IS NOT NULL` : `${value} IS NOT NULL` }, 'push'),
          }}
        />
      ),
    };
  }, [now]);
  const { filter } = workspace;
  if (table.error && !table.known) return <ErrorPanel error={table.error} retry={table.retry} />;
  if (!table.known) return <Skeleton height={420} lines={12} />;
  if (table.source.size === 0) return <Empty text={filter ? S.runs.noneMatch : S.runs.empty} command={filter ? undefined : S.runs.logCommand(ownUrl())} />;
  return (
    <div className="table-side">
      {table.error && <ErrorPanel error={table.error} retry={table.retry} />}
      {table.waiting && <div className="progress-line" />}
      {table.fresh > 0 && (
        <button type="button" className="fresh-runs" onClick={table.refresh}>
          {S.runs.fresh(table.fresh)}
        </button>
      )}
      <RunsTable
        source={table.source} version={table.version} wish={table.wish} wanted={table.wanted} texts={columns} server={table.server} sample={table.sample} children={table.children} by={table.by} figures={table.figures}
        shown={byId} pinned={workspace.pin} sort={workspace.sort} bus={bus} acts={acts} handle={handle}
        bar={(marks) => <MarkBar marks={marks} compare={acts.compare} draw={(ids) => patch({ sel: { top: 0, ids }, hide: [] }, 'push')} exportCsv={(ids) => void exportCsv(table.wish, table.wanted.columns, ids, name).catch((error: Error) => toast(error.message))} changed={table.refresh} />}
      />
    </div>
  );
}

// Whether the runs that are held have more than one value of it.
function differs({ server, sample }: TableData, text: string): boolean {
  const i = server.findIndex((c) => c.text === text);
  return i < 0 || sample.length < 2 || new Set(sample.map((row) => row.cells[i])).size > 1;
}
