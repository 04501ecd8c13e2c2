import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api/client';
import { Live } from './api/live';
import { createPages } from './router';
import './generated/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/home.css';
import './styles/monitor.css';
import './styles/policy.css';
import './styles/rooms.css';
import './styles/runs.css';
import './styles/split.css';
import './styles/panels.css';
import './styles/grid.css';
import './styles/workspace.css';
import './styles/retention.css';
import './styles/files.css';

const FRESH_MS = 15_000;
const TRIES = 2;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      refetchOnWindowFocus: false,
      retry: (failed, error) => failed < TRIES && error instanceof ApiError && error.status === 0,
    },
  },
});

const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={createPages(new Live(queries))} />
      </QueryClientProvider>
    </StrictMode>,
  );
