// Which runs are good, and why? All runs of an experiment as a table, and beside it the charts of those that are drawn.
import { useQuery } from '@tanstack/react-query';
import { useParams, useRouter } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { experimentsQuery } from '../../api/queries';
import { S } from '../../strings';
import type { GridHandle } from '../../ui/grid/types';
import { ErrorPanel } from '../../ui/Feedback';
import { lettersOff, typing, usePageKeys } from '../../ui/keys';
import { useLatest, useMedia } from '../../ui/measure';
import { Segmented } from '../../ui/Segmented';
import { useProject } from '../../ui/Shell';
import { Split } from '../../ui/Split';
import { BinNotice } from '../retention/BinNotice';
import { FilterBar } from './FilterBar';
import { HoverBus } from './hover';
import { Heading } from './Heading';
import { NarrowRuns } from './table/NarrowRuns';
import { PanelGrid } from './panels/PanelGrid';
import { useColours, type Drawn } from './shown';
import { TableSide } from './table/TableSide';
import { figuresOf, useTable } from './table/useTable';
import { Toolbar } from './Toolbar';
import { useDrawn } from './useSelection';
import { useTexts } from './useTexts';
import { useWorkspace } from './useWorkspace';
import { ViewsMenu } from './ViewsMenu';
import { PANES, type Pane } from './workspace';

const NOTHING: Drawn[] = [];
const KEYS = [
  ['j k', S.runs.keyMove], ['Space', S.runs.keyShow], ['x', S.runs.keyMark], ['↵', S.runs.keyOpen], ['c', S.runs.keyCompare], ['e', S.runs.keyColumns], ['y', S.runs.keyCopy], ['s', S.runs.keyDrawer], ['[ ]', S.runs.keySibling],
] as const;

export function RunsPage() {
  const project = useProject();
  const { experiment = '' }: { experiment?: string } = useParams({ strict: false });
  return <Workspace key={experiment} project={project} experiment={experiment} />;
}

function Workspace({ project, experiment }: { project: string; experiment: string }) {
  const inWorkspace = useWorkspace();
  const { workspace, patch, waiting, error } = inWorkspace;
  const experiments = useQuery(experimentsQuery(project));
  const own = experiments.data?.rows.find((e) => e.id === experiment);
  const handle = useRef<GridHandle>(null);
  const rowsSeen = useCallback(() => handle.current?.rows() ?? { first: 0, last: 40 }, []);
  const texts = useTexts(experiment, workspace);
  const wish = useMemo(() => ({ experiment, filter: workspace.filter, sort: workspace.sort }), [experiment, workspace.filter, workspace.sort]);
  const ready = texts !== null && !waiting;
  const table = useTable(wish, workspace.group, texts?.asked ?? NO_TEXTS, ready, rowsSeen);
  const drawn = useDrawn(table.order, workspace, table.groups, ready);
  const shown = useColours(experiment, drawn ?? NOTHING, workspace.base);
  const [bus] = useState(() => new HoverBus());
  const [columnsOpen, setColumnsOpen] = useState(false);
  const wide = useMedia('(min-width: 1200px)');
  const phone = useMedia('(max-width: 639px)');
  const charts = PanelGrid !== null;
  // Where there is room for one, it is the charts on a tablet, with the runs in a drawer, and the runs on a phone.
  const pane: Pane = !charts ? 'table' : wide ? workspace.pane : workspace.pane === 'both' ? (phone ? 'table' : 'panels') : workspace.pane;
  useWorkspaceKeys(experiments.data?.rows, experiment, handle, () => setColumnsOpen(true), () => patch({ pane: pane === 'table' ? 'panels' : 'table' }));
  usePageKeys(KEYS);

  const filterBar = <FilterBar experiment={experiment} filter={workspace.filter} setFilter={(filter) => patch({ filter }, 'push')} />;
  const tools = texts && <Toolbar experiment={experiment} workspace={workspace} texts={texts.shown} columnsOpen={columnsOpen} setColumnsOpen={setColumnsOpen} patch={patch} />;
  const side = texts && (phone ? <NarrowRuns table={table} shown={shown} workspace={workspace} patch={patch} handle={handle} bus={bus} /> : <TableSide table={table} texts={texts} shown={shown} workspace={workspace} patch={patch} bus={bus} handle={handle} editColumns={() => setColumnsOpen(true)} name={own?.name ?? experiment} />);
  const panels = PanelGrid && pane !== 'table' && <PanelGrid experiment={experiment} wish={table.order} shown={shown} group={workspace.group} bus={bus} />;
  return (
    <div className={`runs-page pane-${pane}`}>
      <header className="runs-head">
        <Heading name={own?.name ?? experiment} table={table} drawn={shown.length} all={own?.runs_total ?? null} filtered={Boolean(workspace.filter)} />
        {charts && <Segmented label={S.runs.paneLabel} value={pane} options={PANES.filter((p) => wide || p !== 'both').map((p) => ({ value: p, text: (wide ? S.runs.panes : S.runs.runsAndCharts)[p] ?? p }))} onChange={(next) => patch({ pane: next })} />}
        <ViewsMenu experiment={experiment} inWorkspace={inWorkspace} />
      </header>
      {error && <ErrorPanel error={error} />}
      {experiments.data && !own && <BinNotice kind="experiment" id={experiment} />}
      {filterBar}
      {pane === 'both' && panels ? (
        <Split name="runs" label={S.runs.splitLine} usual={0.52} left={<>{tools}{side}</>} right={panels} />
      ) : pane === 'table' ? (
        <div className="runs-one">{tools}{side}</div>
      ) : (
        <div className="runs-one">{panels}</div>
      )}
    </div>
  );
}

const NO_TEXTS: string[] = [];

// Keys that work wherever the focus is; those of a row are the table's.
function useWorkspaceKeys(experiments: readonly { id: string; url: string }[] | undefined, experiment: string, handle: { current: GridHandle | null }, editColumns: () => void, swap: () => void) {
  const router = useRouter();
  const now = useLatest({ experiments, editColumns, swap });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || typing(event.target) || lettersOff() || document.querySelector('dialog[open], :popover-open[role="dialog"]')) return;
      const { experiments: all, editColumns: edit, swap: other } = now.current;
      const step = (by: number) => {
        const next = all?.[all.findIndex((e) => e.id === experiment) + by];
        if (next) router.history.push(next.url);
      };
      if (event.key === 'e') edit();
      else if (event.key === 's') other();
      else if (event.key === '[') step(-1);
      else if (event.key === ']') step(1);
      else if (event.key === 'j' || event.key === 'k') handle.current?.focus();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [experiment, handle, router, now]);
}

export { figuresOf };
