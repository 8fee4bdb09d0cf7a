/** Finds the master key, or makes it at the first start of an installation that has its private database. */
import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseKey } from './kinds.ts'
import { createSecret, type Secret } from './secret.ts'

export type MasterKeyPlace = {
  readonly given: Secret<Uint8Array> | null
  readonly dataDir: string
  /** With a database of his own, only the operator can know whether a key existed before. */
  readonly mayCreate: boolean
}

export type MasterKeyResult =
  | { readonly key: Secret<Uint8Array>; readonly warning?: string; readonly created?: string }
  | { readonly mistake: string }

export async function findMasterKey({ given, dataDir, mayCreate }: MasterKeyPlace): Promise<MasterKeyResult> {
  if (given) return { key: given }
  const path = join(dataDir, 'master.key')
  const there = await readMasterKey(path)
  if (there) return there
  if (!mayCreate) return { mistake: missing(path) }

  await createMasterKey(path, dataDir)
  const made = (await readMasterKey(path)) ?? { mistake: missing(path) }
  return 'key' in made ? { ...made, created: path } : made
}

async function readMasterKey(path: string): Promise<MasterKeyResult | undefined> {
  const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (content === undefined) return undefined
  const key = parseKey(content)
  if (!key)
    return {
      mistake: `${path} must hold 32 bytes in base64; restore it from a backup. What is sealed in the database needs this very key.`,
    }
  const openToOthers = ((await stat(path)).mode & 0o077) !== 0
  return { key: createSecret(key), ...(openToOthers ? { warning: `${path} can be read by others; run: chmod 600 ${path}` } : {}) }
}

/** Written aside and linked into place, so that of several processes that start at once one wins and none reads half a key. */
async function createMasterKey(path: string, dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const aside = `${path}.${randomUUID()}`
  try {
    await writeFile(aside, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true })
    await link(aside, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(aside, { force: true })
  }
}

const missing = (path: string) =>
  `posthaste.master_key (POSTHASTE_MASTER_KEY) must be set, because a database is configured. For a new installation run: (umask 077; mkdir -p "${join(path, '..')}" && openssl rand -base64 32 > "${path}"). For an existing one restore its key.`
