// Rows of cells as RFC 4180 writes them.
export const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

// Cells are quoted already.
export const csvOfRows = (rows: readonly (readonly string[])[]): string => `${rows.map((row) => row.join(',')).join('\r\n')}\r\n`;
