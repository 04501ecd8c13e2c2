// Two parts side by side and the line between them, which is dragged or moved by arrows; where it stands is remembered.
import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { keep, recall } from './kept';

const LEAST = 0.2;
const MOST = 0.8;
const STEP = 0.02;

interface Props {
  name: string;   // under which it is remembered
  label: string;  // of the line
  usual: number;  // share of the left part
  left: ReactNode;
  right: ReactNode;
}

const key = (name: string) => `gyre.split.${name}`;
const within = (share: number) => Math.min(MOST, Math.max(LEAST, share));

function remembered(name: string, usual: number): number {
  const share = Number(recall(key(name)));
  return share > 0 ? within(share) : usual;
}

export function Split({ name, label, usual, left, right }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [share, setShare] = useState(() => remembered(name, usual));
  const stand = (next: number) => {
    setShare(within(next));
    keep(key(name), String(within(next)));
  };
  // While it is dragged only the property moves: what stands in both parts is laid out by CSS and observers, not rendered again.
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    const at = box.current?.getBoundingClientRect();
    if (!at || event.button !== 0) return;
    event.preventDefault();
    const line = event.currentTarget;
    line.setPointerCapture(event.pointerId);
    let now = share;
    const move = (e: globalThis.PointerEvent) => {
      now = within((e.clientX - at.left) / at.width);
      box.current?.style.setProperty('--split', `${now * 100}%`);
    };
    const end = () => {
      line.removeEventListener('pointermove', move);
      stand(now);
    };
    line.addEventListener('pointermove', move);
    line.addEventListener('lostpointercapture', end, { once: true });
  };
  const press = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowLeft' ? -STEP : event.key === 'ArrowRight' ? STEP : 0;
    if (by === 0 && event.key !== 'Home') return;
    event.preventDefault();
    stand(by === 0 ? usual : share + by);
  };
  return (
    <div className="split" ref={box} style={{ '--split': `${share * 100}%` } as object}>
      <div className="split-part">{left}</div>
      <div
        className="split-line"
        role="separator"
        aria-orientation="vertical"
        aria-label={label}
        aria-valuemin={LEAST * 100}
        aria-valuemax={MOST * 100}
        aria-valuenow={Math.round(share * 100)}
        tabIndex={0}
        onPointerDown={drag}
        onDoubleClick={() => stand(usual)}
        onKeyDown={press}
      />
      <div className="split-part">{right}</div>
    </div>
  );
}
