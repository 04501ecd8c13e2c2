// A curve in a cell: 24 points and an end dot. Drawn in a box of its own numbers, so that the same picture fits any width.
import { memo } from 'react';

const WIDE = 72;
const HIGH = 20;
const EDGE = 3;

export const Spark = memo(function Spark({ points, colour }: { points: readonly (number | null)[]; colour: string }) {
  const known = points.filter((v): v is number => v !== null && Number.isFinite(v));
  if (known.length === 0) return null;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const x = (i: number) => EDGE + (i / Math.max(1, points.length - 1)) * (WIDE - 2 * EDGE);
  const y = (v: number) => (high === low ? HIGH / 2 : HIGH - EDGE - ((v - low) / (high - low)) * (HIGH - 2 * EDGE));
  let path = '';
  let broken = true;
  points.forEach((v, i) => {
    if (v !== null && Number.isFinite(v)) path += `${broken ? 'M' : 'L'}${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
    broken = v === null || !Number.isFinite(v);
  });
  const end = points.findLastIndex((v) => v !== null && Number.isFinite(v));
  return (
    <svg className="run-spark" width={WIDE} height={HIGH} aria-hidden="true" style={{ color: `var(--g-${colour})` }}>
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
      <circle cx={x(end)} cy={y(points[end] ?? 0)} r="2" fill="currentColor" />
    </svg>
  );
});
