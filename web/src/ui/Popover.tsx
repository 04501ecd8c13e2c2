// A button and what it opens beside it, in the top layer: nothing that scrolls cuts it off. Escape and a click elsewhere close it, and the
// focus goes back.
import { useEffect, useId, useLayoutEffect, useRef, type ReactNode } from 'react';

interface Props {
  label: string;              // of the button, and of what it opens
  button: ReactNode;
  open: boolean;
  setOpen: (open: boolean) => void;
  children: ReactNode;
  className?: string;         // of the button
  quiet?: boolean;            // without a frame
  tabIndex?: number;
  wide?: boolean;
  beside?: string;            // of what around the button it stands beside, where there is room, and not under the button
}

const GAP_PX = 4;
const EDGE_PX = 8;

export function Popover({ label, button, open, setOpen, children, className, quiet, tabIndex, wide, beside }: Props) {
  const id = useId();
  const opener = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={opener}
        type="button"
        tabIndex={tabIndex}
        className={[quiet ? 'quiet' : 'button', className].filter(Boolean).join(' ')}
        aria-label={quiet ? label : undefined}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onPointerDown={(e) => e.stopPropagation()}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && (
        <Layer id={id} label={label} opener={opener} wide={wide} beside={beside} close={() => setOpen(false)}>
          {children}
        </Layer>
      )}
    </>
  );
}

function Layer({ id, label, opener, wide, beside, close, children }: { id: string; label: string; opener: { current: HTMLElement | null }; wide?: boolean | undefined; beside?: string | undefined; close: () => void; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const shut = useRef(close);
  shut.current = close;
  useLayoutEffect(() => {
    const layer = box.current;
    const at = opener.current?.getBoundingClientRect();
    if (!layer || !at) return;
    layer.showPopover();
    const own = layer.getBoundingClientRect();
    const below = at.bottom + GAP_PX + own.height <= innerHeight - EDGE_PX;
    layer.style.top = `${below ? at.bottom + GAP_PX : Math.max(EDGE_PX, at.top - GAP_PX - own.height)}px`;
    layer.style.left = `${Math.max(EDGE_PX, Math.min(at.left, innerWidth - own.width - EDGE_PX))}px`;
    const around = beside && opener.current?.closest(beside)?.getBoundingClientRect();
    const left = around ? placeBeside(around, own) : null;
    if (around && left !== null) {
      layer.style.left = `${left}px`;
      layer.style.top = `${Math.max(EDGE_PX, Math.min(around.top, innerHeight - own.height - EDGE_PX))}px`;
    }
    layer.querySelector<HTMLElement>('input, button, [tabindex="0"]')?.focus();
  }, [opener, beside]);
  useEffect(() => {
    const layer = box.current;
    const outside = (event: globalThis.PointerEvent) => {
      const target = event.target as Node;
      if (!layer?.contains(target) && !opener.current?.contains(target)) shut.current();
    };
    const key = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      event.stopPropagation();
      shut.current();
    };
    addEventListener('pointerdown', outside, true);
    layer?.addEventListener('keydown', key);
    const back = opener.current;
    return () => {
      removeEventListener('pointerdown', outside, true);
      layer?.removeEventListener('keydown', key);
      // Only where the focus was inside: a click elsewhere takes it there.
      if (!document.activeElement || document.activeElement === document.body || layer?.contains(document.activeElement)) (back?.tabIndex === -1 ? back.closest<HTMLElement>('[role="grid"]') : back)?.focus();
    };
  }, [opener]);
  return (
    <div ref={box} id={id} popover="manual" className={wide ? 'popover wide' : 'popover'} role="dialog" aria-label={label}>
      {children}
    </div>
  );
}

// To the right of it, else to its left; null where neither has room.
function placeBeside(around: DOMRect, own: DOMRect): number | null {
  const right = around.right + GAP_PX;
  const left = around.left - GAP_PX - own.width;
  return right + own.width <= innerWidth - EDGE_PX ? right : left >= EDGE_PX ? left : null;
}
