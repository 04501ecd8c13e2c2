// Rail, top bar, context bar: the same on every page.
import { useQuery } from '@tanstack/react-query';
import { Outlet, useParams, useRouterState, useSearch } from '@tanstack/react-router';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { clockQuery, inboxQuery } from '../api/queries';
import type { Live } from '../api/live';
import { ROOMS } from '../features/rooms';
import { absolute, DAY_MS, millis, moment, span } from '../format/time';
import { S } from '../strings';
import { CommandPalette } from './CommandPalette';
import { Crumbs } from './Crumbs';
import { copyText } from './Feedback';
import { Go } from './Go';
import { Icon } from './Icon';
import { KeySheet, useKeys } from './keys';
import { PRESETS, usePatchSearch, type RangeSearch } from './range';
import { Status } from './Status';
import { choose, useThemeChoice, type ThemeChoice } from './theme';
import { Toasts } from './Toast';

export function useProject(): string {
  const { project }: { project?: string } = useParams({ strict: false });
  return project ?? 'default';
}

export function Shell({ live }: { live: Live }) {
  const project = useProject();
  const [palette, setPalette] = useState(false);
  const [sheet, setSheet] = useState(false);
  const [menu, setMenu] = useState(false);
  const path = useRouterState({ select: (s) => s.location.pathname });
  useEffect(() => setMenu(false), [path]);
  useKeys(project, { palette: () => setPalette(true), sheet: () => setSheet(true) });
  return (
    <div className={menu ? 'shell menu-open' : 'shell'}>
      <a className="skip" href="#page">
        {S.skip}
      </a>
      <Rail project={project} path={path} />
      <div className="column">
        <TopBar project={project} openPalette={() => setPalette(true)} />
        <ContextBar live={live} />
        <main id="page" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <BottomBar project={project} path={path} openPalette={() => setPalette(true)} openMenu={() => setMenu(!menu)} />
      {palette && <CommandPalette project={project} close={() => setPalette(false)} />}
      {sheet && <KeySheet close={() => setSheet(false)} />}
      <Toasts />
    </div>
  );
}

const isIn = (path: string, project: string, room: string) => (room === '' ? path === `/p/${project}` || path === `/p/${project}/` : path.startsWith(`/p/${project}${room}`) || (room === '/experiments' && new RegExp(`^/p/${project}/([er]/|retention)`).test(path)));

function Rail({ project, path }: { project: string; path: string }) {
  return (
    <nav className="rail" aria-label={S.navigation}>
      <div className="rail-inner">
      <Go className="brand" href={`/p/${project}`} aria-label={`${S.product}: ${S.rooms.home}`}>
        <svg width="18" height="18" viewBox="0 0 16 16" aria-hidden="true">
          <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
          <path d="M8 8V1.8A6.2 6.2 0 0 1 14.2 8Z" fill="currentColor" />
        </svg>
        <span>{S.product}</span>
      </Go>
      {ROOMS.map((room) => (
        <Go key={room.id} href={`/p/${project}${room.path}`} className="room" aria-current={isIn(path, project, room.path) ? 'page' : undefined} aria-label={S.rooms[room.id]}>
          <Icon name={room.icon} />
          <span>{S.rooms[room.id]}</span>
        </Go>
      ))}
      </div>
    </nav>
  );
}

function TopBar({ project, openPalette }: { project: string; openPalette: () => void }) {
  const inbox = useQuery(inboxQuery(project));
  const total = inbox.data?.total ?? 0;
  const worst = inbox.data?.rows[0]?.status ?? 'ok';
  return (
    <header className="top-bar">
      <Crumbs project={project} />
      <button type="button" className="search-button" onClick={openPalette}>
        <Icon name="search" size={14} />
        <span>{S.search}</span>
        <kbd>{navigator.platform.startsWith('Mac') ? S.searchKeyMac : S.searchKey}</kbd>
      </button>
      {total > 0 && (
        <Go className="inbox-count" href={`/p/${project}#needs`} aria-label={S.inbox(total)}>
          <Status status={worst} word={false} />
          <span>{total}</span>
        </Go>
      )}
      <ThemeButton />
    </header>
  );
}

