// Keys that work on every page. Single letters can be switched off (localStorage gyre.keys = off).
import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ASIDE, ROOMS } from '../features/rooms';
import { S } from '../strings';
import { copyText } from './Feedback';
import { Dialog } from './Dialog';
import { useLatest } from './measure';

const WAIT_MS = 1200;
export const typing = (target: EventTarget | null) => target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
export const lettersOff = () => {
  try {
    return localStorage.getItem('gyre.keys') === 'off';
  } catch {
    return false;
  }
};

export function useKeys(project: string, act: { palette: () => void; sheet: () => void }): void {
  const router = useRouter();
  const latest = useLatest({ project, act });
  useEffect(() => {
    let goUntil = 0;
    const press = (event: KeyboardEvent) => {
      const { act: now, project: where } = latest.current;
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        return now.palette();
      }
      if (event.metaKey || event.ctrlKey || event.altKey || typing(event.target) || document.querySelector('dialog[open]') || lettersOff()) return;
      if (Date.now() < goUntil) {
        goUntil = 0;
        const room = [...ROOMS, ...ASIDE].find((r) => r.key === event.key);
        if (room) router.history.push(`/p/${where}${room.path}`);
        return;
      }
      if (event.key === 'g') goUntil = Date.now() + WAIT_MS;
      else if (event.key === '?') now.sheet();
      else if (event.key === '/') {
        event.preventDefault();
        const filter = document.querySelector<HTMLElement>('[data-filter]');
        if (filter) filter.focus();
        else now.palette();
      } else if (event.key === 't') document.getElementById('range')?.focus();
      else if (event.key === 'Y') void copyText(location.href);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [router, latest]);
}

// Keys of the page that is shown, for the sheet of keys.
let ofPage: readonly (readonly [key: string, text: string])[] = [];
export function usePageKeys(rows: readonly (readonly [key: string, text: string])[]): void {
  useEffect(() => {
    ofPage = rows;
    return () => {
      ofPage = [];
    };
  }, [rows]);
}

export function KeySheet({ close }: { close: () => void }) {
  const rows: [string, string][] = [...[...ROOMS, ...ASIDE].map((r): [string, string] => [`g ${r.key}`, S.rooms[r.id]]), ['/', 'Filter, or search'], [S.searchKey, S.search], ['t', S.range.label], ['Y', S.share], ['← →', 'Step the cursor of a picture; ⇧ ten at once'], ['?', S.keysTitle]];
  return (
    <Dialog title={S.keysTitle} close={close}>
      <dl className="key-sheet">
        {[...ofPage, ...rows].map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
