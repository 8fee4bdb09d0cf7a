/** The words of an HTML body, line by line, without its mark-up. */
import { Parser } from 'htmlparser2'

const HIDDEN = new Set(['style', 'script', 'head', 'title'])
const BREAKS = new Set(['br', 'p', 'div', 'tr', 'li', 'table', 'h1', 'h2', 'h3', 'h4', 'pre', 'blockquote', 'td'])

/** More is for nobody to read, and elements that are never closed cost the square of their number. */
const HTML_LENGTH_MAX = 200_000

export function textOfHtml(html: string): string {
  const pieces: string[] = []
  let hidden = 0
  const parser = new Parser({
    onopentagname: (name) => {
      if (HIDDEN.has(name)) hidden += 1
      if (BREAKS.has(name)) pieces.push('\n')
    },
    ontext: (text) => {
      if (hidden === 0) pieces.push(text)
    },
    onclosetag: (name) => {
      if (HIDDEN.has(name)) hidden -= 1
      if (BREAKS.has(name)) pieces.push('\n')
    },
  })
  parser.end(html.slice(0, HTML_LENGTH_MAX))
  return pieces
    .join('')
    .replace(/[ \t\u00a0]+/g, ' ')
    .replace(/ ?\n[ \n]*/g, '\n')
    .trim()
}
