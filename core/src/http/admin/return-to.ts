/** Where to go after signing in: a page of ours, whatever a link claims. */

/** Pages that lead straight back to signing in. */
const POINTLESS = /^\/(?:login|logout)(?:[/?#]|$)/

/** @returns a path with its query, or `/` when the wish leads elsewhere or hides something. */
export function safeReturnTo(wish: string | undefined, origin: string): string {
  if (wish === undefined || !looksLocal(wish) || !looksLocal(decoded(wish))) return '/'
  const url = URL.parse(wish, origin)
  if (!url || url.origin !== origin || POINTLESS.test(url.pathname)) return '/'
  return looksLocal(url.pathname) ? `${url.pathname}${url.search}` : '/'
}

/** Browsers read `/\host` and `//host` as another host, and drop tabs and line breaks first. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being refused
const looksLocal = (path: string): boolean => /^\/(?![/\\])/.test(path) && !/[\u0000-\u001f\u007f\\]/.test(path)

const LAYERS_MAX = 4

/** Takes encodings off until none is left; what cannot be read is not trusted. */
function decoded(wish: string): string {
  let text = wish
  for (let layer = 0; layer < LAYERS_MAX; layer += 1) {
    const next = decode(text)
    if (next === text) return text
    text = next
  }
  return ''
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
