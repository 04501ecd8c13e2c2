// What one panel asks the server for.
import { selectOf, type DensityWish, type SeriesWish, type Whose } from '../../../api/workspace';
import type { Board } from './board';
import type { Panel } from './layout';
import { LABELLED } from './lineScene';

export const MOST_LINES = 200;      // more are drawn as density
const MOST_RUNS = 1000;
const MOST_DENSE = 10_000;
const BUCKETS = { step: 60, least: 120, most: 1200 };
const DENSE = { width: 480, height: 160 };

// As many buckets as there are pixels, in steps, so that a panel asks anew only when it is much wider.
export const bucketsOf = (width: number): number => Math.min(BUCKETS.most, Math.max(BUCKETS.least, Math.ceil(width / BUCKETS.step) * BUCKETS.step));

export const isDense = (board: Pick<Board, 'shown' | 'group'>): boolean => board.group.length === 0 && board.shown.length > MOST_LINES;

type Asks = Pick<Board, 'wish' | 'group' | 'asked' | 'shown' | 'x' | 'smooth' | 'clip' | 'zoom'>;

export function seriesWish(panel: Panel, board: Asks, keys: string[], width: number, smooth: number): SeriesWish {
  const grouped = board.group.length > 0;
  const whose: Whose = grouped ? { select: selectOf(board.wish) } : { runs: board.asked.slice(0, MOST_RUNS) };
  const envelope = grouped || board.asked.length <= LABELLED;
  return {
    ...whose,
    keys,
    x: board.x,
    ...(board.zoom && { from: board.zoom[0], to: board.zoom[1] }),
    buckets: bucketsOf(width),
    ...(smooth > 0 && { smooth }),
    ...(grouped && { group: { by: [...board.group], band: panel.band ?? 'deviation' } }),
    outliers: (panel.clip ?? board.clip) ? 'clip' : 'keep',
    want: ['last', 'count', ...(envelope ? ['min', 'max', 'nan_count'] : []), ...(smooth > 0 ? ['smooth'] : [])],
  };
}

export function densityWish(board: Asks, key: string, log: boolean, y: { from: number; to: number } | null): DensityWish {
  const ids = board.shown.length <= MOST_RUNS ? board.shown.map((s) => s.id) : null;
  return {
    whose: ids ? { runs: ids } : { select: selectOf(board.wish, Math.min(MOST_DENSE, board.shown.length)) },
    key,
    x: board.x,
    ...(board.zoom && { from: board.zoom[0], to: board.zoom[1] }),
    ...DENSE,
    y,
    log,
    ...(board.smooth > 0 && { smooth: board.smooth }),
  };
}
