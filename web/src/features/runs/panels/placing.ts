// Where a panel stands, and how it is taken elsewhere: by dragging its grip, or by arrow keys on it.
import { useState, type DragEvent, type KeyboardEvent } from 'react';
import { movePanel, type Panel, type Section } from './layout';

type Place = [section: number, panel: number];

export interface Placing {
  change: (panel: Panel) => void;
  remove: () => void;
  toSection: (name: string) => void;
  sections: string[];
  columns: number;
  over: 'before' | 'after' | null;
  grip: { onDragStart: (e: DragEvent) => void; onDragEnd: () => void; onKeyDown: (e: KeyboardEvent) => void };
  target: { onDragOver: (e: DragEvent<HTMLElement>) => void; onDrop: (e: DragEvent<HTMLElement>) => void };
}

const TYPE = 'application/x-gyre-panel';

export function usePlacing(sections: readonly Section[], columns: number, set: (sections: Section[]) => void, removed: (panel: Panel, undo: () => void) => void): (at: Place) => Placing {
  const [drag, setDrag] = useState<{ from: Place; to: Place | null; side: 'before' | 'after' } | null>(null);
  const move = (from: Place, to: Place) => set(movePanel(sections, from, to));
  const replace = ([s, p]: Place, panels: Panel[]) => sections.map((section, i) => (i === s ? { ...section, panels: [...section.panels.slice(0, p), ...panels, ...section.panels.slice(p + 1)] } : section));
  return (at) => {
    const [s, p] = at;
    return {
      columns,
      sections: sections.map((section) => section.name),
      change: (panel) => set(replace(at, [panel])),
      remove: () => {
        const before = [...sections];
        const panel = sections[s]?.panels[p];
        set(replace(at, []).filter((section) => section.panels.length > 0));
        if (panel) removed(panel, () => set(before));
      },
      toSection: (name) => {
        const panel = sections[s]?.panels[p];
        if (!panel || name === sections[s]?.name) return;
        const without = replace(at, []);
        const there = without.some((section) => section.name === name);
        set((there ? without.map((section) => (section.name === name ? { ...section, panels: [...section.panels, panel] } : section)) : [...without, { name, panels: [panel] }]).filter((section) => section.panels.length > 0));
      },
      over: drag?.to && drag.to[0] === s && drag.to[1] === p ? drag.side : null,
      grip: {
        onDragStart: (e) => {
          e.dataTransfer.setData(TYPE, at.join());
          e.dataTransfer.effectAllowed = 'move';
          const card = e.currentTarget.closest('.chart-card');
          if (card) e.dataTransfer.setDragImage(card, 12, 12);
          setDrag({ from: at, to: null, side: 'before' });
        },
        onDragEnd: () => setDrag(null),
        onKeyDown: (e) => {
          const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[e.key];
          if (!by) return;
          e.preventDefault();
          const grip = e.currentTarget as HTMLElement;
          if (p + by >= 0 && p + by < (sections[s]?.panels.length ?? 0)) move(at, [s, p + by]);
          else if (by < 0 && s > 0) move(at, [s - 1, sections[s - 1]!.panels.length]);
          else if (by > 0 && s + 1 < sections.length) move(at, [s + 1, 0]);
          requestAnimationFrame(() => grip.focus());
        },
      },
      target: {
        onDragOver: (e) => {
          if (!drag) return;
          e.preventDefault();
          const box = e.currentTarget.getBoundingClientRect();
          const side = e.clientX < box.left + box.width / 2 ? 'before' : 'after';
          if (drag.to?.[0] !== s || drag.to[1] !== p || drag.side !== side) setDrag({ ...drag, to: at, side });
        },
        onDrop: (e) => {
          if (!drag?.to) return;
          e.preventDefault();
          const place = drag.to[1] + (drag.side === 'after' ? 1 : 0);
          const own = drag.from[0] === drag.to[0] && drag.from[1] < place ? 1 : 0;
          move(drag.from, [drag.to[0], place - own]);
          setDrag(null);
        },
      },
    };
  };
}
