// Tick labels that change unit at boundaries, and the rail of flags above a stack.
import { clock, DAY_MS, day } from '../format/time';
import { FlagMark, type StatusName } from './Status';
import { Go } from './Go';
import { useFrame } from './TimeStack';

const HOUR = 3_600_000;
const STEPS = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY_MS, 2 * DAY_MS, 7 * DAY_MS, 14 * DAY_MS];
const MONDAY = 4 * DAY_MS;  // 1970-01-05
const ROOM_PX = 64;

export function ticks(from: number, to: number, width: number): { at: number; text: string }[] {
  const most = Math.max(2, Math.floor(width / ROOM_PX));
  const step = STEPS.find((s) => (to - from) / s <= most);
  if (!step) return months(from, to, most);
  const origin = step >= 7 * DAY_MS ? MONDAY : 0;
  const list = [];
  for (let at = origin + Math.ceil((from - origin) / step) * step; at < to; at += step) list.push({ at, text: at % DAY_MS === 0 ? day(at) : clock(at) });
  return list;
}

function months(from: number, to: number, most: number): { at: number; text: string }[] {
  const list = [];
  const start = new Date(from);
  const total = (to - from) / (30 * DAY_MS);
  const by = Math.max(1, Math.ceil(total / most));
  for (let month = start.getUTCMonth() + 1; ; month += by) {
    const at = Date.UTC(start.getUTCFullYear(), month, 1);
    if (at >= to) return list;
    list.push({ at, text: day(at, new Date(at).getUTCMonth() === 0) });
  }
}

export function TimeAxis() {
  const frame = useFrame();
  return (
    <div className="time-axis" aria-hidden="true">
      {ticks(frame.from, frame.to, frame.width - frame.left - frame.right).map((tick) => (
        <span key={tick.at} style={{ left: frame.x(tick.at) }}>
          {tick.text}
        </span>
      ))}
    </div>
  );
}

export interface FlagLike {
  id: string;
  at: string;
  kind: string;
  status: string;
  text: string;
  link: { url: string };
}

const NEAR_PX = 24;

interface Group {
  x: number;
  at: number;
  flags: FlagLike[];
}

// Flags nearer than this become one with a count; the worst of them gives the mark.
function group(flags: readonly FlagLike[], x: (ms: number) => number, from: number, to: number): Group[] {
  const groups: Group[] = [];
  const sorted = flags.map((flag) => ({ flag, at: Date.parse(flag.at) })).filter((f) => f.at >= from && f.at <= to).sort((a, b) => a.at - b.at);
  for (const { flag, at } of sorted) {
    const last = groups.at(-1);
    if (last && x(at) - last.x < NEAR_PX) last.flags.push(flag);
    else groups.push({ x: x(at), at, flags: [flag] });
  }
  return groups;
}

const RANK: Record<string, number> = { rollback: 6, alert: 5, deploy: 4, retrain: 3, decision: 2, commit: 1, resolve: 0, note: 0 };

export function FlagRail({ flags, name, rules = ['deploy', 'rollback', 'alert'] }: { flags: readonly FlagLike[]; name: string; rules?: readonly string[] }) {
  const frame = useFrame();
  const groups = group(flags, frame.x, frame.from, frame.to);
  return (
    <>
      <div className="flag-rail">
        <span className="gutter-name">{name}</span>
        {groups.map((g) => {
          const top = g.flags.reduce((best, f) => ((RANK[f.kind] ?? 0) > (RANK[best.kind] ?? 0) ? f : best));
          const words = g.flags.map((f) => `${day(Date.parse(f.at))}: ${f.text}`).join('\n');
          return (
            <Go key={top.id} href={top.link.url} className="flag" style={{ left: g.x }} data-tip={words}>
              <FlagMark kind={top.kind} status={top.status as StatusName} />
              <span className="hidden">{words}</span>
              {g.flags.length > 1 && <sup aria-hidden="true">{g.flags.length}</sup>}
            </Go>
          );
        })}
      </div>
      <div className="flag-rules" aria-hidden="true">
        {groups.filter((g) => g.flags.some((f) => rules.includes(f.kind))).map((g) => (
          <i key={g.at} className={g.flags.some((f) => f.kind === 'deploy') ? 'deploy' : 'alert'} style={{ left: g.x }} />
        ))}
      </div>
    </>
  );
}
