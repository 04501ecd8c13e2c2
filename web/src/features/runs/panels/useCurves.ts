// The curves of one panel: asked for while it is on the screen, held still while the pointer is on it.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { curvesQuery, type XAxis } from '../../../api/workspace';
import { useLater } from '../../../ui/later';
import { joined, roomy, spanOf, type Span } from '../../../ui/plot/scale';
import { useBoard, type Board } from './board';
import { ema, fromColumns, fromJson, groupId, type Curve, type CurveSet, type JsonReply } from './curves';
import type { Panel } from './layout';
import { LABELLED, type Drawn } from './lineScene';
import { seriesWish } from './request';
import { dashOf, splitOf } from './split';
import { axisName } from './axis';
import { axisOf, tellLength } from './xLength';

export const readCurves = (reply: ArrayBuffer | object): CurveSet => (reply instanceof ArrayBuffer ? fromColumns(reply) : fromJson(reply as JsonReply));
const STILL_MS = 180;

export interface Curves {
  set: CurveSet | undefined;
  lines: Drawn[];
  waiting: number;    // points that came while the pointer was here
  loading: boolean;
  error: Error | null;
  retry: () => void;
  ySpan: Span;
  xSpan: Span;
}

export function useCurves(id: string, panel: Panel, width: number, on: boolean, hovered: boolean): Curves {
  const board = useBoard();
  const keys = panel.keys;
  const settled = useLater(board.smooth, STILL_MS);
  const wish = seriesWish(panel, board, keys, width, settled);
  const asks = on && width > 0 && ('select' in wish || wish.runs.length > 0);
  const query = useQuery({ ...curvesQuery(id, wish, readCurves), enabled: asks });
  const { set, waiting } = useStill(query.data, hovered, JSON.stringify(wish));
  const smoothing = board.smooth !== settled || query.isPlaceholderData ? board.smooth : settled;
  const log = panel.log ?? board.yLog;
  const lines = useMemo(() => (set ? linesOf(set, panel, board.shown, board.group.length > 0, smoothing) : []), [set, panel, board.shown, board.group, smoothing]);
  const [xSpan, ySpan] = useSpans(set, panel, board, log);
  return { set: asks || query.data ? set : undefined, lines, waiting, loading: query.isFetching && query.isPlaceholderData, error: query.error, retry: () => void query.refetch(), xSpan, ySpan };
}

// What came while the pointer is on the panel waits until it leaves; a new question is answered at once.
function useStill(data: CurveSet | undefined, hovered: boolean, question: string): { set: CurveSet | undefined; waiting: number } {
  const shown = useRef<{ question: string; set: CurveSet | undefined }>({ question: '', set: undefined });
  const holds = hovered && shown.current.question === question && shown.current.set !== undefined && data !== undefined;
  if (!holds) shown.current = { question, set: data };
  const set = shown.current.set;
  const points = (s: CurveSet | undefined) => (s?.curves ?? []).reduce((sum, c) => sum + c.points, 0);
  return { set, waiting: holds && data !== set ? Math.max(0, points(data) - points(set)) : 0 };
}

export function linesOf(set: CurveSet, panel: Panel, shown: Board['shown'], grouped: boolean, smooth: number): Drawn[] {
  const order = new Map(shown.map((s, i) => [s.group ? groupId(s.group) : s.id, { ...s, order: i }]));
  const some = grouped && shown.some((s) => s.group);  // the table says which groups are drawn
  const groups = grouped ? [...new Set(set.curves.map((c) => c.id))] : [];
  const drawn = set.curves.flatMap((curve): (Drawn & { order: number })[] => {
    const own = order.get(curve.id);
    const place = groups.indexOf(curve.id);
    if (!own && (!grouped || some)) return [];
    const first = panel.keys.indexOf(curve.key) <= 0;
    const name = grouped ? groupName(curve) : (own?.name ?? curve.name);
    const labelled = first && (grouped ? groups.length : shown.length) <= LABELLED;
    const split = panel.keys.length > 1 ? dashOf(splitOf(curve.key).split) : [];
    return [
      {
        curve: { ...smoothed(curve, set.x, smooth), id: own?.id ?? curve.id },
        name: first || panel.keys.length === 1 ? name : `${name} · ${curve.key}`,
        ink: own?.base ? 'text' : (own?.colour ?? `cat-${(place % 12) + 1}`),
        dash: split.length ? split : (own?.dash ?? []),
        base: own?.base ?? false,
        label: labelled ? name : '',
        order: own?.order ?? place,
      },
    ];
  });
  // Those that come first in the table are drawn last, over the others.
  return drawn.sort((a, b) => b.order - a.order);
}

