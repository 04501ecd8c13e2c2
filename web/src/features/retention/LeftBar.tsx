// The undo window as a line: filled as far as there is time; hollow where something keeps it beyond its end.
import { absolute, millis } from '../../format/time';
import { S } from '../../strings';
import { leftOf, type BinItem } from './left';

export function LeftBar({ item, now }: { item: Pick<BinItem, 'deleted_at' | 'purged_at' | 'kept'>; now: number }) {
  const left = leftOf(item, now);
  const ends = millis(item.purged_at);
  return (
    <div className="left">
      <svg className={item.kept ? 'left-bar kept' : left.soon ? 'left-bar soon' : 'left-bar'} viewBox="0 0 100 6" width="100%" height="6" preserveAspectRatio="none" aria-hidden="true">
        <rect className="left-track" x="0" y="0" width="100" height="6" />
        <rect className="left-fill" x="0" y="0" width={Math.max(left.share * 100, 0.6)} height="6" />
      </svg>
      <span className={item.kept ? 'left-text kept' : left.soon ? 'left-text soon' : 'left-text'} data-tip={ends === null ? undefined : absolute(ends)}>
        {item.kept ? S.retention.stays(item.kept) : left.text}
      </span>
    </div>
  );
}
