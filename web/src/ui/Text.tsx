// Numbers, times and ids. A number always names its evidence; `none` says why there is no page behind it.
import { useNow } from '../api/clock';
import { figure, signed, type Figure, type Unit } from '../format/number';
import { absolute, ago, millis } from '../format/time';
import { Go } from './Go';
import { Icon, kindIcon } from './Icon';

export type Evidence = string | { none: string };

export function Num({ value, unit = 'none', digits, plus, evidence }: { value: Figure; unit?: Unit; digits?: number; plus?: boolean; evidence: Evidence }) {
  const text = plus ? signed(value, unit, digits) : figure(value, unit, digits);
  const full = typeof value === 'number' && String(value) !== text ? String(value) : undefined;
  if (typeof evidence === 'string')
    return (
      <Go className="num" href={evidence} data-tip={full}>
        {text}
      </Go>
    );
  return (
    <span className="num" data-tip={full}>
      {text}
    </span>
  );
}

export function Ago({ at }: { at: string | null | undefined }) {
  const now = useNow();
  const ms = millis(at);
  if (ms === null) return null;
  return (
    <time className="ago" dateTime={at ?? undefined} data-tip={absolute(ms)}>
      {ago(ms, now)}
    </time>
  );
}

interface LinkLike {
  ref: string;
  kind: string;
  name: string;
  url: string;
}

export function Ref({ link, mono = true, icon = true, label }: { link: LinkLike; mono?: boolean; icon?: boolean; label?: string }) {
  return (
    <Go className={mono ? 'ref mono' : 'ref'} href={link.url} data-tip={link.ref}>
      {icon && <Icon name={kindIcon(link.kind)} size={14} />}
      <span className="clip">{label ?? link.name}</span>
    </Go>
  );
}
