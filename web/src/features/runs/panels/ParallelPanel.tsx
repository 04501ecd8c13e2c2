import type { BodyProps } from './LinePanel';

export default function ParallelPanel(_: BodyProps) {
  return null;
}
