// A typed fetch over the contract in api/openapi. The only place that talks HTTP.
import type { components, paths } from '../generated/api';
import { outside } from './prefix';

export type Schemas = components['schemas'];

type Operation<P extends keyof paths, M extends 'get' | 'post' | 'delete'> = NonNullable<paths[P][M]>;
type Params<O> = O extends { parameters: { path?: infer P; query?: infer Q } }
  ? (P extends object ? { path: P } : { path?: undefined }) & { query?: Q extends object ? Q : undefined }
  : { path?: undefined; query?: undefined };
type Answer<O> = O extends { responses: { 200: { content: { 'application/json': infer B } } } } ? B : never;
type Body<O> = O extends { requestBody?: { content: { 'application/json': infer B } } } ? B : never;

// What the server says when it refuses: told on the page as it is.
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly what: string,
    readonly why: string,
    readonly fix: string,
    readonly requestId: string,
  ) {
    super(what);
  }
}

const UNREACHABLE = new ApiError(0, 'unavailable', 'The server does not answer.', 'The connection was refused or broke off.', 'Check that `gyre server` runs, then try again.', '');

const reach = (url: string, init: RequestInit): Promise<Response> =>
  fetch(url, init).catch((cause: unknown) => {
    throw init.signal?.aborted ? cause : UNREACHABLE;
  });

function refused(response: Response, told: Partial<Schemas['ErrorBody']['error']> = {}): ApiError {
  const { code = 'internal', what = `The server answered ${response.status}.`, why = '', fix = '', request_id = response.headers.get('x-request-id') ?? '' } = told;
  return new ApiError(response.status, code, what, why, fix, request_id);
}

async function call(method: string, url: string, body?: unknown, signal?: AbortSignal, more: Record<string, string> = {}): Promise<unknown> {
  const headers: Record<string, string> = { accept: 'application/json', ...more };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await reach(outside(url), { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
  const json = (await response.json().catch(() => null)) as { error?: Schemas['ErrorBody']['error'] } | null;
  if (response.ok && json !== null) return json;
  throw refused(response, json?.error);
}

// What is not in the contract's types yet, and answers that are columns: bytes where the server has them, else JSON.
export const ask = <T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown, signal?: AbortSignal, headers?: Record<string, string>): Promise<T> => call(method, path, body, signal, headers) as Promise<T>;

const COLUMNS = 'application/vnd.gyre.columns';

export async function askColumns(path: string, body: unknown, signal?: AbortSignal): Promise<ArrayBuffer | object> {
  const response = await reach(outside(path), { method: 'POST', headers: { accept: `${COLUMNS}, application/json;q=0.5`, 'content-type': 'application/json' }, signal, body: JSON.stringify(body) });
  if (response.ok && response.headers.get('content-type')?.startsWith(COLUMNS)) return response.arrayBuffer();
  const json = (await response.json().catch(() => null)) as { error?: Schemas['ErrorBody']['error'] } | null;
  if (response.ok && json !== null) return json;
  throw refused(response, json?.error);
}

function fill(path: string, values: Record<string, unknown> | undefined, query: Record<string, unknown> | undefined): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values?.[name] ?? '')));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined && value !== '') search.set(name, String(value));
  const text = search.toString();
  return text ? `${filled}?${text}` : filled;
}

type Gets = { [P in keyof paths]: paths[P] extends { get: object } ? P : never }[keyof paths];
type Deletes = { [P in keyof paths]: paths[P] extends { delete: object } ? P : never }[keyof paths];
type Posts = { [P in keyof paths]: paths[P] extends { post: object } ? P : never }[keyof paths];

export function get<P extends Gets>(path: P, params: Params<Operation<P, 'get'>>, signal?: AbortSignal): Promise<Answer<Operation<P, 'get'>>> {
  const url = fill(path, params.path as Record<string, unknown> | undefined, params.query as Record<string, unknown> | undefined);
  return call('GET', url, undefined, signal) as Promise<Answer<Operation<P, 'get'>>>;
}

export function post<P extends Posts>(path: P, params: Params<Operation<P, 'post'>>, body: Body<Operation<P, 'post'>>, signal?: AbortSignal): Promise<Answer<Operation<P, 'post'>>> {
  const url = fill(path, params.path as Record<string, unknown> | undefined, params.query as Record<string, unknown> | undefined);
  return call('POST', url, body, signal) as Promise<Answer<Operation<P, 'post'>>>;
}

export function remove<P extends Deletes>(path: P, params: Params<Operation<P, 'delete'>>): Promise<Answer<Operation<P, 'delete'>>> {
  const url = fill(path, params.path as Record<string, unknown> | undefined, params.query as Record<string, unknown> | undefined);
  return call('DELETE', url) as Promise<Answer<Operation<P, 'delete'>>>;
}

// Deleting is MLflow's call; our own contract has none beside it.
export function putIntoBin(kind: Schemas['BinKind'], id: string): Promise<unknown> {
  if (kind === 'run') return call('POST', '/api/2.0/mlflow/runs/delete', { run_id: id });
  if (kind === 'experiment') return call('POST', '/api/2.0/mlflow/experiments/delete', { experiment_id: id });
  return call('DELETE', `/api/2.0/mlflow/logged-models/${encodeURIComponent(id)}`);
}

export interface LoggedModels {
  models: { info: { model_id: string; name: string } }[];
  next_page_token?: string;
}
export async function loggedModels(experiment: string, most: number): Promise<LoggedModels> {
  const found = (await call('POST', '/api/2.0/mlflow/logged-models/search', { experiment_ids: [experiment], max_results: most })) as Partial<LoggedModels>;
  return { ...found, models: found.models ?? [] };
}

// A file of a run. The server sends it as an attachment, so that a browser that is led there keeps it and runs nothing of it.
export const fileUrl = (run: string, path: string): string => outside(`/get-artifact?${new URLSearchParams({ run_id: run, path })}`);

// The first bytes of a file as text; null where it is none.
export async function fileHead(run: string, path: string, most: number, signal?: AbortSignal): Promise<string | null> {
  const response = await reach(fileUrl(run, path), { headers: { range: `bytes=0-${most - 1}` }, signal });
  if (!response.ok) {
    const told = (await response.json().catch(() => null)) as { message?: string } | null;  // in MLflow's shape
    throw refused(response, { what: told?.message });
  }
  const bytes = new Uint8Array(await response.arrayBuffer()).subarray(0, most);
  return bytes.includes(0) ? null : new TextDecoder().decode(bytes, { stream: true });  // a character that is cut at the end is left out
}
