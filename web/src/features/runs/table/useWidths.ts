// How wide columns were drawn: a matter of the reader's, kept in the browser.
import { useCallback, useState } from 'react';

const KEY = 'gyre.widths';
const KEPT = 200;

function read(): Record<string, number> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, number>;
  } catch {
    return {};
  }
}

export function useWidths(): [Record<string, number>, (id: string, width: number | null) => void] {
  const [widths, setWidths] = useState(read);
  const set = useCallback((id: string, width: number | null) => {
    setWidths(({ [id]: _, ...rest }) => {
      const next = Object.fromEntries([...Object.entries(rest), ...(width === null ? [] : [[id, Math.round(width)] as const])].slice(-KEPT));
      try {
        localStorage.setItem(KEY, JSON.stringify(next));
      } catch {
        // Storage is off: it is so wide until the page is loaded again.
      }
      return next;
    });
  }, []);
  return [widths, set];
}
