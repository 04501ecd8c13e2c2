// Values that stand in the address and change at the speed of a hand: at once on the page, in the address when the hand rests.
import { useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { usePatchSearch } from '../../../ui/range';

const REST_MS = 300;

export function useTuned(name: string): [string | undefined, (value: string | undefined) => void] {
  const search: Record<string, unknown> = useSearch({ strict: false });
  const held = search[name];
  const kept = held === undefined ? undefined : String(held);
  const patch = usePatchSearch();
  const latest = useRef(patch);
  latest.current = patch;
  const [draft, setDraft] = useState<{ value: string | undefined } | null>(null);
  useEffect(() => {
    if (!draft) return;
    const timer = setTimeout(() => latest.current({ [name]: draft.value }), REST_MS);
    return () => clearTimeout(timer);
  }, [draft, name]);
  // The address has it now, or has something else: Back, a link, a saved view.
  useEffect(() => setDraft(null), [kept]);
  return [draft ? draft.value : kept, (value) => setDraft({ value })];
}
