// The server's clock: "3 h ago" is counted from it, because it may be virtual.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { clockQuery } from './queries';

const TICK_MS = 15_000;

// Milliseconds since 1970 by the server's clock. A real clock moves on between answers, a virtual one does not.
export function useNow(): number {
  const { data, dataUpdatedAt } = useQuery(clockQuery);
  const [, tick] = useState(0);
  const real = data?.kind !== 'virtual';
  useEffect(() => {
    if (!real) return;
    const timer = setInterval(() => tick((n) => n + 1), TICK_MS);
    return () => clearInterval(timer);
  }, [real]);
  if (!data) return Date.now();
  return Date.parse(data.now) + (real ? Date.now() - dataUpdatedAt : 0);
}
