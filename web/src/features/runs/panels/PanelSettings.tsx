// Settings of one panel. Each shows at once in the panel beside them.
import { useId, type ReactNode } from 'react';
import { S } from '../../../strings';
import { Segmented } from '../../../ui/Segmented';
import { useBoard } from './board';
import { KeyPicker } from './KeyPicker';
import { HEIGHTS, MOST_WIDTH, type Band, type Panel } from './layout';

interface Props {
  panel: Panel;
  change: (panel: Panel) => void;
  sections: string[];
  toSection: (name: string) => void;
}
const BANDS: readonly Band[] = ['deviation', 'range', 'confidence', 'none'];
type Three = 'page' | 'on' | 'off';
const three = (value: boolean | undefined): Three => (value === undefined ? 'page' : value ? 'on' : 'off');
const of = (value: Three): boolean | undefined => (value === 'page' ? undefined : value === 'on');

export function PanelSettings({ panel, change, sections, toSection }: Props) {
  const id = useId();
  const board = useBoard();
  const name = (what: string) => `${what}${id}`;
  const numbered = (text: string) => (text.trim() === '' || !Number.isFinite(Number(text)) ? undefined : Number(text));
  return (
    <div className="panel-settings">
      {panel.kind === 'line' && (
        <>
          <Row label={S.panels.keys}>
            <KeyPicker keys={panel.keys} setKeys={(keys) => keys.length > 0 && change({ ...panel, keys })} kind="metric" />
          </Row>
          <Row label={S.panels.yScale}>
            <Segmented<Three> label={name(S.panels.yScale)} value={three(panel.log)} options={[{ value: 'page', text: S.panels.asPage }, { value: 'off', text: S.panels.linear }, { value: 'on', text: S.panels.logarithmic }]} onChange={(v) => change({ ...panel, log: of(v) })} />
          </Row>
          <Row label={S.panels.yFrom}>
            <span className="pair">
              <input className="field small num" aria-label={S.panels.yFrom} placeholder={S.panels.auto} defaultValue={panel.low ?? ''} onChange={(e) => change({ ...panel, low: numbered(e.target.value) })} />
              <span className="dim">{S.panels.yTo}</span>
              <input className="field small num" aria-label={`${S.panels.yFrom} ${S.panels.yTo}`} placeholder={S.panels.auto} defaultValue={panel.high ?? ''} onChange={(e) => change({ ...panel, high: numbered(e.target.value) })} />
            </span>
          </Row>
          <Row label={S.panels.outliers}>
            <Segmented<Three> label={name(S.panels.outliers)} value={three(panel.clip)} options={[{ value: 'page', text: S.panels.asPage }, { value: 'on', text: S.panels.on }, { value: 'off', text: S.panels.off }]} onChange={(v) => change({ ...panel, clip: of(v) })} />
          </Row>
          {board.group.length > 0 && (
            <Row label={S.panels.band}>
              <Segmented<Band> label={name(S.panels.band)} value={panel.band ?? 'deviation'} options={BANDS.map((value) => ({ value, text: S.panels.bands[value] ?? value }))} onChange={(band) => change({ ...panel, band })} />
            </Row>
          )}
        </>
      )}
      <Row label={S.panels.title}>
        <input className="field" aria-label={S.panels.title} defaultValue={panel.title ?? ''} placeholder={panel.kind === 'note' ? '' : panel.keys[0]} onChange={(e) => change({ ...panel, title: e.target.value || undefined })} />
      </Row>
      <Row label={S.panels.section}>
        <select className="field" aria-label={S.panels.section} value="" onChange={(e) => toSection(e.target.value)}>
          <option value="" disabled>
            {S.panels.move}
          </option>
          {sections.map((section) => (
            <option key={section} value={section}>
              {section}
            </option>
          ))}
        </select>
      </Row>
      <Row label={S.panels.width}>
        <Segmented label={name(S.panels.width)} value={String(panel.width ?? 1)} options={Array.from({ length: MOST_WIDTH }, (_, i) => ({ value: String(i + 1), text: String(i + 1) }))} onChange={(v) => change({ ...panel, width: Number(v) })} />
      </Row>
      <Row label={S.panels.height}>
        <input type="range" aria-label={S.panels.height} min={HEIGHTS.least} max={HEIGHTS.most} step={HEIGHTS.step} value={panel.height ?? HEIGHTS.usual} onChange={(e) => change({ ...panel, height: Number(e.target.value) })} />
      </Row>
    </div>
  );
}

export function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="setting">
      <span className="setting-name">{label}</span>
      {children}
    </div>
  );
}
