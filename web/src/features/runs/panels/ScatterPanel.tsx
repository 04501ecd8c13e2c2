import type { BodyProps } from './LinePanel';

export default function ScatterPanel(_: BodyProps) {
  return null;
}