export const groupName = (curve: Curve): string => curve.group.map((g) => g.value ?? '—').join(' · ');

// The server's smoothing where it is there, else one of the buckets until it is. None: the curve as it is.
function smoothed(curve: Curve, x: Float64Array, halfLife: number): Curve {
  if (halfLife <= 0) return curve.smooth ? { ...curve, smooth: undefined } : curve;
  return curve.smooth ? curve : { ...curve, smooth: ema(x, curve.last, halfLife) };
}

// Spans stay as they are when a run goes, so that no other line moves; they grow, and begin anew with another question.
function useSpans(set: CurveSet | undefined, panel: Panel, board: Board, log: boolean): [Span, Span] {
  const kept = useRef<{ of: string; x: Span; y: Span }>({ of: '', x: [Infinity, -Infinity], y: [Infinity, -Infinity] });
  const of = JSON.stringify([panel.keys, panel.band, board.x, board.group, log, board.zoom, panel.clip ?? board.clip, board.xLog, board.wish.experiment]);
  const spans = useMemo(() => {
    if (!set) return { x: kept.current.x, y: kept.current.y };
    const before = kept.current.of === of ? kept.current : null;
    const y = set.view ? ([set.view.low, set.view.high] as Span) : spanOf(set.curves.flatMap((c) => [c.last, ...(c.min && c.max ? [c.min, c.max] : [])]), log);
    const x = reach(set, board.xLog);
    return { x: before ? joined(before.x, x) : x, y: before && !set.view ? joined(before.y, y) : y };
  }, [set, of, log, board.xLog]);
  useEffect(() => {
    kept.current = { of, ...spans };
    if (!board.zoom) tellLength(axisOf(board.experiment, axisName(board.x)), spans.x[1] - spans.x[0]);
  }, [of, spans, board.zoom, board.experiment, board.x]);
  const xSpan: Span = board.zoom ?? wide(spans.x, board.x, board.xLog);
  const ySpan: Span = roomy(spans.y, log);
  if (panel.low !== undefined && (!log || panel.low > 0)) ySpan[0] = panel.low;
  if (panel.high !== undefined && panel.high > ySpan[0]) ySpan[1] = panel.high;
  return [xSpan, ySpan];
}

// Points stand in the middle of their buckets; the range ends where the first and the last bucket do.
function reach({ x, exact, reach: ends }: CurveSet, log: boolean): Span {
  const [from, to] = spanOf([x], log);
  return exact || log || !(ends[1] > ends[0]) ? [from, to] : ends;
}

// A curve of one point stands in the middle of some room.
function wide([from, to]: Span, x: XAxis, log: boolean): Span {
  if (to > from) return [from, to];
  if (!Number.isFinite(from)) return log ? [1, 10] : [0, 1];
  const room = x === 'step' ? 1 : x === 'time' || x === 'relative' ? 1000 : Math.abs(from) || 1;
  return log ? [from / 2, from * 2] : [from - room, from + room];
}

// The runs whose curves are asked for: with those that were shown until just now, so that hiding and showing one moves nothing.
export function useAsked(shown: Board['shown'], most: number): string[] {
  const [asked, setAsked] = useState<string[]>([]);
  const ids = shown.map((s) => s.id);
  const missing = ids.some((id) => !asked.includes(id));
  const known = new Set(ids);
  const gone = asked.filter((id) => !known.has(id));
  const next = missing || gone.length > most ? [...ids, ...(asked.length > 0 && gone.length < asked.length ? gone.slice(0, most) : [])] : asked;
  const same = next.length === asked.length && next.every((id, i) => id === asked[i]);
  useEffect(() => {
    if (!same) setAsked(next);
    // What is next follows from the ids.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [next.join(), same]);
  return same ? asked : next;
}
