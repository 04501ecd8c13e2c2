// One box for going and finding: rooms and every object by name.
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { searchQuery } from '../api/queries';
import { ASIDE, ROOMS } from '../features/rooms';
import { S } from '../strings';
import { Icon, kindIcon, type IconName } from './Icon';

interface Row {
  id: string;
  name: string;
  detail: string;
  icon: IconName;
  url: string;
}

export function CommandPalette({ project, close }: { project: string; close: () => void }) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const box = useRef<HTMLDialogElement>(null);
  const router = useRouter();
  const typed = text.trim();
  const q = useDeferredValue(typed);
  const found = useQuery(searchQuery(project, q));
  useEffect(() => {
    const back = document.activeElement;
    box.current?.showModal();
    return () => {
      if (back instanceof HTMLElement) back.focus();
    };
  }, []);

  const rooms: Row[] = [...ROOMS, ...ASIDE].filter((r) => S.rooms[r.id].toLowerCase().includes(typed.toLowerCase())).map((r) => ({ id: r.id, name: S.rooms[r.id], detail: `g ${r.key}`, icon: r.icon, url: `/p/${project}${r.path}` }));
  const hits: Row[] = q && q === typed ? (found.data?.rows ?? []).map((r) => ({ id: r.link.url, name: r.link.name, detail: r.detail || r.link.kind, icon: kindIcon(r.link.kind), url: r.link.url })) : [];
  const rows = [...rooms, ...hits];  // What is known at once comes first: Enter never takes what has just slipped under it.
  const open = (row: Row | undefined) => {
    if (!row) return;
    close();
    router.history.push(row.url);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setChosen((c) => (rows.length ? (c + (event.key === 'ArrowDown' ? 1 : rows.length - 1)) % rows.length : 0));
    } else if (event.key === 'Enter') open(rows[chosen]);
    else if (event.key === 'Escape') close();
  };
  return (
    <dialog ref={box} className="dialog palette" aria-label={S.search} onClose={close} onClick={(e) => e.target === box.current && close()}>
      <input
        value={text}
        placeholder={S.search}
        aria-label={S.search}
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={rows[chosen] ? `palette-${chosen}` : undefined}
        onChange={(e) => {
          setText(e.target.value);
          setChosen(0);
        }}
        onKeyDown={key}
      />
      <ul id="palette-list" role="listbox" aria-label={S.goTo}>
        {rows.map((row, i) => (
          <li key={row.id} id={`palette-${i}`} role="option" aria-selected={i === chosen} onPointerMove={() => setChosen(i)} onPointerUp={() => open(row)}>
            <Icon name={row.icon} />
            <span>{row.name}</span>
            <span className="dim">{row.detail}</span>
          </li>
        ))}
      </ul>
      {rows.length === 0 && <p className="dim palette-none">{S.noHits}</p>}
    </dialog>
  );
}
