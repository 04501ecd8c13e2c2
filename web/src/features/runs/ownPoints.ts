// What one series has on the grid that all series of its run share: a line goes on over steps at which only others were logged.
import type { Schemas } from '../../api/client';

export type Series = Schemas['SeriesSet']['series'][number];

export function ownPoints(x: readonly number[], series: Series) {
  const places = x.map((_, i) => i).filter((i) => series.count[i]);
  const at = <T>(values: readonly T[]) => places.map((i) => values[i]!);
  return { x: at(x), last: at(series.last), min: at(series.min), max: at(series.max) };
}
