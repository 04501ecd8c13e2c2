// One metric over steps, with the min and max of each bucket as envelope.
import { useMemo } from 'react';
import { figure, fixed, grouped } from '../../format/number';
import { Chart, type Line } from '../../ui/Chart';
import { TimeStack, useFrame } from '../../ui/TimeStack';
import { ownPoints, type Series } from './ownPoints';

export function StepChart({ x, series }: { x: readonly number[]; series: Series }) {
  const own = useMemo(() => ownPoints(x, series), [x, series]);
  const lines = useMemo<Line[]>(() => [{ name: series.key, values: own.last, low: own.min, high: own.max, colour: 'cat-1' }], [series.key, own]);
  const from = own.x[0] ?? 0;
  const to = own.x.at(-1) ?? 1;
  const last = own.last.at(-1);
  return (
    <section className="card" aria-label={series.key}>
      <h2>
        <span className="mono">{series.key}</span>
        <span className="head-link num">{figure(last)}</span>
      </h2>
      <TimeStack from={from} to={to > from ? to : from + Math.max(1, Math.abs(from) * FAR_SHARE)} left={44} right={12}>
        <Chart times={own.x} lines={lines} height={150} decimals={3} label={`${series.key}, last ${figure(last)}`} />
        <Steps />
      </TimeStack>
    </section>
  );
}

const ROOM_PX = 72;
const FAR_SHARE = 1e-6;  // beyond 2^53 a number and the next whole one are the same to the page

function Steps() {
  const frame = useFrame();
  const most = Math.max(2, Math.floor((frame.width - frame.left - frame.right) / ROOM_PX));
  const raw = (frame.to - frame.from) / most;
  const size = 10 ** Math.floor(Math.log10(Math.max(raw, 1e-9)));
  const step = [1, 2, 5, 10].map((m) => m * size).find((s) => s >= raw) ?? size * 10;
  const first = Math.ceil(frame.from / step);
  const list = new Set(Array.from({ length: most + 1 }, (_, i) => (first + i) * step).filter((at) => at >= frame.from && at <= frame.to));
  return (
    <div className="time-axis" aria-hidden="true">
      {[...list].map((at) => (
        <span key={at} style={{ left: frame.x(at) }}>
          {step >= 1 || at === 0 ? grouped(at) : fixed(at, Math.ceil(-Math.log10(step)))}
        </span>
      ))}
    </div>
  );
}
