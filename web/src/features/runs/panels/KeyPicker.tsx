// Keys of an experiment, searched by the server: there may be twelve thousand.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useId, useState, type KeyboardEvent } from 'react';
import { keysQuery } from '../../../api/workspace';
import { count } from '../../../format/number';
import { S } from '../../../strings';
import { useLater } from '../../../ui/later';
import { useBoard } from './board';

const STILL_MS = 120;
const LISTED = 40;

interface Props {
  keys: readonly string[];
  setKeys: (keys: string[]) => void;
  kind: 'metric' | 'param';
}

export function KeyPicker({ keys, setKeys, kind }: Props) {
  return (
    <div className="key-picker">
      {keys.length > 0 && (
        <ul className="key-chips">
          {keys.map((key) => (
            <li key={key} className="chip">
              <span className="mono clip">{key}</span>
              <button type="button" className="chip-off" aria-label={S.panels.removeKey(key)} onClick={() => setKeys(keys.filter((k) => k !== key))}>
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      <KeySearch label={S.panels.addKey} kind={kind} but={keys} pick={(key) => setKeys([...keys, key])} />
    </div>
  );
}

interface SearchProps {
  label: string;
  kind: 'metric' | 'param';
  but?: readonly string[];
  pick: (key: string) => void;
}

export function KeySearch({ label, kind, but = [], pick }: SearchProps) {
  const id = useId();
  const { experiment } = useBoard();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const match = useLater(text.trim(), STILL_MS);
  const found = useInfiniteQuery(keysQuery(experiment, kind, match, LISTED));
  const rows = (found.data?.pages.flatMap((p) => p.rows) ?? []).filter((r) => !but.includes(r.key));
  const total = found.data?.pages[0]?.total ?? 0;
  const at = Math.min(active, rows.length - 1);
  const press = (e: KeyboardEvent) => {
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      setActive(Math.max(0, Math.min(rows.length - 1, at + (e.key === 'ArrowDown' ? 1 : -1))));
    } else if (e.key === 'Enter' && rows[at]) {
      e.preventDefault();
      pick(rows[at].key);
    }
  };
  return (
    <div className="key-search">
      <input
        className="field"
        role="combobox"
        aria-label={label}
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={rows[at] ? `${id}-${at}` : undefined}
        aria-autocomplete="list"
        placeholder={label}
        value={text}
        onChange={(e) => {
          setText(e.target.value);
          setActive(0);
        }}
        onKeyDown={press}
      />
      <ul id={id} className="key-list" role="listbox" aria-label={label}>
        {rows.map((row, i) => (
          <li key={row.key} id={`${id}-${i}`} role="option" aria-selected={i === at} ref={i === at ? (node) => node?.scrollIntoView({ block: 'nearest' }) : undefined} onPointerDown={(e) => e.preventDefault()} onClick={() => pick(row.key)}>
            <span className="mono clip">{row.key}</span>
            <span className="dim num">{count(row.runs)}</span>
          </li>
        ))}
      </ul>
      {total > rows.length + but.length && <p className="dim small">{S.runs.moreSuggestions(total - rows.length)}</p>}
    </div>
  );
}
