// The filter as it is written, beside the one that is shown: how many runs it would leave, or what is wrong with it.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useState } from 'react';
import { runCountQuery } from '../../api/queries';
import { S } from '../../strings';
import { useLater } from '../../ui/later';
import { LanguageInput } from './LanguageInput';

const STILL_MS = 250;

interface Props {
  experiment: string;
  filter: string | undefined;
  setFilter: (filter: string | undefined) => void;
}

export function FilterBar({ experiment, filter = '', setFilter }: Props) {
  const note = useId();
  const [draft, setDraft] = useState(filter);
  const [trouble, setTrouble] = useState<{ column: number; what: string } | null | undefined>(null);
  const [told, setTold] = useState(false);  // it was to be shown although it is wrong
  useEffect(() => setDraft(filter), [filter]);
  const still = useLater(draft.trim(), STILL_MS);
  const changed = draft.trim() !== filter;
  const count = useQuery({ ...runCountQuery({ experiment, filter: still }), enabled: changed && still === draft.trim() && trouble === null });
  const [waiting, setWaiting] = useState('');  // to be shown as soon as it is known to be right
  const show = (text: string, wrong: typeof trouble) => {
    setWaiting('');
    setTold(Boolean(wrong && text));
    if (!wrong || !text) setFilter(text || undefined);
  };
  const commit = (text: string) => (trouble === undefined && text ? setWaiting(text) : show(text, trouble));
  useEffect(() => {
    if (waiting && waiting === draft.trim() && trouble !== undefined) show(waiting, trouble);
    // What is typed meanwhile is another filter.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [waiting, trouble]);
  return (
    <div className="filter-bar">
      <LanguageInput
        language="filter"
        experiment={experiment}
        text={draft}
        setText={(text) => {
          setDraft(text);
          setTold(false);
          setWaiting('');
        }}
        commit={commit}
        revert={() => setDraft(filter)}
        label={S.runs.filterLabel}
        placeholder={S.runs.filter}
        focusByKey
        describedBy={note}
        onTrouble={setTrouble}
      />
      {draft && (
        <button type="button" className="button" onClick={() => setFilter(undefined)} hidden={!filter}>
          {S.runs.clearFilter}
        </button>
      )}
      <p id={note} className={trouble && (told || !changed) ? 'filter-note wrong' : 'filter-note'} role="status">
        {trouble && draft ? (changed && !told ? '' : S.runs.position(trouble.column, trouble.what)) : changed && count.data !== undefined && count.data !== null && !count.isFetching ? S.runs.matching(count.data) : ''}
      </p>
    </div>
  );
}
