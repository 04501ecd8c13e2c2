// Lists of values of the filter language in the address, and places in a text that the server counts in bytes.

// "a, b" -> a and b; commas in quotes and brackets part nothing.
export function splitValues(text: string | undefined): string[] {
  const values = [''];
  let quote = '';
  let depth = 0;
  for (const c of text ?? '') {
    if (!quote && depth === 0 && c === ',') {
      values.push('');
      continue;
    }
    values[values.length - 1] += c;
    if (quote) quote = c === quote ? '' : quote;
    else if (c === "'" || c === '"' || c === '`') quote = c;
    else if (c === '(') depth++;
    else if (c === ')') depth--;
  }
  return [...new Set(values.map((v) => v.trim()).filter(Boolean))];
}

export const joinValues = (values: readonly string[]): string | undefined => values.join(',') || undefined;

const encoder = new TextEncoder();
export const bytesBefore = (text: string, index: number): number => encoder.encode(text.slice(0, index)).length;

export function indexOfByte(text: string, byte: number): number {
  let at = 0;
  let bytes = 0;
  for (const c of text) {
    if (bytes >= byte) break;
    bytes += encoder.encode(c).length;
    at += c.length;
  }
  return at;
}

// Where the word ends that begins there; at least one sign.
export function wordEnd(text: string, index: number): number {
  const rest = /^\s*(?:'[^']*'?|"[^"]*"?|`[^`]*`?|[^\s()]+|.)/.exec(text.slice(index))?.[0] ?? '';
  return index + Math.max(1, rest.length);
}

// "metrics.auc DESC" -> its value and direction.
export function readSort(sort: string | undefined): { by: string; descending: boolean } {
  const [, by = '', direction = ''] = /^(.*?)(?:\s+(asc|desc))?$/i.exec(sort ?? '') ?? [];
  return { by, descending: direction.toLowerCase() === 'desc' };
}

// "metrics.`val loss`" as "val loss", where no other of the values reads alike.
export function shortNames(values: readonly string[]): string[] {
  const bare = values.map((v) => v.replace(/^(metrics|params|tags)\./, '').replaceAll('`', ''));
  return bare.map((name, i) => (bare.filter((other) => other === name).length > 1 ? (values[i] ?? name) : name));
}
