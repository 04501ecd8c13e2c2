// Which columns the table has: found by name among all keys of the experiment, which the server searches.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { foundKeysQuery, valueOf, type KeyKind } from '../../../api/keys';
import { S } from '../../../strings';
import { useLater } from '../../../ui/later';
import { headsOf } from './runColumns';

interface Props {
  experiment: string;
  texts: readonly string[];
  set: (texts: string[] | undefined) => void;  // undefined: the usual ones
}

const TYPED_MS = 80;
const FOUND = 12;
const KINDS: KeyKind[] = ['metric', 'param', 'tag'];
const ATTRIBUTES = [['duration', S.runs.duration], ['user_id', S.runs.user], ['start_time', S.runs.started]] as const;

export function ColumnsMenu({ experiment, texts, set }: Props) {
  const [text, setText] = useState('');
  const match = useLater(text.trim(), TYPED_MS);
  const heads = headsOf(texts);
  const toggle = (value: string) => set(texts.includes(value) ? texts.filter((t) => t !== value) : [...texts, value]);
  return (
    <div className="columns-menu">
      <div className="columns-chosen" role="group" aria-label={S.runs.chosenColumns(texts.length)}>
        {texts.map((value, i) => (
          <span key={value} className="chip">
            <span className="mono clip">{heads[i]}</span>
            <button type="button" className="chip-off" aria-label={S.runs.remove(value)} onClick={() => toggle(value)}>
              ×
            </button>
          </span>
        ))}
        <button type="button" className="text-button" onClick={() => set(undefined)}>
          {S.runs.usualColumns}
        </button>
      </div>
      <input className="pop-search" type="search" value={text} placeholder={S.runs.findKey} aria-label={S.runs.findKey} spellCheck={false} onChange={(e) => setText(e.target.value)} />
      <div className="columns-found">
        {KINDS.map((kind) => (
          <Found key={kind} experiment={experiment} kind={kind} match={match} texts={texts} toggle={toggle} />
        ))}
        {match === '' && (
          <fieldset>
            <legend>{S.runs.attributes}</legend>
            {ATTRIBUTES.map(([value, word]) => (
              <label key={value} className="found">
                <input type="checkbox" checked={texts.includes(value)} onChange={() => toggle(value)} />
                <span className="clip">{word}</span>
              </label>
            ))}
          </fieldset>
        )}
      </div>
    </div>
  );
}

function Found({ experiment, kind, match, texts, toggle }: { experiment: string; kind: KeyKind; match: string; texts: readonly string[]; toggle: (value: string) => void }) {
  const found = useQuery(foundKeysQuery(experiment, kind, match, FOUND));
  const rows = found.data?.rows ?? [];
  if (rows.length === 0) return null;
  const more = (found.data?.total ?? 0) - rows.length;
  return (
    <fieldset>
      <legend>{S.runs.keyKinds[kind]}</legend>
      {rows.map(({ key, runs }) => (
        <label key={key} className="found">
          <input type="checkbox" checked={texts.includes(valueOf(kind, key))} onChange={() => toggle(valueOf(kind, key))} />
          <span className="mono clip">{key}</span>
          <span className="dim num">{S.runs.withRuns(runs)}</span>
        </label>
      ))}
      {more > 0 && <p className="dim found-more">{S.runs.moreKeys(more)}</p>}
    </fieldset>
  );
}
