// Drift of every column in every window, one picture.
import { useMemo } from 'react';
import type { Schemas } from '../../api/client';
import { foldShared, middle } from '../../format/name';
import { fixed, grouped } from '../../format/number';
import { span, weekday } from '../../format/time';
import { S } from '../../strings';
import { HeatLegend, HeatMap } from '../../ui/HeatMap';
import { TimeAxis } from '../../ui/TimeAxis';
import { TimeStack, useFrame } from '../../ui/TimeStack';

const PITCH = 24;

interface Props {
  map: Schemas['DriftMap'];
  rows?: number;
  left: number;
  right: number;
  onPick: (feature: string, from: string, to: string) => void;
}

export function DriftStack(props: Props) {
  const { map, left, right } = props;
  const first = map.windows[0];
  const last = map.windows.at(-1);
  if (!first || !last) return <p className="quiet-fact">{S.home.driftNone}</p>;
  return (
    <>
      <TimeStack from={Date.parse(first.from)} to={Date.parse(last.to)} left={left} right={right}>
        <DriftRows {...props} />
        <TimeAxis />
      </TimeStack>
      <DriftLegend map={map} />
    </>
  );
}

export function DriftLegend({ map }: { map: Schemas['DriftMap'] }) {
  const levels = useMemo(() => new Set(map.features.flatMap((f) => f.levels)), [map]);
  return <HeatLegend scaleMax={map.scale_max} measure={S.metrics[map.metric] ?? map.metric} levels={levels} />;
}

const LONG = 16;

// Long names are folded to what tells them apart.
function labels(names: string[]): string[] {
  const long = names.filter((n) => n.length > LONG);
  const folded = foldShared(long);
  return names.map((n) => (n.length > LONG ? middle(folded[long.indexOf(n)] ?? n, LONG) : n));
}

export function DriftRows({ map, rows, onPick, chosen, feature, now }: Omit<Props, 'left' | 'right'> & { chosen?: { from: number; to: number } | null; feature?: string; now?: boolean }) {
  const frame = useFrame();
  const shown = useMemo(() => map.features.slice(0, rows ?? map.features.length), [map, rows]);
  const names = useMemo(() => labels(shown.map((r) => r.name)), [shown]);
  const windows = useMemo(() => map.windows.map((w) => ({ from: Date.parse(w.from), to: Date.parse(w.to) })), [map]);
  const describe = (r: number, w: number) => {
    const row = shown[r];
    const window = windows[w];
    if (!row || !window) return '';
    const value = row.values[w];
    const when = `${weekday(window.from)} ${span(window.from, window.to)}`;
    if (value === null || value === undefined) return `${row.name} · ${when} · ${S.statusWord.none}`;
    const level = row.levels[w];
    return `${row.name} · ${when} · ${S.metrics[map.metric]} ${fixed(value, 3)} · n ${grouped(row.n[w] ?? 0)}${level === 'warn' || level === 'crit' ? ` · ${S.statusWord[level]}` : ''}`;
  };
  return (
    <div className="drift-rows">
      <div className="drift-names" style={{ width: frame.left }}>
        {shown.map((row, i) => (
          <button key={row.name} type="button" className={row.name === feature ? 'drift-name on' : 'drift-name'} style={{ height: PITCH }} aria-label={names[i] === row.name ? undefined : row.name} onClick={() => onPick(row.name, '', '')}>
            <span className="clip">{names[i]}</span>
            {now && !frame.narrow && <span className="dim">{row.importance !== null ? fixed(row.importance, 2) : row.role === 'output' ? S.monitor.output : ''}</span>}
          </button>
        ))}
      </div>
      <HeatMap
        rows={shown}
        windows={windows}
        scaleMax={map.scale_max}
        pitch={PITCH}
        chosen={chosen ?? null}
        label={`${S.home.drift}. ${shown.map((r) => r.name).join(', ')}`}
        describe={describe}
        onPick={(r, a, b) => {
          const row = shown[r];
          const from = map.windows[a];
          const to = map.windows[b];
          if (row && from && to) onPick(row.name, from.from, to.to);
        }}
      />
      {now && (
        <div className="drift-now" style={{ width: frame.right }}>
          {shown.map((row) => {
            const level = row.levels.at(-1);
            return (
              <span key={row.name} className={level === 'warn' || level === 'crit' ? `status-${level}` : undefined} style={{ height: PITCH }}>
                {fixed(row.values.findLast((v) => v !== null) ?? null, 3)}
              </span>
            );
          })}
        </div>
      )}
    </div>
  );
}
