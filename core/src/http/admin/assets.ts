/** Style sheets and scripts of the interface, each kind as one file whose address changes with its content. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Hono } from 'hono'

/** In the order of the cascade: what everything stands on first. */
const STYLES = [
  'tokens',
  'base',
  'shell',
  'tabs',
  'form',
  'status',
  'list',
  'pager',
  'facts',
  'addresses',
  'chart',
  'timeline',
  'sites',
  'inspection',
  'content',
  'empty',
  'notice',
  'copy',
  'sign-in',
] as const

const SCRIPTS = ['copy', 'file-size', 'keys'] as const

export type Assets = { readonly styleUrl: string; readonly scriptUrl: string; readonly routes: Hono }

/** Read once at start. */
export function readAssets(): Assets {
  const style = join(STYLES.map((name) => new URL(`./ui/styles/${name}.css`, import.meta.url)))
  const script = join(SCRIPTS.map((name) => new URL(`./ui/scripts/${name}.js`, import.meta.url)))
  const styleUrl = `/assets/admin-${fingerprint(style)}.css`
  const scriptUrl = `/assets/admin-${fingerprint(script)}.js`
  const headers = (type: string) => ({
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
  })
  const routes = new Hono()
    .get(styleUrl, (c) => c.body(style, 200, headers('text/css')))
    .get(scriptUrl, (c) => c.body(script, 200, headers('text/javascript')))
  return { styleUrl, scriptUrl, routes }
}

const join = (files: readonly URL[]): string => files.map((file) => readFileSync(file, 'utf8')).join('\n')

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 16)
