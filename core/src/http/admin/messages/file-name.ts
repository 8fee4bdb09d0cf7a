/** File names in headers. */

/** Plain for old browsers, exact for the others. RFC 6266 §4.3, RFC 8187 §3.2 */
export function attachmentName(name: string): string {
  const clean = name.replace(UNFIT, '_').toWellFormed().slice(0, 200) || 'attachment'
  const plain = clean.replace(/[^\u0020-\u007e]|["%]/g, '_')
  const exact = encodeURIComponent(clean).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they must not reach a header
const UNFIT = /[\u0000-\u001f\u007f/\\]/g
