// Where a key takes the focus in a grid, as the ARIA grid pattern has it; j and k go like arrows.
import type { Place } from './types';

export interface Reach {
  rows: number;
  columns: number;
  page: number;  // rows in the window
}

export function go(key: string, { ctrl, letters }: { ctrl: boolean; letters: boolean }, { row, column }: Place, { rows, columns, page }: Reach): Place | null {
  const within = (r: number, c: number): Place => ({ row: Math.min(rows - 1, Math.max(-1, r)), column: Math.min(columns - 1, Math.max(0, c)) });
  switch (key) {
    case 'ArrowDown':
      return within(row + 1, column);
    case 'ArrowUp':
      return within(row - 1, column);
    case 'j':
      return letters ? within(row + 1, column) : null;
    case 'k':
      return letters ? within(Math.max(0, row - 1), column) : null;
    case 'ArrowRight':
      return within(row, column + 1);
    case 'ArrowLeft':
      return within(row, column - 1);
    case 'PageDown':
      return within(Math.max(0, row) + page, column);
    case 'PageUp':
      return within(Math.max(0, row - page), column);
    case 'Home':
      return ctrl ? within(0, 0) : within(row, 0);
    case 'End':
      return ctrl ? within(rows - 1, columns - 1) : within(row, columns - 1);
    default:
      return null;
  }
}
