/** The rules of docs and style as a check over source files: who may import whom, what stands in every file, how large it may be. */
import { posix } from 'node:path'
import { circlesIn, type Import, importsOf, readsEnvironment } from './imports.ts'

/** `path` from the repository's root, with slashes. */
export type SourceFile = { readonly path: string; readonly text: string }

/** Lower ranks know nothing of higher ones; equals do not know each other. */
const RANKS: Readonly<Record<string, number>> = {
  shared: 0,
  'core/domain': 1,
  'core/observe': 1,
  'core/config': 1,
  edge: 1,
  'core/mail': 2,
  'core/store': 2,
  'core/net': 2,
  'core/intake': 3,
  'core/queue': 3,
  'core/delivery': 3,
  'core/events': 3,
  'core/manage': 3,
  'core/smtp': 4,
  'core/http': 4,
  'core/tasks': 4,
  'core/cli': 4,
  'core/compose': 5,
  'core/main': 6,
}

/** From here on the configuration as a whole is known. */
const COMPOSING = 5

/** The only places where a package may be imported. `@hono/` stands for all that begin so. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'drizzle-orm': ['core/store'],
  mysql2: ['core/store'],
  'smtp-server': ['core/smtp'],
  nodemailer: ['core/net', 'core/mail'],
  'node:dns': ['core/net', 'core/mail'],
  hono: ['core/http', 'edge'],
  '@hono/': ['core/http', 'edge'],
}

const LINES_MAX = 300
const OURS = '@posthaste/'

/** Everything that is wrong, as sentences that begin with the file. */
export function violationsIn(files: readonly SourceFile[]): string[] {
  const sources = files.filter(({ path }) => !isTest(path))
  return [...sources.flatMap(inFile), ...circles(sources)].sort()
}

/** Fixtures are what several tests beside the code share. */
const isTest = (path: string): boolean => /\.(?:test|bench|fixture)\.tsx?$/.test(path)
/** Tables of data, whose length is not for anybody to choose. */
const mayBeLong = (path: string): boolean => /\/(?:migrations|fixtures)\//.test(path)

function inFile(file: SourceFile): string[] {
  const { path, text } = file
  const part = partOf(path)
  const lines = text.trimEnd().split('\n').length
  return [
    ...(part in RANKS ? [] : [`${path} belongs to no part: ${part} has no rank`]),
    ...(/^(?:#!.*\n)?\/\*\*/.test(text) ? [] : [`${path} does not open with a doc comment`]),
    ...(lines <= LINES_MAX || mayBeLong(path) ? [] : [`${path} has ${lines} lines, more than ${LINES_MAX}`]),
    ...(readsEnvironment(text) && part !== 'core/config' ? [`${path} reads process.env, which only core/config may`] : []),
    ...importsOf(text).flatMap((found) => judge(file, part, found)),
  ]
}

function judge({ path }: SourceFile, part: string, { specifier, typeOnly }: Import): string[] {
  const target = targetOf(path, specifier)
  if (target !== undefined) {
    const reason = isTest(target) ? 'it is for tests' : forbidden(part, partOf(target), typeOnly)
    return reason ? [`${path} imports ${specifier}: ${reason}`] : []
  }
  if ((part === 'shared' || part === 'edge') && specifier.startsWith('node:'))
    return [`${path} imports ${specifier}: ${part} runs without node`]
  const allowed = Object.entries(PACKAGES).find(([name]) => isOf(specifier, name))?.[1]
  return !allowed || allowed.includes(part) ? [] : [`${path} imports ${specifier}: only ${allowed.join(' and ')} may`]
}

const isOf = (specifier: string, name: string): boolean =>
  name.endsWith('/') ? specifier.startsWith(name) : specifier === name || specifier.startsWith(`${name}/`)

function forbidden(from: string, to: string, typeOnly: boolean): string | undefined {
  if (from === to) return undefined
  const [own, other] = [RANKS[from], RANKS[to]]
  if (other === undefined) return `${to} is for nobody to import`
  if (own === undefined) return undefined // said already: it has no rank
  if (from === 'edge' && to !== 'shared') return 'edge knows shared only'
  if (to === 'core/domain' && own === 1 && typeOnly) return undefined // types of the domain are everybody's words
  // The command line is put together in its own folder, as `compose` puts the roles together.
  if (to === 'core/config' && own < COMPOSING && from !== 'core/cli') return 'the configuration is handed on in slices by compose'
  if (own <= other) return `rank ${own} (${from}) must not know rank ${other} (${to})`
  return undefined
}

/** `core/src/store/queue.ts` is of `core/store`; `core/src/main.ts` of `core/main`; `edge/src/app.ts` of `edge`. */
function partOf(path: string): string {
  const [root = '', , name = ''] = path.split('/')
  return root === 'core' ? `core/${name.replace(/\.tsx?$/, '')}` : root
}

/** The file in our tree that a specifier means; undefined when it is somebody else's package. */
function targetOf(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier)
  if (!specifier.startsWith(OURS)) return undefined
  const [root = '', ...rest] = specifier.slice(OURS.length).split('/')
  return [root, ...(root === 'test' || root === 'infra' ? [] : ['src']), ...rest].join('/')
}

function circles(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map(({ path }) => path))
  const targets = ({ path, text }: SourceFile) => importsOf(text).flatMap(({ specifier }) => targetOf(path, specifier) ?? [])
  const graph = new Map(files.map((file) => [file.path, targets(file).filter((target) => known.has(target))]))
  return circlesIn(graph).map((circle) => `${circle.join(' and ')} import each other in a circle`)
}
