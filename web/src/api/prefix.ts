// Where the server stands: what all its paths begin with (`gyre server --static-prefix`), told by the index it has given. The page itself
// writes paths without it, as the server's answers do; what leaves the page gets it, what comes from the address bar loses it.
import { createBrowserHistory } from '@tanstack/react-router';

const told = () => document.querySelector<HTMLMetaElement>('meta[name="gyre-prefix"]')?.content ?? '';
export const PREFIX = typeof document === 'undefined' ? '' : told(); // tests have no page

export const outside = (path: string, prefix = PREFIX): string => (path.startsWith('/') ? prefix + path : path);

// Where a client finds this server: what MLFLOW_TRACKING_URI is set to.
export const ownUrl = (): string => location.origin + PREFIX;

export const inside = (path: string, prefix = PREFIX): string => (prefix && (path === prefix || path.startsWith(`${prefix}/`)) ? path.slice(prefix.length) || '/' : path);

export function pageHistory() {
  if (!PREFIX) return createBrowserHistory();
  const { location, history } = window;
  const parseLocation = () => {
    const pathname = inside(location.pathname);
    const { search, hash } = location;
    return { href: `${pathname}${search}${hash}`, pathname, search, hash, state: history.state };
  };
  return createBrowserHistory({ createHref: (path) => outside(path), parseLocation });
}
