// One column: the reference as outline, the range as fill, in the same bins; then every effect size with n.
import { useQuery } from '@tanstack/react-query';
import type { Range } from '../../api/queries';
import type { Schemas } from '../../api/client';
import { distributionQuery } from '../../api/queries';
import { figure, fixed, grouped, percent, signed } from '../../format/number';
import { span } from '../../format/time';
import { S } from '../../strings';
import { Loaded } from '../../ui/Feedback';
import { useWidth } from '../../ui/measure';
import { Status } from '../../ui/Status';

interface Props {
  project: string;
  monitor: string;
  feature: string;
  range: Range;
  newest: boolean;
  clear: () => void;
}

export function DistributionPanel({ project, monitor, feature, range, newest, clear }: Props) {
  const query = useQuery(distributionQuery(project, monitor, feature, range));
  return (
    <section className="card distribution" aria-label={S.monitor.distribution}>
      <Loaded query={query} height={300}>
        {(d) => (
          <>
            <h2 className="mono">
              {d.feature}
              {!newest && (
                <button type="button" className="text-button head-link" onClick={clear}>
                  {S.monitor.clear}
                </button>
              )}
            </h2>
            <p className="legend">
              <span>
                <i className="key-outline" /> {S.monitor.reference} {d.reference ? `${d.version.name}, n ${figure(d.reference.n, 'rows')}` : `– ${S.monitor.noReference}`}
              </span>
              <span>
                <i className="key-fill" /> {span(Date.parse(d.from), Date.parse(d.to))}, n {figure(d.current.n, 'rows')}
                {d.other_rows > 0 && ` ${S.monitor.ofVersion(d.version.name)}`}
              </span>
            </p>
            {d.type === 'category' ? <Dots bins={d.bins} /> : <Histogram bins={d.bins} />}
            <Measures d={d} />
          </>
        )}
      </Loaded>
    </section>
  );
}

const HEIGHT = 148;
const BASE = 18;

function Histogram({ bins }: { bins: Schemas['Distribution']['bins'] }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const top = Math.max(...bins.map((b) => Math.max(b.reference ?? 0, b.current ?? 0)), 1e-9);
  const wide = width / Math.max(1, bins.length);
  const y = (share: number) => 6 + (HEIGHT - BASE - 6) * (1 - share / top);
  let outline = '';
  bins.forEach((b, i) => {
    outline += `${i === 0 ? `M0 ${y(0)}` : ''}L${(i * wide).toFixed(1)} ${y(b.reference ?? 0).toFixed(1)}L${((i + 1) * wide).toFixed(1)} ${y(b.reference ?? 0).toFixed(1)}`;
  });
  const every = Math.max(1, Math.ceil(bins.length / Math.max(2, width / 56)));
  return (
    <div ref={box}>
      <svg width={width} height={HEIGHT} role="img" aria-label={S.monitor.distribution} className="histogram">
        {bins.map((b, i) => (
          <rect key={i} className="now" x={i * wide + 0.5} width={Math.max(1, wide - 1)} y={y(b.current ?? 0)} height={y(0) - y(b.current ?? 0)} />
        ))}
        <path className="before" d={`${outline}L${width} ${y(0)}`} />
        <line className="base" x1="0" x2={width} y1={y(0) + 0.5} y2={y(0) + 0.5} />
        {bins.map((b, i) => (i % every === 0 && (b.low ?? b.high) !== null ? <text key={i} x={i * wide + (i === 0 ? 0 : 0)} y={HEIGHT - 4}>{b.low === null ? `≤ ${figure(b.high, 'none', 2)}` : figure(b.low, 'none', 2)}</text> : null))}
      </svg>
    </div>
  );
}

const SHOWN = 9;

// Categories as paired dots, the most changed first.
function Dots({ bins }: { bins: Schemas['Distribution']['bins'] }) {
  const change = (b: (typeof bins)[number]) => (b.current ?? 0) - (b.reference ?? 0);
  const rows = [...bins].sort((a, b) => Math.abs(change(b)) - Math.abs(change(a))).slice(0, SHOWN);
  // One dominant category must not press the others into a point: the scale then ends at the second.
  const sizes = rows.map((b) => Math.max(b.reference ?? 0, b.current ?? 0)).sort((a, b) => b - a);
  const [most = 0, second = 0] = sizes;
  const top = Math.max(second > 0 && most > 3 * second ? second : most, 1e-9);
  const at = (share: number | null) => `${(Math.min(1, (share ?? 0) / top) * 92 + 2).toFixed(2)}%`;
  return (
    <div className="dots">
      {rows.map((b) => (
        <div key={b.label} className="dot-row">
          <span className="mono clip">{b.label}</span>
          <svg width="100%" height="14" aria-hidden="true">
            <line x1={at(b.reference)} x2={at(b.current)} y1="7" y2="7" />
            <circle className="before" cx={at(b.reference)} cy="7" r="4" />
            <circle className="now" cx={at(b.current)} cy="7" r="4" />
          </svg>
          <span className="num">{signed(change(b) * 100, 'none', 2)} pp</span>
        </div>
      ))}
    </div>
  );
}

function Measures({ d }: { d: Schemas['Distribution'] }) {
  const moved = d.reference && d.reference.mean !== null ? `mean ${figure(d.reference.mean, 'none', 3)} → ${figure(d.current.mean, 'none', 3)}` : d.reference?.distinct ? `${grouped(d.reference.distinct)} → ${grouped(d.current.distinct ?? 0)} values` : '';
  return (
    <>
      <p className="facts small">
        <span>{moved}</span>
        {d.reference && (d.reference.missing > 0 || d.current.missing > 0) && (
          <span>
            missing {percent(d.reference.missing, 1)} → {percent(d.current.missing, 1)}
          </span>
        )}
      </p>
      <dl className="measures">
        {d.measures.map((m) => (
          <div key={m.metric + m.of}>
            <dt>
              {S.measures[m.metric] ?? S.metrics[m.metric]}
              {m.of !== '' && <span className="mono"> = {m.of}</span>}
            </dt>
            <dd className="num">
              {m.level === 'warn' || m.level === 'crit' ? <Status status={m.level} word={false} size={12} /> : null} {m.value === 0 ? '0' : fixed(m.value, 4)}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
