// A line of the filter language: the server suggests what may stand at the cursor, and what is wrong is underlined where it stands.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { completionQuery, type Language } from '../../api/queries';
import { S } from '../../strings';
import { useLater } from '../../ui/later';
import { bytesBefore, indexOfByte, wordEnd } from './values';

const TYPED_MS = 60;

interface Props {
  language: Language;
  experiment: string;
  text: string;
  setText: (text: string) => void;
  commit: (text: string) => void;
  revert: () => void;
  label: string;
  placeholder: string;
  focusByKey?: boolean;               // the key / goes here
  describedBy?: string | undefined;
  onTrouble?: (trouble: { column: number; what: string } | null | undefined) => void;  // of the text as it stands; undefined: not known yet
}

export function LanguageInput({ language, experiment, text, setText, commit, revert, label, placeholder, focusByKey, describedBy, onTrouble }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(text.length);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [focused, setFocused] = useState(false);
  const asked = useLater(`${at} ${text}`, TYPED_MS);
  const [place, written] = [Number(asked.slice(0, asked.indexOf(' '))), asked.slice(asked.indexOf(' ') + 1)];
  const found = useQuery({ ...completionQuery(experiment, language, written, bytesBefore(written, place)), enabled: focused || written !== '' });
  const data = found.data;
  const fresh = data?.text === text && data.cursor === bytesBefore(text, at) ? data : undefined;
  const trouble = data?.text === text ? data.trouble : found.error ? null : undefined;  // who cannot ask lets the search tell
  const rows = open ? (data?.suggestions ?? []) : [];
  const shown = open && focused && rows.length > 0;

  const tell = useRef(onTrouble);
  tell.current = onTrouble;
  useEffect(() => tell.current?.(trouble), [trouble]);

  // What is being written is not wrong yet.
  const from = trouble ? indexOfByte(text, trouble.column - 1) : -1;
  const wrong = trouble && (!focused || (fresh && from < indexOfByte(text, fresh.from))) ? from : -1;

  const look = () => setAt(input.current?.selectionStart ?? text.length);
  const take = (index: number) => {
    const row = fresh?.suggestions[index];
    if (!fresh || !row) return;
    const before = text.slice(0, indexOfByte(text, fresh.from)) + row.insert;
    const next = before + text.slice(at).replace(/^ /, '');
    setText(next);
    setAt(before.length);
    setActive(-1);
    requestAnimationFrame(() => input.current?.setSelectionRange(before.length, before.length));
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      const count = rows.length;
      setActive((a) => (count === 0 ? -1 : event.key === 'ArrowDown' ? (a + 1) % count : (a <= 0 ? count : a) - 1));
    } else if (event.key === 'Tab' && !event.shiftKey && shown && fresh && (active >= 0 || fresh.from < fresh.to)) {
      event.preventDefault();
      take(Math.max(0, active));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (shown && active >= 0) return take(active);
      setOpen(false);
      commit(text.trim());
    } else if (event.key === 'Escape') {
      event.preventDefault();
      if (shown) setOpen(false);
      else revert();
    }
  };
  useEffect(() => {
    if (active >= 0) document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: 'nearest' });
  }, [active, id]);

  return (
    <div className="language">
      <div className="language-mirror mono" ref={mirror} aria-hidden="true">
        {wrong >= 0 ? (
          <>
            {text.slice(0, wrong)}
            <u>{text.slice(wrong, wordEnd(text, wrong)) || '\u00a0'}</u>
          </>
        ) : null}
      </div>
      <input
        ref={input}
        className="mono"
        data-filter={focusByKey ? true : undefined}
        value={text}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        role="combobox"
        aria-label={label}
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={shown && active >= 0 ? `${id}-${active}` : undefined}
        aria-invalid={wrong >= 0}
        aria-describedby={describedBy}
        onChange={(e) => {
          setText(e.target.value);
          setAt(e.target.selectionStart ?? e.target.value.length);
          setOpen(true);
          setActive(-1);
        }}
        onSelect={look}
        onFocus={() => {
          setFocused(true);
          setOpen(true);
          look();
        }}
        onBlur={() => {
          setFocused(false);
          setOpen(false);
          setActive(-1);
        }}
        onKeyDown={key}
        onScroll={(e) => {
          if (mirror.current) mirror.current.scrollLeft = e.currentTarget.scrollLeft;
        }}
      />
      <ul id={`${id}-list`} className="language-list" role="listbox" aria-label={S.runs.suggestions} hidden={!shown}>
        {rows.map((row, i) => (
          <li
            key={row.kind + row.text}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === active}
            onPointerMove={() => setActive(i)}
            onPointerDown={(e) => {
              e.preventDefault();
              take(i);
            }}
          >
            <span className={`language-kind kind-${row.kind}`} aria-hidden="true">
              {KINDS[row.kind]}
            </span>
            <span className="mono clip">{row.text}</span>
            <span className="dim">{row.detail}</span>
          </li>
        ))}
        {shown && data && data.more > 0 && (
          <li className="language-more dim" role="presentation">
            {S.runs.moreSuggestions(data.more)}
          </li>
        )}
      </ul>
    </div>
  );
}

const KINDS = { field: '·', key: '∿', value: '=', word: '&', sign: '±' } as const;
