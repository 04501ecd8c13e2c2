// The card of a panel: title, what is drawn of how many, settings beside it, and the ways to move, size and remove it.
import { useState, type ReactNode } from 'react';
import { S } from '../../../strings';
import { Icon } from '../../../ui/Icon';
import { Popover } from '../../../ui/Popover';
import { HEIGHTS, MOST_WIDTH, type Panel } from './layout';
import { PanelSettings } from './PanelSettings';
import type { Placing } from './placing';

export interface MenuItem {
  text: string;
  act: () => void;
}

interface Props {
  panel: Panel;
  title: ReactNode;
  name: string;           // in words
  placing: Placing;
  chips?: ReactNode;
  note?: ReactNode;
  items?: MenuItem[];
  full?: () => void;
  children: ReactNode;
}

export function PanelFrame({ panel, title, name, placing, chips, note, items = [], full, children }: Props) {
  const [settings, setSettings] = useState(false);
  const [menu, setMenu] = useState(false);
  const over = placing.over;
  return (
    <article className={['chart-card', over && `drop-${over}`].filter(Boolean).join(' ')} aria-label={name} {...placing.target}>
      <header className="panel-head">
        <button type="button" className="quiet grip" draggable aria-label={`${S.panels.move} ${name}`} aria-description={S.panels.moveHint} {...placing.grip}>
          <Icon name="grip" size={14} />
        </button>
        <h3 className="chart-title">{title}</h3>
        {chips}
        <span className="grow" />
        {note && <span className="panel-note num">{note}</span>}
        <span className="panel-tools">
          <Popover label={`${S.panels.settings} ${name}`} button={<Icon name="tune" size={14} />} quiet open={settings} setOpen={setSettings} beside=".chart-card">
            <PanelSettings panel={panel} change={placing.change} sections={placing.sections} toSection={placing.toSection} />
          </Popover>
          {full && (
            <button type="button" className="quiet" aria-label={`${S.panels.full}: ${name}`} onClick={full}>
              <Icon name="full" size={14} />
            </button>
          )}
          <Popover label={`${S.panels.menu} ${name}`} button={<Icon name="more" size={14} />} quiet open={menu} setOpen={setMenu}>
            <ul className="menu">
              {[...items, { text: S.panels.remove, act: placing.remove }].map((item) => (
                <li key={item.text}>
                  <button
                    type="button"
                    onClick={() => {
                      setMenu(false);
                      item.act();
                    }}
                  >
                    {item.text}
                  </button>
                </li>
              ))}
            </ul>
          </Popover>
        </span>
      </header>
      {children}
      <Corner panel={panel} name={name} change={placing.change} columns={placing.columns} />
    </article>
  );
}

// Drawn by its corner: columns sideways, pixels down. With the keyboard by arrows.
function Corner({ panel, name, change, columns }: { panel: Panel; name: string; change: Placing['change']; columns: number }) {
  const width = panel.width ?? 1;
  const height = panel.height ?? HEIGHTS.usual;
  const size = (w: number, h: number) => change({ ...panel, width: clamp(Math.round(w), 1, Math.min(MOST_WIDTH, columns)), height: clamp(Math.round(h / HEIGHTS.step) * HEIGHTS.step, HEIGHTS.least, HEIGHTS.most) });
  return (
    <button
      type="button"
      className="corner"
      aria-label={`${S.panels.size} ${name}`}
      onKeyDown={(e) => {
        const by = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, HEIGHTS.step], ArrowUp: [0, -HEIGHTS.step] }[e.key];
        if (!by) return;
        e.preventDefault();
        size(width + by[0]!, height + by[1]!);
      }}
      onPointerDown={(e) => {
        const card = e.currentTarget.closest('.chart-card');
        if (!card) return;
        e.preventDefault();
        const from = { x: e.clientX, y: e.clientY, width: card.getBoundingClientRect().width / width };
        const node = e.currentTarget;
        node.setPointerCapture(e.pointerId);
        const move = (m: PointerEvent) => size(width + (m.clientX - from.x) / from.width, height + m.clientY - from.y);
        const up = () => {
          node.removeEventListener('pointermove', move);
          node.removeEventListener('pointerup', up);
        };
        node.addEventListener('pointermove', move);
        node.addEventListener('pointerup', up);
      }}
    />
  );
}

const clamp = (v: number, low: number, high: number) => Math.min(Math.max(v, low), high);