const THEMES: readonly ThemeChoice[] = ['light', 'dark', 'system'];

function ThemeButton() {
  const choice = useThemeChoice();
  const next = THEMES[(THEMES.indexOf(choice) + 1) % THEMES.length] ?? 'system';
  const icon = choice === 'light' ? 'sun' : choice === 'dark' ? 'moon' : 'system';
  return (
    <button type="button" className="quiet square" onClick={() => choose(next)} aria-label={`${S.theme.label}: ${S.theme[choice]}`} data-tip={`${S.theme.label}: ${S.theme[choice]}`}>
      <Icon name={icon} />
    </button>
  );
}

function ContextBar({ live }: { live: Live }) {
  const { data } = useQuery(clockQuery);
  return (
    <div className="context-bar" role="region" aria-label={S.context}>
      <RangePicker />
      <span className="zone" data-tip={data ? absolute(Date.parse(data.now)) : undefined}>
        {S.zone}
        {data?.kind === 'virtual' && <em> · <span className="wide-only">{S.virtualClock} </span>{moment(Date.parse(data.now))}</em>}
      </span>
      <span className="grow" />
      <LiveState live={live} />
      <button type="button" className="text-button" onClick={() => void copyText(location.href)}>
        {S.share}
      </button>
    </div>
  );
}

function RangePicker() {
  const search: RangeSearch = useSearch({ strict: false });
  const patch = usePatchSearch();
  const own = millis(search.from);
  const end = millis(search.to);
  const shift = (by: number) => {
    if (own === null || end === null) return;
    const half = Math.max(DAY_MS, (end - own) / 2) * by;
    patch({ from: new Date(own + half).toISOString(), to: new Date(end + half).toISOString() });
  };
  return (
    <span className="range">
      <select
        id="range"
        aria-label={S.range.label}
        value={own !== null && end !== null ? 'own' : (search.t ?? 'all')}
        onChange={(e) => patch({ t: e.target.value === 'all' ? undefined : e.target.value, from: undefined, to: undefined }, 'push')}
      >
        {own !== null && end !== null && <option value="own">{span(own, end)}</option>}
        {PRESETS.map((p) => (
          <option key={p} value={p}>
            {S.range[p]}
          </option>
        ))}
      </select>
      {own !== null && (
        <>
          <button type="button" className="quiet square" aria-label={S.range.earlier} onClick={() => shift(-1)}>
            <Icon name="left" size={14} />
          </button>
          <button type="button" className="quiet square" aria-label={S.range.later} onClick={() => shift(1)}>
            <Icon name="right" size={14} />
          </button>
        </>
      )}
    </span>
  );
}

function LiveState({ live }: { live: Live }) {
  const state = useSyncExternalStore(live.watch, live.read);
  const word =
    state.kind === 'live' ? S.live.live : state.kind === 'connecting' ? S.live.connecting : state.kind === 'paused' ? S.live.paused(state.waiting) : S.live.lost(Math.max(1, Math.round((state.retryAt - Date.now()) / 1000)));
  return (
    <button type="button" className={`live live-${state.kind}`} onClick={() => live.togglePause()} aria-label={`${word}. ${state.kind === 'paused' ? S.live.resume : S.live.pause}`}>
      <i aria-hidden="true" />
      {word}
    </button>
  );
}

function BottomBar({ project, path, openPalette, openMenu }: { project: string; path: string; openPalette: () => void; openMenu: () => void }) {
  const short = ROOMS.filter((r) => ['home', 'monitors', 'policies'].includes(r.id));
  return (
    <nav className="bottom-bar" aria-label={S.more}>
      {short.map((room) => (
        <Go key={room.id} href={`/p/${project}${room.path}`} aria-label={S.rooms[room.id]} aria-current={isIn(path, project, room.path) ? 'page' : undefined}>
          <Icon name={room.icon} size={20} />
        </Go>
      ))}
      <button type="button" aria-label={S.search} onClick={openPalette}>
        <Icon name="search" size={20} />
      </button>
      <button type="button" aria-label={S.more} onClick={openMenu}>
        <Icon name="menu" size={20} />
      </button>
    </nav>
  );
}
