const LONGEST_MS = 10_000;  // that a browser takes to begin reading

// Hands a file to the browser's downloads.
export function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), LONGEST_MS);
}
