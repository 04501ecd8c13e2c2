// What a grid is told of its columns and lines. A line is a row of data; one that is not there yet is undefined and drawn as an outline.
import type { ReactNode } from 'react';

export interface GridColumn<L> {
  id: string;
  head: string;            // as it is shown
  full?: string;           // as it is called, where that is longer
  width: number;
  least?: number;          // that it may be drawn to
  right?: boolean;
  pinned?: boolean;
  fixed?: boolean;         // it has no width to change and no place to move to
  bare?: boolean;          // its head is for those who cannot see
  sorted?: 'ascending' | 'descending' | undefined;
  sort?: (() => void) | undefined;
  menu?: ((close: () => void) => ReactNode) | undefined;
  cell: (line: L, index: number) => ReactNode;
}

export interface LineLook {
  id: string;              // stands on the row, for what finds it by hand
  selected?: boolean;
  className?: string;
  level?: number;          // of a tree; from 1
  expanded?: boolean | undefined;
  label?: string;
}

export interface Place {
  row: number;  // -1: the head
  column: number;
}

export interface GridHandle {
  focus: () => void;
  show: (row: number) => void;     // moves there
  place: () => Place;
  rows: () => { first: number; last: number };  // that are in the window
}
