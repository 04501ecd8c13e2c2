// The charts of the runs that are drawn: sections of panels, one cursor and one x for all of them.
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { ApiError } from '../../../api/client';
import { runCountQuery, type RunsWish } from '../../../api/queries';
import { ownUrl } from '../../../api/prefix';
import { S } from '../../../strings';
import { Dialog } from '../../../ui/Dialog';
import { Empty, ErrorPanel, Skeleton } from '../../../ui/Feedback';
import { Icon } from '../../../ui/Icon';
import { keep, recall } from '../../../ui/kept';
import { useWidth } from '../../../ui/measure';
import { useProject } from '../../../ui/Shell';
import { toast } from '../../../ui/Toast';
import { BoardProvider, PlotCursor, useBoard, type Board, type Hovered } from './board';
import { readSpan, readX, writeSpan, writeX } from './axis';
import { panelId, type Panel, type Section } from './layout';
import { LinePanel, type BodyProps } from './LinePanel';
import { usePlacing, type Placing } from './placing';
import { isDense } from './request';
import { Toolbar } from './Toolbar';
import type { Shown } from '../shown';
import { useTuned } from './tuned';
import { useAsked } from './useCurves';
import { useSections } from './useSections';

const DensityPanel = lazy(() => import('./DensityPanel'));
const ScatterPanel = lazy(() => import('./ScatterPanel'));
const ParallelPanel = lazy(() => import('./ParallelPanel'));
const ImportancePanel = lazy(() => import('./ImportancePanel'));
const NotePanel = lazy(() => import('./NotePanel'));

const HIDDEN_KEPT = 60;       // runs that were hidden just now and stay asked for
const FIRST_OPEN = 12;        // panels that are unfolded by themselves
const COLUMN_PX = 258;
const MOST_COLUMNS = 3;
const NEAR = '240px 0px';     // panels that far from the screen are drawn already
const PREVIEW_MS = 400;

export interface PanelGridProps {
  experiment: string;
  wish: RunsWish;
  shown: Shown[];
  group: string[];
  bus: Hovered;
}

export function PanelGrid({ experiment, wish, shown, group, bus }: PanelGridProps) {
  const project = useProject();
  const [x, setX] = useTuned('x');
  const [smooth, setSmooth] = useTuned('smooth');
  const [log, setLog] = useTuned('log');
  const [outliers, setOutliers] = useTuned('outliers');
  const [zoom, setZoom] = useTuned('zoom');
  const [find, setFind] = useState('');
  const [span, setSpan] = useState(0);
  const preview = useRecent(smooth);
  const total = useQuery(runCountQuery(wish));
  const [cursor] = useState(() => new PlotCursor());
  const asked = useAsked(shown, HIDDEN_KEPT);
  const sections = useSections(experiment, find);
  const board = useMemo<Board>(
    () => ({
      experiment, wish, group, shown, asked, bus, cursor, project, preview,
      total: total.data ?? null,
      x: readX(x),
      smooth: Math.max(0, Number(smooth) || 0),
      xLog: log?.includes('x') ?? false,
      yLog: log?.includes('y') ?? false,
      clip: outliers === 'clip',
      zoom: readSpan(zoom),
      setZoom: (next) => setZoom(writeSpan(next)),
    }),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [experiment, JSON.stringify(wish), group.join(), shown, asked, bus, cursor, project, preview, total.data, x, smooth, log, outliers, zoom],
  );
  const setAxis = (next: Board['x']) => {
    setX(writeX(next));
    setZoom(undefined);
    cursor.setPins([]);
  };
  return (
    <BoardProvider value={board}>
      <section className="panels" aria-label={S.panels.label}>
        <Toolbar
          span={span}
          setSpan={setSpan}
          find={find}
          setFind={setFind}
          setAxis={setAxis}
          setSmooth={(v) => setSmooth(v > 0 ? String(v) : undefined)}
          setLog={(axis, on) => setLog([...new Set([...(log ?? '')].filter((c) => c !== axis)), ...(on ? [axis] : [])].sort().join('') || undefined)}
          setClip={(on) => setOutliers(on ? 'clip' : undefined)}
          sections={sections}
        />
        <Body sections={sections} span={span} />
        <p id="panels-live" className="hidden" role="status" />
      </section>
    </BoardProvider>
  );
}

