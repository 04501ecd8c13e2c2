// A native dialog: focus goes in, Escape closes, focus comes back.
import { useEffect, useRef, type ReactNode } from 'react';
import { S } from '../strings';
import { Icon } from './Icon';

export function Dialog({ title, close, children, wide }: { title: string; close: () => void; children: ReactNode; wide?: boolean }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const back = document.activeElement;
    box.current?.showModal();
    return () => {
      if (back instanceof HTMLElement) back.focus();
    };
  }, []);
  return (
    <dialog ref={box} className={wide ? 'dialog wide' : 'dialog'} aria-label={title} onClose={close} onClick={(e) => e.target === box.current && close()} onKeyDown={(e) => e.key === 'Escape' && close()}>
      <div className="dialog-head">
        <h2>{title}</h2>
        <button type="button" className="quiet square" aria-label={S.close} onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      {children}
    </dialog>
  );
}
