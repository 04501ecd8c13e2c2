// Each case as a bar from trigger to its end, with the decisions in it.
import { useMemo } from 'react';
import type { Schemas } from '../../api/client';
import { useNow } from '../../api/clock';
import { day, DAY_MS, dayClock, storyEnd } from '../../format/time';
import { S } from '../../strings';
import { Go } from '../../ui/Go';
import { useRange } from '../../ui/range';
import { FlagMark } from '../../ui/Status';
import { TimeAxis } from '../../ui/TimeAxis';
import { TimeStack, useFrame } from '../../ui/TimeStack';
import { casesOf, verdictFlag, type CaseGroup } from './verdicts';

const SHOWN = ['open', 'train', 'gate', 'refuse', 'promote', 'rollback', 'fail'];
const ENDS = ['refuse', 'promote', 'rollback', 'fail', 'keep'];
const NEAR_PX = 13;

export function CaseLanes({ decisions, chosen }: { decisions: Schemas['DecisionRow'][]; chosen: string }) {
  const now = useNow();
  const range = useRange();
  const cases = useMemo(() => together(casesOf(decisions)), [decisions]);
  const first = cases[0];
  if (!first) return null;
  const from = range.from ? Date.parse(range.from) : first.from - DAY_MS;
  const to = range.to ? Date.parse(range.to) : storyEnd(from, Math.max(...cases.map((c) => c.to)), now);
  return (
    <section className="lanes" aria-label={S.policy.lanes}>
      <TimeStack from={from} to={to} left={0} right={16}>
        <Lane cases={cases} chosen={chosen} />
        <TimeAxis />
      </TimeStack>
    </section>
  );
}

const APART = 4;

// Oldest first. A case years from all others would press them into a point: the larger side of such a gap is drawn.
function together(cases: CaseGroup[]): CaseGroup[] {
  const sorted = [...cases].sort((a, b) => a.from - b.from);
  const first = sorted[0];
  const last = sorted.at(-1);
  if (!first || !last) return sorted;
  for (let i = 1; i < sorted.length; i++) {
    const gap = (sorted[i]?.from ?? 0) - (sorted[i - 1]?.to ?? 0);
    const rest = Math.max(DAY_MS, last.to - first.from - gap);
    if (gap > APART * rest && gap > 30 * DAY_MS) return i > sorted.length / 2 ? sorted.slice(0, i) : sorted.slice(i);
  }
  return sorted;
}

function Lane({ cases, chosen }: { cases: CaseGroup[]; chosen: string }) {
  const frame = useFrame();
  return (
    <div className="lane">
      <i className="lane-line" style={{ left: 0, right: frame.right }} />
      {cases.filter((c) => c.decisions[0]?.case_id).map((c) => (
        <i key={c.id} className={`lane-case end-${c.decisions.at(-1)?.verdict ?? ''}`} style={{ left: frame.x(c.from), width: Math.max(3, frame.x(c.to) - frame.x(c.from)) }} />
      ))}
      {spread(cases, frame.x, frame.width - frame.right / 2).map(({ d, x }) => (
        <Go key={d.id} href={d.url} replace className={d.id === chosen ? 'lane-mark on' : 'lane-mark'} style={{ left: x }} data-tip={`${dayClock(Date.parse(d.at))} · ${d.text}`} aria-label={`${day(Date.parse(d.at))}: ${d.text}`}>
          <FlagMark kind={verdictFlag[d.verdict]} status={d.status} size={13} />
        </Go>
      ))}
    </div>
  );
}

interface Mark {
  d: Schemas['DecisionRow'];
  x: number;
}

const timed = (cases: CaseGroup[], verdicts: readonly string[], x: (ms: number) => number): Mark[] =>
  cases.flatMap((c) => c.decisions.filter((d) => verdicts.includes(d.verdict))).map((d) => ({ d, x: x(Date.parse(d.at)) })).sort((a, b) => a.x - b.x);

// Marks of one moment stand side by side, never on top of each other. Where that takes more room than there is, only how a case ended
// is marked, and of two that meet the later; the list has them all.
function spread(cases: CaseGroup[], x: (ms: number) => number, end: number): Mark[] {
  let last = -Infinity;
  const all = timed(cases, SHOWN, x).map((mark) => ({ d: mark.d, x: (last = Math.max(mark.x, last + NEAR_PX)) }));
  if (last <= end) return all;
  const ends = timed(cases, ENDS, x);
  return ends.filter((mark, i) => (ends[i + 1]?.x ?? Infinity) - mark.x >= NEAR_PX);
}
