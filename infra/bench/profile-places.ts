/** Where a function of the bundle stands in the sources, by the source map beside it. */
import { readFile } from 'node:fs/promises'
import { SourceMap } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export type Frame = { readonly url: string; readonly lineNumber: number; readonly columnNumber: number }
/** `part` is a package, a folder of ours, or Node itself. */
export type Place = { readonly place: string; readonly part: string }
export type Places = (frame: Frame) => Promise<Place>

export function createPlaces(): Places {
  const maps = new Map<string, Promise<SourceMap | undefined>>()
  const mapOf = (path: string) => {
    const known = maps.get(path) ?? readMap(path)
    maps.set(path, known)
    return known
  }
  return async ({ url, lineNumber, columnNumber }) => {
    if (!url.startsWith('file:')) return { place: url || 'V8', part: url ? 'node' : 'V8' }
    const path = fileURLToPath(url)
    const entry = (await mapOf(path))?.findEntry(lineNumber, columnNumber)
    const found = entry && 'originalSource' in entry
    const source = found ? resolve(dirname(path), entry.originalSource) : path
    const line = found ? entry.originalLine : lineNumber
    return { place: `${relative(ROOT, source)}:${line + 1}`, part: partOf(source) }
  }
}

const readMap = (path: string): Promise<SourceMap | undefined> =>
  readFile(`${path}.map`, 'utf8').then(
    (text) => new SourceMap(JSON.parse(text)),
    () => undefined, // packages come without
  )

function partOf(source: string): string {
  const [, name] = source.match(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/) ?? []
  return name ?? dirname(relative(ROOT, source))
}
