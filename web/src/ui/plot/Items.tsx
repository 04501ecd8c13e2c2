// Things of a scene as SVG on the page: sharp at any zoom, coloured by the theme's own properties.
import { corners, pathOf, type Item } from './scene';

const ink = (name: string) => `var(--g-${name})`;

export function Items({ items }: { items: readonly Item[] }) {
  return items.map((item, i) => <One key={i} item={item} />);
}

function One({ item }: { item: Item }) {
  if (item.kind === 'rect') return <rect x={item.x} y={item.y} width={item.width} height={item.height} fill={ink(item.ink)} opacity={item.alpha} />;
  if (item.kind === 'text')
    return (
      <text x={item.x} y={item.y} dy="0.35em" fill={ink(item.ink)} textAnchor={item.anchor} fontSize={item.size} fontWeight={item.bold ? 600 : undefined}>
        {item.text}
      </text>
    );
  if (item.kind === 'line') return <path d={pathOf(item.points)} fill="none" stroke={ink(item.ink)} strokeWidth={item.width} strokeDasharray={item.dash?.join(' ')} opacity={item.alpha} />;
  if (item.kind === 'area') return <path d={pathOf(item.points, true)} fill={ink(item.ink)} opacity={item.alpha} />;
  if (item.kind !== 'mark') return null;
  if (item.shape === 'dot' || item.shape === 'ring') return <circle cx={item.x} cy={item.y} r={item.size} fill={item.shape === 'dot' ? ink(item.ink) : ink('surface')} stroke={ink(item.ink)} strokeWidth={1.5} />;
  return (
    <path d={pathOf(corners(item.shape, item.size).map((v, i) => v + (i % 2 ? item.y : item.x)), true)} fill={ink('surface')} stroke={ink(item.ink)} strokeWidth={1.5}>
      {item.words && <title>{item.words}</title>}
    </path>
  );
}
