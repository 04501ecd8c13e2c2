// How long a run took. Clients write both ends by their own clocks: one that ends before it begins has no length to tell.
import { duration } from '../../format/number';
import { S } from '../../strings';

export function Took({ ms }: { ms: number }) {
  if (ms >= 0) return <span className="num">{duration(ms)}</span>;
  return (
    <span className="num dim" data-tip={S.runs.endsBefore}>
      <span aria-hidden="true">–</span>
      <span className="hidden">{S.runs.endsBefore}</span>
    </span>
  );
}
