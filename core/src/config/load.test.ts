/** Starting with real files: which configuration and which master key a process gets. */
import { chmod, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { loadConfig } from './load.ts'

const newFolder = () => mkdtemp(join(tmpdir(), 'posthaste-load-'))
const KEY = Buffer.alloc(32, 7).toString('base64')

async function load(env: Record<string, string> = {}, cwd?: string) {
  return loadConfig('start', { env, cwd: cwd ?? (await newFolder()) })
}

async function loadGood(env: Record<string, string> = {}, cwd?: string) {
  const loaded = await load(env, cwd)
  if (!loaded.ok) throw new Error(loaded.mistakes.join('\n'))
  return loaded
}

describe('the master key', () => {
  it('is made at the first start with the private database, for its owner only, and found at the second', async () => {
    const cwd = await newFolder()
    const first = await loadGood({}, cwd)
    const second = await loadGood({}, cwd)
    const path = join(cwd, 'posthaste-data/master.key')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(Buffer.from(await readFile(path, 'utf8'), 'base64')).toEqual(Buffer.from(first.secrets.masterKey.reveal()))
    expect(second.secrets.masterKey.reveal()).toEqual(first.secrets.masterKey.reveal())
    expect(first.notes.join()).toContain('keep a copy')
    expect(second.notes.join()).not.toContain('keep a copy')
  })

  it('is the same for processes that start at once', async () => {
    const cwd = await newFolder()
    const all = await Promise.all(Array.from({ length: 8 }, () => loadGood({}, cwd)))
    expect(new Set(all.map(({ secrets }) => Buffer.from(secrets.masterKey.reveal()).toString('hex'))).size).toBe(1)
  })

  it("is never made beside an operator's database: the refusal shows the command, and the command works", async () => {
    const cwd = await newFolder()
    const loaded = await load({ MAIN_DB_HOST: 'db.example.com' }, cwd)
    expect(loaded).toMatchObject({ ok: false, mistakes: [expect.stringContaining('openssl rand -base64 32 >')] })
    await expect(stat(join(cwd, 'posthaste-data'))).rejects.toThrow('ENOENT')
    expect((await loadGood({ MAIN_DB_HOST: 'db.example.com', POSTHASTE_MASTER_KEY: KEY }, cwd)).secrets.masterKey.reveal()).toEqual(
      new Uint8Array(32).fill(7),
    )
  })

  it('is not made while there are mistakes', async () => {
    const cwd = await newFolder()
    expect(await load({ PORT: 'x' }, cwd)).toMatchObject({ ok: false, mistakes: [expect.stringContaining('PORT')] })
    await expect(stat(join(cwd, 'posthaste-data'))).rejects.toThrow('ENOENT')
  })

  it('is refused when its file is broken, and reported when others can read it', async () => {
    const cwd = await newFolder()
    await loadGood({}, cwd)
    const path = join(cwd, 'posthaste-data/master.key')
    await chmod(path, 0o644)
    expect((await loadGood({}, cwd)).warnings).toEqual([`${path} can be read by others; run: chmod 600 ${path}`])
    await writeFile(path, 'short')
    expect(await load({}, cwd)).toMatchObject({ ok: false, mistakes: [expect.stringContaining('restore it from a backup')] })
  })
})

describe('secrets', () => {
  it('are never printed, however they are shown', async () => {
    const { secrets, config } = await loadGood({ MAIN_DB_PASSWORD: 'hunter2', POSTHASTE_MASTER_KEY: KEY })
    expect(secrets.databasePassword?.reveal()).toBe('hunter2')
    expect(`${secrets.databasePassword}`).toBe('[secret]')
    expect(JSON.stringify(secrets)).toContain('"databasePassword":"[secret]"')
    const shown = inspect(secrets, { depth: 9, showHidden: true }) + JSON.stringify({ secrets, config }) + inspect(config, { depth: 9 })
    expect(shown).not.toContain('hunter2')
    expect(shown).not.toContain(KEY)
  })
})

it('says which file is read unless told to be silent', async () => {
  expect((await loadGood()).notes[0]).toContain('No configuration file found at')
  const silent = await loadGood({ SILENCE_POSTAL_CONFIG_MESSAGES: 'true', POSTHASTE_MASTER_KEY: KEY })
  expect(silent.notes).toEqual([])
})

it('reports mistakes of file, environment and key together', async () => {
  const cwd = await newFolder()
  await writeFile(join(cwd, 'posthaste.yml'), 'version: 2\nmain_db: { port: abc }')
  const loaded = await load({ WORKER_THREADS: '0' }, cwd)
  expect(loaded.ok ? [] : loaded.mistakes.map((mistake) => mistake.split(' ')[0])).toEqual([
    'WORKER_THREADS',
    'main_db.port',
    'posthaste.master_key',
  ])
})
