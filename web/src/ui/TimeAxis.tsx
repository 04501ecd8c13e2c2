// Tick labels that change unit at boundaries, and the rail of flags above a stack.
import { clock, DAY_MS, day, monthYear } from '../format/time';
import { S } from '../strings';
import { FlagMark, type StatusName } from './Status';
import { Go } from './Go';
import { useFrame } from './TimeStack';

const HOUR = 3_600_000;
const STEPS = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY_MS, 2 * DAY_MS, 7 * DAY_MS, 14 * DAY_MS];
const MONDAY = 4 * DAY_MS;  // 1970-01-05
const ROOM_PX = 64;
const YEARLY = 13;  // Months after which a month alone may be meant twice.

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
    list.push({ at, text: total > YEARLY ? monthYear(at) : day(at, new Date(at).getUTCMonth() === 0) });
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

const NEAR_PX = 24;  // A finger's width: nearer than this they would be one target.

interface Group {
  x: number;
  at: number;
  flags: FlagLike[];
}

// A chart shows what changed the world it draws: not the steps on the way, nor that it became quiet again.
export const telling = (flag: FlagLike) => flag.kind === 'alert' || flag.kind === 'rollback' || flag.kind === 'retrain' || (flag.kind === 'deploy' && flag.status === 'ok');

// Flags nearer than this become one with a count; the worst of them gives the mark.
function group(flags: readonly FlagLike[], x: (ms: number) => number, from: number, to: number): Group[] {
  const groups: Group[] = [];
  const timed = flags.map((flag) => ({ flag, at: Date.parse(flag.at) })).filter((f) => f.at >= from && f.at <= to).sort((a, b) => a.at - b.at);
  for (const { flag, at } of timed) {
    const last = groups.at(-1);
    if (last && x(at) - last.x < NEAR_PX) last.flags.push(flag);
    else groups.push({ x: x(at), at, flags: [flag] });
  }
  return groups;
}

const RANK: Record<string, number> = { rollback: 6, deploy: 5, alert: 4, retrain: 3, decision: 2, commit: 1, resolve: 0, note: 0 };
const STATUS_RANK: Record<string, number> = { crit: 2, warn: 1 };
const rank = (f: FlagLike) => (RANK[f.kind] ?? 0) + (STATUS_RANK[f.status] ?? 0) / 4;
const isDeploy = (f: FlagLike) => f.kind === 'deploy' || f.kind === 'rollback';
const NAME_PX = 34;   // Room that the name of a version takes,
const COUNT_PX = 26;  // and a count.

// Two lanes: which version serves, and what led to it.
export function FlagRail({ flags, name }: { flags: readonly FlagLike[]; name: string }) {
  const { x, from, to, narrow } = useFrame();
  const shown = flags.filter(telling);
  const deploys = group(shown.filter(isDeploy), x, from, to);
  const others = group(shown.filter((f) => !isDeploy(f)), x, from, to);
  return (
    <>
      <div className="flag-rail">
        <span className="gutter-name">{name}</span>
        {deploys.map((g, i) => (
          <Mark key={g.at} group={g} lane="deploys" room={(deploys[i + 1]?.x ?? Infinity) - g.x} />
        ))}
        {others.map((g, i) => (
          <Mark key={g.at} group={g} lane="others" room={(others[i + 1]?.x ?? Infinity) - g.x} />
        ))}
      </div>
      <div className="flag-rules" aria-hidden="true">
        {(narrow ? [] : others).filter((g) => g.flags.some((f) => f.kind === 'alert')).map((g) => (
          <i key={g.at} className="alert" style={{ left: g.x }} />
        ))}
        {deploys.map((g) => (
          <i key={g.at} className="deploy" style={{ left: g.x }} />
        ))}
      </div>
    </>
  );
}

function Mark({ group: g, lane, room }: { group: Group; lane: string; room: number }) {
  const top = g.flags.reduce((best, f) => (rank(f) > rank(best) ? f : best));
  const words = g.flags.map((f) => `${day(Date.parse(f.at))}: ${f.text}`).join('\n');
  const version = isDeploy(top) && room >= NAME_PX ? /v\d+/.exec(g.flags.at(-1)?.text ?? '')?.[0] : undefined;
  const beside = version ?? (g.flags.length > 1 && room >= COUNT_PX ? g.flags.length : '');
  return (
    <Go href={top.link.url} className={`flag ${lane}`} style={{ left: g.x }} data-tip={words}>
      <FlagMark kind={top.kind} status={top.status as StatusName} />
      <span className="hidden">{words}</span>
      {beside !== '' && <sup aria-hidden="true">{beside}</sup>}
    </Go>
  );
}

// What the marks mean, for those on the rail.
export function FlagLegend({ flags }: { flags: readonly FlagLike[] }) {
  const kinds = ['deploy', 'rollback', 'alert', 'retrain'].filter((kind) => flags.some((f) => f.kind === kind && telling(f)));
  return (
    <>
      {kinds.map((kind) => (
        <span key={kind}>
          <FlagMark kind={kind} status={kind === 'retrain' ? 'run' : kind === 'deploy' ? 'ok' : 'warn'} />
          {S.flag[kind]}
        </span>
      ))}
    </>
  );
}
