// What a head's menu offers of its column: which value of the metric, where it stands, what to do with it.
import { S } from '../../../strings';
import { metricOfSpark, sparkOf, textOf, toldOf, type Told } from './wanted';

export interface ColumnActs {
  texts: readonly string[];
  set: (texts: string[]) => void;
  pinned: readonly string[];
  setPinned: (texts: string[]) => void;
  group: (text: string) => void;
  only: (text: string) => void;
  setSort: (sort: string | undefined) => void;
}

const STATISTICS: { statistic: Told['statistic']; word: string }[] = [
  { statistic: 'last', word: S.runs.menuLast }, { statistic: 'max', word: S.runs.menuMax }, { statistic: 'min', word: S.runs.menuMin }, { statistic: 'count', word: S.runs.menuCount },
];

export function ColumnMenu({ text, acts, close }: { text: string; acts: ColumnActs; close: () => void }) {
  const { texts, set, pinned, setPinned } = acts;
  const spark = metricOfSpark(text);
  const told = toldOf(spark ?? text);
  const stays = pinned.includes(text);
  const place = texts.indexOf(text);
  const put = (others: string[]) => set(texts.flatMap((t) => (t === text ? others : [t])));
  const swap = (to: number) => {
    const next = texts.filter((t) => t !== text);
    next.splice(to, 0, text);
    set(next);
  };
  const item = (word: string, act: () => void, on?: boolean) => (
    <button
      key={word}
      type="button"
      role="menuitem"
      className="menu-item"
      aria-current={on ? true : undefined}
      onClick={() => {
        act();
        close();
      }}
    >
      {word}
    </button>
  );
  return (
    <div className="menu" role="menu" aria-label={S.grid.menu(text)}>
      {told && (
        <div className="menu-part" role="group">
          {STATISTICS.map(({ statistic, word }) => {
            const wanted = textOf({ ...told, statistic });
            const on = !spark && told.statistic === statistic;
            return item(word, () => (spark ? set([...texts, wanted]) : on ? undefined : put([text, wanted].filter((t, i) => i === 0 || !texts.includes(t)))), on || (spark !== undefined && texts.includes(wanted)));
          })}
          {!spark && item(S.runs.menuSpark, () => put(texts.includes(sparkOf(told.metric)) ? [text] : [text, sparkOf(told.metric)]), texts.includes(sparkOf(told.metric)))}
        </div>
      )}
      <div className="menu-part" role="group">
        {!spark && item(S.runs.menuSortDown, () => acts.setSort(`${text} DESC`))}
        {!spark && item(S.runs.menuSortUp, () => acts.setSort(text))}
        {!told && !spark && item(S.runs.menuGroup, () => acts.group(text))}
        {!spark && item(S.runs.menuOnly, () => acts.only(text))}
      </div>
      <div className="menu-part" role="group">
        {item(stays ? S.runs.menuUnpin : S.runs.menuPin, () => setPinned(stays ? pinned.filter((t) => t !== text) : [...pinned, text]))}
        {place > 0 && item(S.runs.menuLeft, () => swap(place - 1))}
        {place < texts.length - 1 && item(S.runs.menuRight, () => swap(place + 1))}
        {item(S.runs.menuRemove, () => put([]))}
      </div>
    </div>
  );
}
