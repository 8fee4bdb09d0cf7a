/** What clients are told when the database is away or slow, and when the process is asked to stop. */

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { AppError } from '@posthaste/core/domain/errors.ts'
import type { Intake } from '@posthaste/core/intake/accept.ts'
import { createIntake } from '@posthaste/core/intake/accept.ts'
import { openDatabase } from '@posthaste/core/store/database.ts'
import { createDirectory } from '@posthaste/core/store/directory.ts'
import { expect, it } from 'vitest'
import { playDialogue } from '../support/smtp-client.ts'
import { until } from '../support/until.ts'
import { openFrontDoor } from './front-door.ts'
import { storedMessages } from './stored.ts'
import { newIds } from './tenant.ts'

const EHLO = 'S: 220 *\nC: EHLO x\nS* 250-*\nS: 250 *\n'
const MAIL = 'C: MAIL FROM:<a@b.test>\nS: 250 *\nC: RCPT TO:<any@shop.test>\nS: 250 *\nC: DATA\nS: 354 *\nC: Subject: x\nC:\nC: .\n'

it('answers 451 while mail cannot be stored, and the connection goes on when it can again', async () => {
  let away = true
  let intake: Intake | undefined
  await using door = await openFrontDoor({
    deps: {
      intake: {
        acceptTogether: (acceptances) => {
          if (away) throw new AppError('store.unavailable', 'away')
          return intake ? intake.acceptTogether(acceptances) : Promise.reject(new Error('not ready'))
        },
      },
    },
  })
  intake = createIntake({ db: door.database.db, node: 2, newId: newIds(), clock: () => new Date(), randomBytes })
  const playing = playDialogue(`${EHLO}${MAIL}S: 451 4.3.0 Temporary error, try again later\n${MAIL}S: 451 4.3.0 *\nC: NOOP\nS: 250 *`, {
    port: door.ports.mx,
  })
  await playing
  away = false
  await playDialogue(`${EHLO}${MAIL}S: 250 2.0.0 OK id=*`, { port: door.ports.mx })
  expect(await storedMessages(door.database.db)).toHaveLength(1)
  expect(JSON.stringify(door.lines)).not.toMatch(/Subject: x/)
})

it('answers 451 and lets go when the database hangs, and whatever it does later is heard by nobody', async () => {
  await using door = await openFrontDoor({ policy: { limits: { answerMs: 500 } } })
  const hanging = await door.database.db.$client.getConnection()
  await hanging.query('LOCK TABLES raw_mails WRITE')
  await playDialogue(`${EHLO}${MAIL}S: 451 4.3.0 Temporary error, try again later\nEOF`, { port: door.ports.mx })
  await until(() => door.server.openConnections() === 0, { what: 'the end' })
  await hanging.query('UNLOCK TABLES')
  hanging.release()
  await until(() => door.server.bytesReceiving() === 0, { what: 'the memory of the mail' })
  await playDialogue(`${EHLO}${MAIL}S: 250 2.0.0 OK id=*`, { port: door.ports.mx })
})

it('tells nothing of a fault of ours, and counts it', async () => {
  await using door = await openFrontDoor({ deps: { intake: { acceptTogether: () => Promise.reject(new Error('secret detail')) } } })
  await playDialogue(`${EHLO}${MAIL}S: 451 4.3.0 Temporary error, try again later\nC: QUIT\nS: 221 *`, { port: door.ports.mx })
  const { values } = await door.metrics.smtp.exceptions.get()
  expect(values).toMatchObject([{ labels: { type: 'data', error: 'Error' }, value: 1 }])
})

it('answers 451 and 454 when the database does not answer at all', async () => {
  const nowhere = openDatabase({ address: { socketPath: '/nowhere/there.sock' }, user: 'root', connectionsMax: 1 })
  const directory = createDirectory(nowhere, () => new Date())
  await using door = await openFrontDoor({ deps: { directory, db: nowhere } })
  const right = Buffer.from(`\0x\0${door.shop.key}`).toString('base64')
  await playDialogue(
    `${EHLO}C: AUTH PLAIN ${right}\nS: 454 4.3.0 *\nC: MAIL FROM:<a@b.test>\nS: 250 *\nC: RCPT TO:<any@shop.test>\nS: 451 4.3.0 *\nC: DATA\nS: 503 *\nC: QUIT\nS: 221 *`,
    { port: door.ports.postal },
  )
  await nowhere[Symbol.asyncDispose]()
})

