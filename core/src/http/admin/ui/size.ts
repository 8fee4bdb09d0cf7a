/** Sizes for people. */

/** `512 bytes`, `4.2 KB`, `1.3 MB`; decimal, as mail providers count. */
export function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
