// Distance to a limit: the bar fills as the value nears it, the tick is the limit.
import { finite, type Figure } from '../format/number';

interface Props {
  value: Figure;
  limit: number | null;
  direction: 'above' | 'below';
  status: string;
  fraction?: number | null;
}

const LIMIT_AT = 0.72;

export function Meter({ value, limit, direction, status, fraction }: Props) {
  const near = fraction ?? nearness(finite(value), limit, direction);
  const filled = near === null ? 0 : Math.min(1, near * LIMIT_AT);
  return (
    <svg className={`meter status-${status}`} viewBox="0 0 100 8" width="100%" height="8" preserveAspectRatio="none" aria-hidden="true">
      <rect className="meter-track" x="0" y="1.5" width="100" height="5" />
      {near !== null && <rect x="0" y="1.5" width={filled * 100} height="5" fill="currentColor" />}
      <rect className="meter-limit" x={LIMIT_AT * 100} y="0" width="0.8" height="8" />
    </svg>
  );
}

// 1 at the limit. For "below" the far end is one limit's worth above it.
export function nearness(value: number | null, limit: number | null, direction: 'above' | 'below'): number | null {
  if (value === null || limit === null) return null;
  if (direction === 'above') return limit <= 0 ? null : Math.max(0, value / limit);
  const far = Math.max(Math.abs(limit), 1e-9);
  return Math.max(0, 1 - (value - limit) / far);
}