// True for a moment after a value has changed.
function useRecent(value: string | undefined): boolean {
  const [recent, setRecent] = useState(false);
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    setRecent(true);
    const timer = setTimeout(() => setRecent(false), PREVIEW_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return recent;
}

function Body({ sections: all, span }: { sections: ReturnType<typeof useSections>; span: number }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const [folded, setFolded] = useFolded(all.sections, all.found);
  const [full, setFull] = useTuned('full');
  const columns = width === 0 ? 2 : Math.min(span || MOST_COLUMNS, MOST_COLUMNS, Math.max(1, Math.floor(width / COLUMN_PX)));
  const placing = usePlacing(all.sections, columns, all.set, (panel, undo) => toast(S.panels.removed(panel.title ?? panel.keys[0] ?? ''), undo));
  const { sections, loading, error, total } = all;
  if (error instanceof ApiError && error.status === 404) return null;  // the page says already that there is no such experiment
  if (error && sections.length === 0) return <ErrorPanel error={error} retry={all.retry} />;
  if (loading && sections.length === 0) return <Skeleton height={480} lines={8} />;
  if (sections.length === 0 && !all.found && total === 0) return <Empty text={S.panels.noMetrics} command={S.runs.logCommand(ownUrl())} />;
  const opened = sections.flatMap((s, i) => s.panels.map((panel, j) => ({ panel, at: placing([i, j]) }))).find(({ panel }) => full === panelId(panel));
  return (
    <div ref={box} className="panel-sections">
      {all.found && <p className="dim">{S.panels.found(total)}</p>}
      {sections.map((section, s) => (
        <SectionView key={section.name} section={section} folded={folded.has(section.name)} fold={() => setFolded(section.name)} columns={columns}>
          {(panel, p) => <Slot key={panelId(panel)} panel={panel} placing={placing([s, p])} columns={columns} full={() => setFull(panelId(panel))} />}
        </SectionView>
      ))}
      {all.more && (
        <button type="button" className="text-button" onClick={all.more}>
          {S.panels.allMetrics(Math.max(0, total - all.listed))}
        </button>
      )}
      {opened && (
        <Dialog title={opened.panel.title ?? opened.panel.keys[0] ?? ''} close={() => setFull(undefined)} wide>
          <div className="panel-full">
            <One id={`full ${panelId(opened.panel)}`} panel={opened.panel} placing={opened.at} on height={Math.round(innerHeight * 0.72)} />
          </div>
        </Dialog>
      )}
    </div>
  );
}

function SectionView({ section, folded, fold, columns, children }: { section: Section; folded: boolean; fold: () => void; columns: number; children: (panel: Panel, place: number) => React.ReactNode }) {
  return (
    <section className="panel-section">
      <h2>
        <button type="button" className="fold" aria-expanded={!folded} onClick={fold}>
          <span className={folded ? 'fold-mark' : 'fold-mark open'} aria-hidden="true">
            <Icon name="right" size={14} />
          </span>
          {section.name} <span className="dim">({section.panels.length})</span>
        </button>
      </h2>
      {!folded && (
        <div className="panel-cells" style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
          {section.panels.map(children)}
        </div>
      )}
    </section>
  );
}

// A place for a panel. What stands in it asks for its curves and is drawn only near the screen.
function Slot({ panel, placing, columns, full }: { panel: Panel; placing: Placing; columns: number; full: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const [on, setOn] = useState(false);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const node = box.current;
    if (!node) return;
    const observer = new IntersectionObserver(([entry]) => {
      const near = entry?.isIntersecting ?? false;
      setOn(near);
      if (near) setSeen(true);
    }, { rootMargin: NEAR });
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={box} className="panel-slot" style={{ gridColumn: `span ${Math.min(panel.width ?? 1, columns)}`, minHeight: panel.height ?? 232 }}>
      {seen && <One id={panelId(panel)} panel={panel} placing={placing} on={on} full={full} />}
    </div>
  );
}

function One(props: BodyProps & { dense?: boolean }) {
  const { panel } = props;
  if (panel.kind === 'line') return <Lines {...props} />;
  const Kind = { scatter: ScatterPanel, parallel: ParallelPanel, importance: ImportancePanel, note: NotePanel }[panel.kind];
  return (
    <Suspense fallback={<Skeleton height={panel.height ?? 232} lines={4} />}>
      <Kind {...props} />
    </Suspense>
  );
}

function Lines(props: BodyProps) {
  return (
    <DenseOr {...props}>
      <LinePanel {...props} />
    </DenseOr>
  );
}

function DenseOr({ children, ...props }: BodyProps & { children: React.ReactNode }) {
  if (!isDense(useBoard())) return children;
  return (
    <Suspense fallback={<Skeleton height={props.panel.height ?? 232} lines={4} />}>
      <DensityPanel {...props} />
    </Suspense>
  );
}

const FOLDS = 'gyre.folds.';

// Sections that are folded: by hand, as the address and this browser remember; else what stands behind the first dozen panels.
function useFolded(sections: readonly Section[], found: boolean): [ReadonlySet<string>, (name: string) => void] {
  const { experiment } = useBoard();
  const [text, setText] = useTuned('fold');
  const [stored] = useState(() => recall(FOLDS + experiment) ?? undefined);
  const folded = useMemo(() => {
    if (found) return new Set<string>();
    const told = text ?? stored;
    if (told !== undefined) return new Set(told.split(',').map(decodeURIComponent));
    let open = 0;
    return new Set(sections.filter((s) => (open += s.panels.length) > FIRST_OPEN && open > s.panels.length).map((s) => s.name));
  }, [text, stored, sections, found]);
  const flip = (name: string) => {
    const next = new Set(folded);
    if (!next.delete(name)) next.add(name);
    const told = [...next].map(encodeURIComponent).join(',') || '-';
    setText(told);
    keep(FOLDS + experiment, told);
  };
  return [folded, flip];
}
