/** The database's disk is full: a small file system of its own, filled by the mail that comes in. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createIntake } from '@posthaste/core/intake/accept.ts'
import { type Database, openDatabase } from '@posthaste/core/store/database.ts'
import { migrate } from '@posthaste/core/store/migrate.ts'
import { startPrivateServer } from '@posthaste/core/store/private-server.ts'
import { expect, it } from 'vitest'
import { readBytes } from '../support/byte-reader.ts'
import { openFrontDoor } from './front-door.ts'
import { newIds } from './tenant.ts'

const run = promisify(execFile)

const DISK_MB = 256
/** Takes room that can be given back. */
const BALLAST_MB = 32
/** A megabyte, so that some dozens fill the disk. */
const MAIL = `Subject: large\r\n\r\n${`${'x'.repeat(998)}\r\n`.repeat(1_000)}.\r\n`
const MAILS_MAX = 300
const MIB = 1_048_576

/** Undefined where no file system can be mounted: without root, and in most containers. */
async function mountDisk(): Promise<(AsyncDisposable & { readonly path: string }) | undefined> {
  const path = await mkdtemp('/tmp/posthaste-disk-')
  const remove = () => rm(path, { recursive: true, force: true })
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'posthaste-test', path])
  } catch {
    return remove().then(() => undefined)
  }
  return { path, [Symbol.asyncDispose]: () => run('umount', ['--lazy', path]).then(remove) }
}

type Store = AsyncDisposable & { readonly db: Database; readonly revive: () => Promise<void> }

async function openStore(directory: string): Promise<Store> {
  const start = () => startPrivateServer({ directory, durable: false, bufferPoolMegabytes: 64 })
  let server = await start()
  const options = { address: { socketPath: server.socketPath }, user: 'root', database: 'full', connectionsMax: 4 }
  await migrate(options, new Date())
  const db = openDatabase(options)
  return {
    db,
    /** MariaDB 10.11 aborts when it has no room left to roll back in; one that still runs is left alone. */
    revive: async () => {
      server = await start()
    },
    [Symbol.asyncDispose]: async () => {
      await db[Symbol.asyncDispose]()
      await server.stop()
    },
  }
}

/** A client that stays connected: asks, and hears the last line of each reply. */
function openClient(port: number) {
  const socket = connect({ host: '127.0.0.1', port })
  const reader = readBytes(socket)
  const heard = async (): Promise<string> => {
    for (;;) {
      const line = (await reader.line()) ?? 'gone'
      if (line[3] !== '-') return line
    }
  }
  const ask = (text: string): Promise<string> => {
    socket.write(text)
    return heard()
  }
  const sendMail = async (): Promise<string> => {
    for (const command of ['MAIL FROM:<a@b.test>', 'RCPT TO:<any@shop.test>', 'DATA']) await ask(`${command}\r\n`)
    return ask(MAIL)
  }
  return { heard, ask, sendMail, [Symbol.dispose]: () => void socket.destroy() }
}

async function storedMails(db: Database): Promise<number> {
  const [rows] = await db.$client.query('SELECT COUNT(*) AS mails FROM raw_mails r JOIN messages m ON m.raw_mail_id = r.id')
  return (rows as unknown as { mails: number }[])[0]?.mails ?? -1 // as selected
}

it('asks to come later while the disk of the database is full, on the same connection, and takes mail when there is room again', async ({
  skip,
}) => {
  await using disk = await mountDisk()
  if (!disk) return skip('no file system can be mounted here')
  const ballast = join(disk.path, 'ballast')
  await writeFile(ballast, Buffer.alloc(BALLAST_MB * MIB))
  await using store = await openStore(join(disk.path, 'database'))
  const intake = createIntake({ db: store.db, node: 1, newId: newIds(), clock: () => new Date(), randomBytes })
  await using door = await openFrontDoor({ deps: { intake } })
  using client = openClient(door.ports.mx)
  await client.heard()
  await client.ask('EHLO x\r\n')

  let accepted = 0
  let said = ''
  for (; accepted < MAILS_MAX; accepted += 1) {
    said = await client.sendMail()
    if (!said.startsWith('250')) break
  }
  expect(said).toBe('451 4.3.0 Temporary error, try again later')
  expect(accepted).toBeGreaterThan(10)
  expect(await client.sendMail()).toMatch(/^451 /)
  expect(await client.ask('NOOP\r\n')).toMatch(/^250 /)

  await rm(ballast)
  await store.revive()
  expect(await client.sendMail()).toMatch(/^250 2\.0\.0 OK id=\d+$/)
  expect(await storedMails(store.db)).toBe(accepted + 1)
})
