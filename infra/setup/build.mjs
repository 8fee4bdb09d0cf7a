/** Bundles the core into core/dist: each program with its parts, beside it everything in core/src that is no code. */
// @ts-check
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SetupFailure } from './failure.mjs'
import { DATA, inRoot, ROOT } from './places.mjs'
import { filesIn, fingerprintOfTrees, stamped } from './stale.mjs'

const SOURCES = inRoot('core', 'src')
const DIST = inRoot('core', 'dist')
const STAMP = join(DATA, 'bundle-stamp')
const ENTRIES = ['main.ts', 'cli/main.ts', 'manage/inspect-thread.ts']
const CODE = /\.(ts|tsx)$/

/** What changes the bundle when it changes. */
const INPUTS = [
  ...['core', 'shared', 'edge'].flatMap((name) => [inRoot(name, 'src'), inRoot(name, 'package.json')]),
  inRoot('infra', 'setup', 'build.mjs'),
]

export const bundle = {
  title: 'core/dist',
  met: () => stamped(STAMP, fingerprintOfTrees(INPUTS)) && presentEntries().every((entry) => existsSync(join(DIST, toOutput(entry)))),
  meet: async () => {
    const fingerprint = fingerprintOfTrees(INPUTS) // taken first: what changes during the build makes it stale
    await build()
    mkdirSync(dirname(STAMP), { recursive: true })
    writeFileSync(STAMP, fingerprint)
  },
}

/** The same sources give the same bytes; what a former build left and this one did not write is removed. */
export async function build() {
  const assets = copyAssets()
  const bundled = await Promise.all(presentEntries().map(bundleEntry))
  const written = new Set([...assets, ...bundled.flat()])
  for (const file of filesIn(DIST)) if (!written.has(file)) rmSync(file)
}

const presentEntries = () => ENTRIES.filter((entry) => existsSync(join(SOURCES, entry)))

/** @param {string} entry */
const toOutput = (entry) => entry.replace(/\.ts$/, '.js')

/** @param {string} entry */
async function bundleEntry(entry) {
  const esbuild = await import('esbuild')
  try {
    const { metafile } = await esbuild.build({
      entryPoints: [join(SOURCES, entry)],
      outdir: dirname(join(DIST, entry)),
      absWorkingDir: ROOT,
      metafile: true,
      bundle: true,
      splitting: true, // what the code imports late is loaded late
      platform: 'node',
      format: 'esm',
      target: 'node24',
      jsx: 'automatic',
      jsxImportSource: 'hono/jsx',
      tsconfigRaw: {},
      sourcemap: true,
      external: installedBesideCore(),
      plugins: [keepPlaces(entry)],
      logLevel: 'silent',
    })
    return Object.keys(metafile.outputs).map((file) => inRoot(file))
  } catch (cause) {
    throw explain(cause, entry)
  }
}

/** Node reads this one's huge package.json again for each of its modules: bundled it takes 5 MB and no time, unbundled 180 MB and a second. */
const BUNDLED = ['drizzle-orm']

/** node_modules of core stay outside. Ours are TypeScript and go in, with those of their dependencies that core cannot see. */
function installedBesideCore() {
  const { dependencies } = JSON.parse(readFileSync(inRoot('core', 'package.json'), 'utf8'))
  return Object.keys(dependencies).filter((name) => !name.startsWith('@posthaste/') && !BUNDLED.includes(name))
}

/**
 * `import.meta.url` keeps telling a module of the core where it lies, so that it finds its migrations or style sheets in dist as in src.
 * @param {string} entry
 * @returns {import('esbuild').Plugin}
 */
function keepPlaces(entry) {
  return {
    name: 'keep-places',
    setup: (api) => {
      api.onLoad({ filter: /[\\/]core[\\/]src[\\/].*\.tsx?$/ }, ({ path }) => {
        const source = readFileSync(path, 'utf8')
        return { contents: placed(source, { module: relative(SOURCES, path), entry }), loader: path.endsWith('x') ? 'tsx' : 'ts' }
      })
    },
  }
}

/**
 * @param {string} source
 * @param {{ module: string, entry: string }} where both relative to core/src
 */
export function placed(source, { module, entry }) {
  const from = posix.dirname(entry)
  const file = posix.relative(from, module)
  const folder = posix.relative(from, posix.dirname(module)) || '.'
  const moved = source
    .replaceAll(/\bimport\.meta\.url\b/g, `new URL(${JSON.stringify(file)}, import.meta.url).href`)
    .replaceAll(/\bimport\.meta\.dirname\b/g, `(import.meta.dirname + ${JSON.stringify(`/${folder}`)})`)
  // Only the entry is the program; what other modules do when run by themselves must not happen inside it.
  return module === entry ? moved : moved.replaceAll(/\bimport\.meta\.main\b/g, 'false')
}

/** Migrations, style sheets, pictures: what modules read at run time. */
function copyAssets() {
  const assets = filesIn(SOURCES).filter((file) => !CODE.test(file))
  return assets.map((file) => {
    const copy = join(DIST, relative(SOURCES, file))
    cpSync(file, copy)
    return copy
  })
}

/**
 * @param {unknown} cause
 * @param {string} entry
 */
function explain(cause, entry) {
  const [first] = /** @type {Partial<import('esbuild').BuildFailure>} */ (cause).errors ?? []
  const place = first?.location ? `${first.location.file}:${first.location.line}: ` : ''
  const why = first ? `${place}${first.text}` : String(cause)
  return new SetupFailure({ step: `bundle core/src/${entry}`, why, advice: 'Correct the file that is named; `npm run check` tells more.' })
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await build()
