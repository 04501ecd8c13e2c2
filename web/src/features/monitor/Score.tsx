// The monitor's one picture: events, drift, alarm signals, quality and labels over one time axis with one cursor.
import { useMemo, useState } from 'react';
import type { Schemas } from '../../api/client';
import { fixed, grouped, percent } from '../../format/number';
import { span, weekday } from '../../format/time';
import { S } from '../../strings';
import { Chart, type Limit, type Line } from '../../ui/Chart';
import { FlagRail, TimeAxis } from '../../ui/TimeAxis';
import { TimeStack, useFrame } from '../../ui/TimeStack';
import { DriftLegend, DriftRows } from './DriftStack';
import { QualityChart, QualityLegend, useMiddles, useWindowAt } from './QualityStack';

interface Props {
  map: Schemas['DriftMap'];
  performance: Schemas['Performance'];
  feature: string;
  chosen: { from: string; to: string } | null;
  onPick: (feature: string, from: string, to: string) => void;
}

const FEW = 12;
const LEFT = 148;
const RIGHT = 72;

export function Score({ map, performance, feature, chosen, onPick }: Props) {
  const first = map.windows[0];
  const last = map.windows.at(-1);
  const area = chosen ? { from: Date.parse(chosen.from), to: Date.parse(chosen.to) } : null;
  const [all, setAll] = useState(false);
  const alone = map.signals.filter((s) => s.column !== null);
  if (!first || !last) return <p className="quiet-fact">{S.home.driftNone}</p>;
  return (
    <div className="card score">
      <TimeStack from={Date.parse(first.from)} to={Date.parse(last.to)} left={LEFT} right={RIGHT}>
        <FlagRail flags={map.flags} name={S.monitor.flags} />
        <Title text={`${S.metrics[map.metric]} from the reference`} note={S.monitor.hint} columns />
        <DriftRows map={map} rows={all ? undefined : FEW} onPick={onPick} chosen={area} feature={feature} now />
        {map.features.length > FEW && (
          <button type="button" className="text-button more-rows" onClick={() => setAll(!all)}>
            {all ? S.monitor.fewer : S.monitor.moreColumns(map.features.length - FEW)}
          </button>
        )}
        {alone.map((signal) => (
          <SignalPanel key={signal.rule} signal={signal} windows={map.windows} />
        ))}
        <QualityPanel performance={performance} />
        <Coverage performance={performance} />
        <TimeAxis />
      </TimeStack>
      <DriftLegend map={map} />
      <QualityLegend data={performance} />
    </div>
  );
}

function Title({ text, note, value, columns }: { text: string; note?: string; value?: string; columns?: boolean }) {
  const frame = useFrame();
  return (
    <div className="panel-title">
      {columns && !frame.narrow && (
        <>
          <span className="gutter-head" style={{ width: frame.left }}>
            <span>{S.monitor.column}</span> <span>{S.monitor.importance}</span>
          </span>
          <span className="gutter-now" style={{ width: frame.right }}>
            {S.monitor.now}
          </span>
        </>
      )}
      <h2 style={{ marginLeft: frame.narrow ? 0 : frame.left }}>{text}</h2>
      {note && <span className="dim">{note}</span>}
      {value && <span className="at-cursor">{value}</span>}
    </div>
  );
}

const when = (w: Schemas['Window'] | undefined) => (w ? `${weekday(Date.parse(w.from))} ${span(Date.parse(w.from), Date.parse(w.to))}` : '');

function SignalPanel({ signal, windows }: { signal: Schemas['Signal']; windows: Schemas['Window'][] }) {
  const times = useMiddles(windows);
  const i = useWindowAt(windows);
  const lines = useMemo<Line[]>(() => [{ name: signal.rule, values: signal.values, colour: 'text', width: 1.75, hollow: signal.levels.map((l) => l === 'few') }], [signal]);
  const limits = useMemo<Limit[]>(() => [{ value: signal.limit, status: signal.levels.includes('crit') ? 'crit' : 'warn', label: `limit ${fixed(signal.limit, 3)}`, side: signal.direction }], [signal]);
  const value = i === null ? undefined : `${when(windows[i])} · ${fixed(signal.values[i] ?? null, 3)} · n ${grouped(signal.n[i] ?? 0)}`;
  return (
    <div className="panel">
      <Title text={signal.rule} note={`${S.metrics[signal.metric] ?? signal.metric} of ${signal.column}, needs no label`} value={value} />
      <Chart times={times} lines={lines} limits={limits} height={112} label={`${signal.rule}, ${signal.metric}`} floor={signal.direction === 'above' ? 0 : undefined} />
    </div>
  );
}

function QualityPanel({ performance }: { performance: Schemas['Performance'] }) {
  const i = useWindowAt(performance.windows);
  const primary = i === null ? undefined : performance.versions.find((v) => v.role === 'primary' && (v.realised[i] !== null || v.estimated[i] !== null));
  const value =
    i === null || !primary
      ? undefined
      : `${when(performance.windows[i])} · ${primary.version.name} ${fixed(primary.realised[i] ?? null, 3)} [${fixed(primary.realised_low[i] ?? null, 3)}, ${fixed(primary.realised_high[i] ?? null, 3)}] · est. ${fixed(primary.estimated[i] ?? null, 3)} · n ${grouped(primary.labelled[i] ?? 0)}`;
  return (
    <div className="panel">
      <Title text={S.metrics[performance.metric] ?? performance.metric} note={performance.sentence} value={value} />
      <QualityChart data={performance} height={190} />
    </div>
  );
}

// Share of each window's predictions that has a label; what has not come is hatched.
function Coverage({ performance }: { performance: Schemas['Performance'] }) {
  const frame = useFrame();
  const i = useWindowAt(performance.windows);
  const rows = performance.windows.reduce((sum, w) => sum + w.rows, 0);
  const overall = rows ? performance.windows.reduce((sum, w, k) => sum + w.rows * (performance.coverage[k] ?? 0), 0) / rows : null;
  const height = 26;
  return (
    <div className="coverage">
      <span className="gutter-name">{S.monitor.coverage}</span>
      <svg width={frame.width} height={height} role="img" aria-label={`${S.monitor.coverage} ${percent(overall)}`}>
        <defs>
          <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <path d="M0 0v5" stroke="var(--g-text3)" strokeWidth="1.2" />
          </pattern>
        </defs>
        {performance.windows.map((w, k) => {
          const left = frame.x(Date.parse(w.from));
          const wide = Math.max(1, frame.x(Date.parse(w.to)) - left - 1);
          const share = performance.coverage[k] ?? 0;
          return (
            <g key={w.from}>
              {share < 1 && <rect x={left} y={2} width={wide} height={(height - 4) * (1 - share)} fill="url(#hatch)" opacity="0.6" />}
              <rect className="coverage-bar" x={left} y={2 + (height - 4) * (1 - share)} width={wide} height={(height - 4) * share} />
            </g>
          );
        })}
      </svg>
      <span className="gutter-end" style={{ width: frame.right }}>
        {percent(i === null ? overall : (performance.coverage[i] ?? null))}
      </span>
    </div>
  );
}
