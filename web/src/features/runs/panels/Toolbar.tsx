// What holds for all panels: x, smoothing, scales, outliers; which panels are seen.
import { useMemo, useState } from 'react';
import { S } from '../../../strings';
import { Icon } from '../../../ui/Icon';
import { Popover } from '../../../ui/Popover';
import { Segmented } from '../../../ui/Segmented';
import type { XAxis } from '../../../api/workspace';
import { AddPanel } from './AddPanel';
import { axisName, lengthText, xText } from './axis';
import { useBoard } from './board';
import { halfLives } from './curves';
import { KeySearch } from './KeyPicker';
import type { useSections } from './useSections';
import { useXLength } from './xLength';

interface Props {
  span: number;
  setSpan: (span: number) => void;
  find: string;
  setFind: (find: string) => void;
  setAxis: (x: XAxis) => void;
  setSmooth: (halfLife: number) => void;
  setLog: (axis: 'x' | 'y', on: boolean) => void;
  setClip: (on: boolean) => void;
  sections: ReturnType<typeof useSections>;
}

export function Toolbar(props: Props) {
  const board = useBoard();
  const [adding, setAdding] = useState(false);
  const [more, setMore] = useState(false);
  return (
    <div className="panel-bar" role="toolbar" aria-label={S.panels.label}>
      <AxisPicker x={board.x} setAxis={props.setAxis} />
      <Smoothing setSmooth={props.setSmooth} />
      <Check label={S.panels.log} on={board.yLog} set={(on) => props.setLog('y', on)} />
      {board.zoom && (
        <button type="button" className="zoom-chip" aria-label={`${S.panels.resetZoom}: ${S.panels.zoomed(xText(board.x, board.zoom[0]), xText(board.x, board.zoom[1]))}`} onClick={() => board.setZoom(null)}>
          <span className="num">{S.panels.zoomed(xText(board.x, board.zoom[0]), xText(board.x, board.zoom[1]))}</span>
          <Icon name="close" size={12} />
        </button>
      )}
      <span className="grow" />
      <label className="find-panel">
        <Icon name="search" size={14} />
        <input type="search" aria-label={S.panels.find} placeholder={S.panels.find} value={props.find} onChange={(e) => props.setFind(e.target.value)} />
      </label>
      <Popover
        label={S.panels.addLabel}
        className="add-panel"
        button={
          <>
            <Icon name="plus" size={14} /> {S.panels.add}
          </>
        }
        open={adding}
        setOpen={setAdding}
        wide
      >
        <AddPanel sections={props.sections.sections} set={props.sections.set} close={() => setAdding(false)} />
      </Popover>
      <Popover label={S.panels.more} button={<Icon name="more" />} quiet className="square" open={more} setOpen={setMore}>
        <div className="panel-settings">
          <Check label={S.panels.logX} on={board.xLog} set={(on) => props.setLog('x', on)} />
          <Check label={S.panels.outliers} on={board.clip} set={props.setClip} />
          <div className="setting">
            <span className="setting-name">{S.panels.columns}</span>
            <Segmented label={S.panels.columns} value={String(props.span)} options={['0', '1', '2', '3'].map((value) => ({ value, text: value === '0' ? S.panels.auto : value }))} onChange={(v) => props.setSpan(Number(v))} />
          </div>
          {props.sections.reset && (
            <button type="button" className="text-button" onClick={props.sections.reset}>
              {S.panels.reset}
            </button>
          )}
        </div>
      </Popover>
    </div>
  );
}

export function Check({ label, on, set }: { label: string; on: boolean; set: (on: boolean) => void }) {
  return (
    <label className="check-box">
      <input type="checkbox" checked={on} onChange={(e) => set(e.target.checked)} />
      {label}
    </label>
  );
}

const PLAIN = ['step', 'relative', 'time'] as const;

function AxisPicker({ x, setAxis }: { x: XAxis; setAxis: (x: XAxis) => void }) {
  const [open, setOpen] = useState(false);
  const pick = (next: XAxis) => {
    setOpen(false);
    setAxis(next);
  };
  return (
    <Popover label={S.panels.axisLabel} className="bar-button" button={<span className="clip">{S.panels.axisLabel}: {axisName(x)} ▾</span>} open={open} setOpen={setOpen}>
      <ul className="menu">
        {PLAIN.map((name) => (
          <li key={name}>
            <button type="button" aria-pressed={x === name} onClick={() => pick(name)}>
              {S.panels.axis[name]}
            </button>
          </li>
        ))}
      </ul>
      <p className="menu-head">{S.panels.axisMetric}</p>
      <KeySearch label={S.panels.find} kind="metric" pick={(metric) => pick({ metric })} />
    </Popover>
  );
}

function Smoothing({ setSmooth }: { setSmooth: (halfLife: number) => void }) {
  const { smooth, x } = useBoard();
  const length = useXLength();
  const stops = useMemo(() => {
    const list = halfLives(length, x === 'time' || x === 'relative' ? 1000 : length < 20 ? length / 1000 : 1);
    return list.includes(smooth) ? list : [...list, smooth].sort((a, b) => a - b);
  }, [length, x, smooth]);
  return (
    <label className="smoothing">
      {S.panels.smoothShort}
      <input type="range" aria-label={S.panels.smoothing} min={0} max={stops.length - 1} step={1} value={stops.indexOf(smooth)} aria-valuetext={smooth > 0 ? lengthText(x, smooth) : S.panels.smoothOff} onChange={(e) => setSmooth(stops[Number(e.target.value)] ?? 0)} />
      <span className="num smoothing-value">{smooth > 0 ? lengthText(x, smooth) : S.panels.smoothOff}</span>
    </label>
  );
}
