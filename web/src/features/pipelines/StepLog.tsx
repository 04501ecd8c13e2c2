// A log by byte offsets: read on from where it ends while the step runs; only the lines in sight are in the page.
import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import { get } from '../../api/client';
import { bytes } from '../../format/number';
import { S } from '../../strings';
import { ErrorPanel } from '../../ui/Feedback';

const TAIL_BYTES = 262_144;
const LIVE_MS = 700;
const MOST_PX = 420;
const FEW_LINES = 6;
const PADDING_PX = 16;
const LINE_PX = 18;
const ANSI = /\u001b\[[0-9;]*[A-Za-z]/g;

export function StepLog({ run, step, live }: { run: string; step: string; live: boolean }) {
  const [text, setText] = useState('');
  const [start, setStart] = useState(0);
  const [filter, setFilter] = useState('');
  const [follow, setFollow] = useState(live);
  const next = useRef<number | null>(null);
  const part = useQuery({
    queryKey: ['step-log', run, step],
    queryFn: async ({ signal }) => {
      const answer = await get('/api/v1/pipeline-runs/{run}/steps/{step}/log', { path: { run, step }, query: { offset: next.current ?? -TAIL_BYTES, limit: TAIL_BYTES } }, signal);
      return answer;
    },
    refetchInterval: (q) => (live || (q.state.data && !q.state.data.done && q.state.data.text !== '') ? LIVE_MS : false),
    gcTime: 0,
  });
  useEffect(() => {
    const data = part.data;
    if (!data || (next.current !== null && data.offset !== next.current)) return;
    if (next.current === null) setStart(data.offset);
    next.current = data.next_offset;
    if (data.text) setText((t) => t + data.text);
  }, [part.data]);

  const lines = useMemo(() => {
    const all = text.replace(ANSI, '').split('\n');
    if (all.at(-1) === '') all.pop();
    const wanted = filter.toLowerCase();
    return wanted ? all.filter((l) => l.toLowerCase().includes(wanted)) : all;
  }, [text, filter]);
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: lines.length, getScrollElement: () => box.current, estimateSize: () => LINE_PX, overscan: 20 });
  useEffect(() => {
    if (follow && lines.length) rows.scrollToIndex(lines.length - 1);
  }, [follow, lines.length, rows]);

  if (part.error && !text) return <ErrorPanel error={part.error} retry={() => void part.refetch()} />;
  return (
    <div className="log">
      <div className="log-bar">
        <input data-filter placeholder={S.pipelines.filter} aria-label={S.pipelines.filter} value={filter} onChange={(e) => setFilter(e.target.value)} />
        <label>
          <input type="checkbox" checked={follow} onChange={(e) => setFollow(e.target.checked)} /> {S.pipelines.follow}
        </label>
        <span className="dim">
          {lines.length} {S.pipelines.lines}
          {start > 0 && `, ${S.pipelines.lastOf} ${bytes(part.data?.total_bytes ?? 0)}`}
        </span>
      </div>
      <div ref={box} className="log-lines mono" style={live ? undefined : { height: Math.min(MOST_PX, Math.max(FEW_LINES, lines.length + 1) * LINE_PX + PADDING_PX) }} tabIndex={0} role="log" aria-label={`${S.pipelines.log} ${step}`}>
        {lines.length === 0 && <p className="dim">{live ? S.pipelines.waitingLog : S.pipelines.noLog}</p>}
        <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map((item) => (
            <div key={item.key} className={level(lines[item.index] ?? '')} style={{ position: 'absolute', top: item.start, height: LINE_PX, whiteSpace: 'pre' }}>
              {lines[item.index]}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

const level = (line: string) => (/\b(error|fatal|traceback|exception)\b/i.test(line) ? 'log-error' : /\bwarn(ing)?\b/i.test(line) ? 'log-warn' : undefined);
