// The whole of what a cell cuts off, beside the pointer. One element for all cells, in the top layer, moved by hand.
const WAIT_MS = 350;
const GAP_PX = 6;

let box: HTMLElement | null = null;
let timer: ReturnType<typeof setTimeout> | null = null;

export function tipFor(target: Element): void {
  const cell = target.closest<HTMLElement>('[data-whole]');
  if (timer) clearTimeout(timer);
  if (!cell) return hideTip();
  timer = setTimeout(() => show(cell), WAIT_MS);
}

export function hideTip(): void {
  if (timer) clearTimeout(timer);
  if (box?.matches(':popover-open')) box.hidePopover();
}

function show(cell: HTMLElement): void {
  if (!cell.isConnected) return;
  if (!box?.isConnected) {
    box = document.createElement('div');
    box.className = 'cell-tip';
    box.popover = 'manual';
    box.setAttribute('aria-hidden', 'true');  // those who cannot see have the text itself
    document.body.append(box);
  }
  box.textContent = cell.dataset.whole ?? '';
  const at = cell.getBoundingClientRect();
  box.showPopover();
  const own = box.getBoundingClientRect();
  box.style.left = `${Math.max(GAP_PX, Math.min(at.left, innerWidth - own.width - GAP_PX))}px`;
  box.style.top = `${at.bottom + GAP_PX + own.height < innerHeight ? at.bottom + GAP_PX : at.top - GAP_PX - own.height}px`;
}