it('stops with 421 for idle clients, and finishes the mail that is coming in', async () => {
  await using door = await openFrontDoor()
  const idle = playDialogue(`${EHLO}S: 421 4.3.2 Shutting down, try again later\nEOF`, { port: door.ports.mx, timeoutMs: 5_000 })
  const busy = connect({ host: '127.0.0.1', port: door.ports.mx })
  let heard = ''
  busy.on('data', (chunk) => {
    heard += chunk.toString()
  })
  busy.write('EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<any@shop.test>\r\nDATA\r\nSubject: x\r\n')
  await until(() => heard.includes('354'), { what: '354' })
  await wait(50)
  const closing = door.server.close(10_000)
  await idle
  busy.write('\r\nlate\r\n.\r\n')
  await Promise.all([once(busy, 'close'), closing])
  expect(heard).toMatch(/250 2\.0\.0 OK id=\d+/)
  expect(await storedMessages(door.database.db)).toHaveLength(1)
})

it('stops with 421 for a client that gives its transaction up meanwhile', async () => {
  await using door = await openFrontDoor()
  const busy = connect({ host: '127.0.0.1', port: door.ports.mx })
  let heard = ''
  busy.on('data', (chunk) => {
    heard += chunk.toString()
  })
  busy.write('EHLO x\r\nMAIL FROM:<a@b.test>\r\n')
  await until(() => heard.includes('250 2.1.0'), { what: '250' })
  const closing = door.server.close(10_000)
  busy.write('RSET\r\n')
  await until(() => heard.includes('421'), { what: '421', timeoutMs: 3_000 })
  expect(heard).toMatch(/250 2\.0\.0 OK\r\n421 4\.3\.2 Shutting down, try again later\r\n$/)
  await closing
})

it('leaves at the deadline, whatever clients do', async () => {
  await using door = await openFrontDoor()
  const busy = connect({ host: '127.0.0.1', port: door.ports.mx })
  busy.on('error', () => undefined)
  busy.write('EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<any@shop.test>\r\nDATA\r\nSubject: x\r\n')
  await once(busy, 'data')
  await wait(50)
  const before = performance.now()
  await door.server.close(300)
  expect(performance.now() - before).toBeLessThan(2_000)
})

it('stores a mail whole when its connection is ended at the deadline while it is being stored, and gives its memory back after', async () => {
  let go: () => void = () => undefined
  const gone = new Promise<void>((done) => {
    go = done
  })
  let intake: Intake | undefined
  const stored: Promise<unknown>[] = []
  await using door = await openFrontDoor({
    deps: {
      intake: {
        acceptTogether: async (acceptances) => {
          await gone
          const storing = intake ? intake.acceptTogether(acceptances) : Promise.reject(new Error('not ready'))
          stored.push(storing)
          return storing
        },
      },
    },
  })
  intake = createIntake({ db: door.database.db, node: 2, newId: newIds(), clock: () => new Date(), randomBytes })
  const socket = connect({ host: '127.0.0.1', port: door.ports.mx })
  socket.on('error', () => undefined)
  const body = 'y'.repeat(900)
  const lines = `${body}\r\n`.repeat(1_000)
  socket.write(`EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<any@shop.test>\r\nDATA\r\nSubject: large\r\n\r\n${lines}.\r\n`)
  await until(() => door.lines.some(({ message }) => message === '=> 354 Go ahead'), { what: '354' })
  await until(() => door.server.bytesReceiving() > lines.length, { what: 'the whole mail' })
  await wait(50)
  await door.server.close(50)
  await until(() => door.server.openConnections() === 0, { what: 'the end of the connection' })
  expect(door.server.bytesReceiving()).toBeGreaterThan(lines.length)
  go()
  await until(() => stored.length === 1, { what: 'the mail to be stored' })
  await Promise.all(stored)
  const [message] = await storedMessages(door.database.db)
  expect(message?.raw.endsWith(`\r\n\r\n${lines}`)).toBe(true)
  await until(() => door.server.bytesReceiving() === 0, { what: 'its memory' })
})
