// Realised quality with its interval, what was estimated before labels came, and what a version would have done had it stayed.
import { useMemo } from 'react';
import type { Schemas } from '../../api/client';
import { finite, fixed } from '../../format/number';
import { S } from '../../strings';
import { Chart, type Limit, type Line } from '../../ui/Chart';
import { FlagLegend, FlagRail, TimeAxis } from '../../ui/TimeAxis';
import { TimeStack, useCursor } from '../../ui/TimeStack';

const SLOTS = 12;

// A version keeps its colour on every page: its number picks the slot.
export function versionColour(ref: string): string {
  const digits = Number(ref.replace(/.*@/, '').replace(/\D/g, '')) || 1;
  return `cat-${((digits - 1) % SLOTS) + 1}`;
}

export function qualityLines(data: Schemas['Performance']): Line[] {
  const lines: Line[] = [];
  for (const v of data.versions) {
    const kept = v.role !== 'primary';
    lines.push({
      name: `${v.version.name} ${v.role}`,
      values: v.realised,
      low: kept ? undefined : v.realised_low,
      high: kept ? undefined : v.realised_high,
      colour: versionColour(v.version.ref),
      dash: kept ? [5, 3] : undefined,
      faint: kept,
      hollow: kept ? undefined : v.realised.map((r, i) => finite(r) !== null && !v.complete[i]),
      endLabel: lasts(v.realised) ? (kept ? `${v.version.name} kept` : v.version.name) : undefined,
    });
  }
  const estimated = data.windows.map((_, i) => data.versions.filter((v) => v.role === 'primary').map((v) => v.estimated[i]).find((e) => finite(e ?? null) !== null) ?? null);
  lines.push({ name: S.monitor.estimated, values: estimated, colour: 'text3', dash: [1.5, 3], width: 1.5, endLabel: lasts(estimated) ? 'est.' : undefined });
  return lines;
}

const RECENT = 0.9;
const lasts = (values: readonly Schemas['MaybeFigure'][]) => values.findLastIndex((v) => finite(v) !== null) >= values.length * RECENT;

export function qualityLimits(data: Schemas['Performance']): Limit[] {
  return data.limits.map((l) => ({ value: l.value, status: l.severity === 'critical' ? 'crit' : 'warn', label: `limit ${fixed(l.value, 2)}`, side: l.direction }));
}

export function useMiddles(windows: Schemas['Window'][]): number[] {
  return useMemo(() => windows.map((w) => (Date.parse(w.from) + Date.parse(w.to)) / 2), [windows]);
}

export function QualityStack({ data, height, left, right, flags }: { data: Schemas['Performance']; height: number; left: number; right: number; flags?: boolean }) {
  const first = data.windows[0];
  const last = data.windows.at(-1);
  if (!first || !last) return <p className="quiet-fact">{S.home.driftNone}</p>;
  return (
    <TimeStack from={Date.parse(first.from)} to={Date.parse(last.to)} left={left} right={right}>
      {flags && <FlagRail flags={data.flags} name="" />}
      <QualityChart data={data} height={height} />
      <TimeAxis />
    </TimeStack>
  );
}

export function QualityChart({ data, height }: { data: Schemas['Performance']; height: number }) {
  const times = useMiddles(data.windows);
  const lines = useMemo(() => qualityLines(data), [data]);
  const limits = useMemo(() => qualityLimits(data), [data]);
  return <Chart times={times} lines={lines} limits={limits} height={height} label={data.sentence || S.monitor.quality} />;
}

export function QualityLegend({ data }: { data: Schemas['Performance'] }) {
  return (
    <p className="legend">
      <span className="dim">{S.monitor.realised}</span>
      {data.versions.map((v) => (
        <span key={`${v.version.ref}${v.role}`}>
          <Swatch colour={versionColour(v.version.ref)} dash={v.role !== 'primary'} />
          {v.role === 'primary' ? v.version.name : S.monitor.kept(v.version.name)}
        </span>
      ))}
      <span>
        <Swatch colour="text3" dots /> {S.monitor.estimated}
      </span>
      <span>
        <i className="key-band" /> {S.monitor.ci}
      </span>
      <FlagLegend flags={data.flags} />
    </p>
  );
}

export function Swatch({ colour, dash, dots }: { colour: string; dash?: boolean; dots?: boolean }) {
  return (
    <svg className="swatch" width="18" height="8" aria-hidden="true">
      <path d="M1 4h16" stroke={`var(--g-${colour})`} strokeWidth="2.5" strokeDasharray={dots ? '1.5 3' : dash ? '5 3' : undefined} />
    </svg>
  );
}

// The window under the cursor, or the last that has a value.
export function useWindowAt(windows: Schemas['Window'][]): number | null {
  const at = useCursor();
  if (at === null) return null;
  const i = windows.findIndex((w) => at >= Date.parse(w.from) && at < Date.parse(w.to));
  return i < 0 ? null : i;
}
