// 24 points, an end dot, no axis. Its words say what it shows.
import { finite, type Figure } from '../format/number';
import { useWidth } from './measure';

interface Props {
  values: readonly Figure[];
  label: string;
  height?: number;
  status?: string;
}

export function Sparkline({ values, label, height = 32, status = 'run' }: Props) {
  const [box, width] = useWidth<HTMLSpanElement>();
  const points = values.map(finite);
  const known = points.filter((v): v is number => v !== null);
  const drawn = width > 0 && known.length >= 2;
  return (
    <span ref={box} className={`spark spark-${status}`} style={{ height }} role={drawn ? 'img' : undefined} aria-label={drawn ? label : undefined}>
      {drawn && <Line points={points} low={Math.min(...known)} high={Math.max(...known)} width={width} height={height} />}
    </span>
  );
}

function Line({ points, low, high, width, height }: { points: (number | null)[]; low: number; high: number; width: number; height: number }) {
  const x = (i: number) => 1 + (i / (points.length - 1)) * (width - 5);
  const y = (v: number) => (high === low ? height / 2 : height - 4 - ((v - low) / (high - low)) * (height - 8));
  let path = '';
  points.forEach((v, i) => {
    if (v !== null) path += `${i > 0 && points[i - 1] !== null ? 'L' : 'M'}${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
  });
  const end = points.findLastIndex((v) => v !== null);
  return (
    <svg width={width} height={height} aria-hidden="true">
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
      <circle cx={x(end)} cy={y(points[end] ?? 0)} r="2.2" fill="currentColor" />
    </svg>
  );
}
