/** How much one client may take, how slow it may be, and what everybody else notices of it. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { PolicyChanges } from '@posthaste/core/smtp/policy.ts'
import { findBlock, liftBlock, listBlocks } from '@posthaste/core/store/throttles.ts'
import { expect, it } from 'vitest'
import { playDialogue } from '../support/smtp-client.ts'
import { until } from '../support/until.ts'
import { type FrontDoor, type FrontDoorOptions, openFrontDoor } from './front-door.ts'
import { storedMessages } from './stored.ts'

const MIB = 1_048_576
const withLimits = (limits: PolicyChanges['limits']): FrontDoorOptions => ({ policy: limits ? { limits } : {} })

async function open(port: number, localAddress = '127.0.0.1'): Promise<{ socket: Socket; heard: () => string }> {
  const socket = connect({ host: '127.0.0.1', port, localAddress })
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk.toString()
  })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return { socket, heard: () => heard }
}

const greeted = async (port: number, localAddress?: string) => {
  const client = await open(port, localAddress)
  await until(() => client.heard().startsWith('220'), { what: 'the greeting' })
  return client
}

const errorCount = async ({ metrics }: FrontDoor, error: string) =>
  (await metrics.smtp.clientErrors.get()).values.find(({ labels }) => labels.error === error)?.value

it('refuses more connections from one address than allowed, counts nothing twice, and lets others in when one leaves', async () => {
  await using door = await openFrontDoor(withLimits({ perAddressMax: 2 }))
  const first = await greeted(door.ports.mx)
  await greeted(door.ports.postal)
  const port = door.ports.mx
  await playDialogue('S: 421 Too many connections from your address\nEOF', { port })
  expect(await errorCount(door, 'too-many-connections-from-address')).toBe(1)
  first.socket.destroy()
  await until(() => door.server.openConnections() === 1, { what: 'the place to be free' })
  await playDialogue('S: 220 *\nC: QUIT\nS: 221 *\nEOF', { port })
})

it('refuses more connections from one network than allowed, whatever their addresses, and lets other networks in', async () => {
  await using door = await openFrontDoor(withLimits({ perNetworkMax: 2 }))
  const port = door.ports.mx
  await greeted(port, '127.0.0.2')
  await greeted(port, '127.0.0.3')
  const third = await open(port, '127.0.0.4')
  await once(third.socket, 'close')
  expect(third.heard()).toMatch(/^421 Too many connections from your network/)
  expect(await errorCount(door, 'too-many-connections-from-network')).toBe(1)
  await greeted(port, '127.0.1.2')
})

it('refuses more connections in all than allowed', async () => {
  await using door = await openFrontDoor(withLimits({ connectionsMax: 1 }))
  await greeted(door.ports.mx)
  await playDialogue('S: 421 Too many connections, try again later\nEOF', { port: door.ports.mx })
  await expect(playDialogue('S: 220 *', { port: door.ports.submissions, secure: true })).rejects.toThrow()
})

it('ends a connection that says nothing', async () => {
  await using door = await openFrontDoor(withLimits({ idleMs: 200 }))
  await playDialogue('S: 220 *\nS: 421 Timeout, closing connection\nEOF', { port: door.ports.mx })
})

it('ends a connection that never ends its command, however busy it looks', async () => {
  await using door = await openFrontDoor(withLimits({ commandMs: 1_000 }))
  const { socket, heard } = await greeted(door.ports.mx)
  const dripping = setInterval(() => socket.write('x'), 50)
  await until(() => heard().includes('421 Too slow'), { what: '421', timeoutMs: 10_000 })
  clearInterval(dripping)
  expect(await errorCount(door, 'too-slow')).toBe(1)
})

it('ends a connection whose data drips, and gives its memory back', async () => {
  await using door = await openFrontDoor(withLimits({ dataMs: 500, dataBytesPerSecondMin: 1_000 }))
  const { socket, heard } = await greeted(door.ports.mx)
  socket.write('EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<any@shop.test>\r\nDATA\r\n')
  const dripping = setInterval(() => socket.write('x'), 50)
  await until(() => heard().includes('421 4.4.2 Too slow'), { what: '421', timeoutMs: 10_000 })
  clearInterval(dripping)
  await until(() => door.server.openConnections() === 0, { what: 'the end' })
})

it('takes the memory of a mail from a client that was told to go and stays', async () => {
  await using door = await openFrontDoor(withLimits({ dataMs: 500, dataBytesPerSecondMin: 1_000_000 }))
  const socket = connect({ host: '127.0.0.1', port: door.ports.mx, allowHalfOpen: true })
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk.toString()
  })
  socket.write('EHLO x\r\nMAIL FROM:<a@b.test> SIZE=1500000\r\nRCPT TO:<any@shop.test>\r\nDATA\r\nSubject: x\r\n')
  await until(() => heard.includes('421 4.4.2 Too slow'), { what: '421', timeoutMs: 10_000 })
  socket.write('more')
  await wait(100)
  expect(door.server.openConnections()).toBe(1)
  expect(door.server.bytesReceiving()).toBe(0)
  socket.destroy()
})

it('ends a connection that has lasted too long', async () => {
  await using door = await openFrontDoor(withLimits({ totalMs: 500 }))
  await playDialogue('S: 220 *\nS: 421 *\nEOF', { port: door.ports.mx })
})

it('lets so many messages through one connection', async () => {
  await using door = await openFrontDoor(withLimits({ messagesMax: 1 }))
  const mail =
    'C: MAIL FROM:<a@b.test>\nS: 250 *\nC: RCPT TO:<any@shop.test>\nS: 250 *\nC: DATA\nS: 354 *\nC: Subject: x\nC:\nC: .\nS: 250 *\n'
  await playDialogue(`S: 220 *\nC: HELO x\nS: 250 *\n${mail}C: MAIL FROM:<a@b.test>\nS: 421 Too many messages *\nEOF`, {
    port: door.ports.mx,
  })
})

it('refuses clients that talk before the greeting, where that is asked for', async () => {
  await using door = await openFrontDoor({ policy: { greetingDelayMs: 300 } })
  await playDialogue('C: EHLO x\nS: 554 You talk too soon\nEOF', { port: door.ports.mx })
  await playDialogue('S: 220 *\nC: EHLO x\nS* 250-*\nS: 250 *\nC: QUIT\nS: 221 *', { port: door.ports.mx })
})

it('asks to come later when all memory for mails is in use, at MAIL and in the middle of a mail', async () => {
  await using door = await openFrontDoor({ settings: { memoryBytesMax: 5 * MIB } })
  const { port, ehlo } = { port: door.ports.mx, ehlo: 'S: 220 *\nC: EHLO x\nS* 250-*\nS: 250 *\n' }
  const start = 'C: MAIL FROM:<a@b.test>\nS: 250 *\nC: RCPT TO:<any@shop.test>\nS: 250 *\nC: DATA\nS: 354 *\n'
  const mail = `${start}C: Subject: x\nC:\nC: ${'x'.repeat(1.6 * MIB)}\nC: .\n`
  await playDialogue(`${ehlo}${mail}S: 452 4.3.1 *\nC: MAIL FROM:<a@b.test> SIZE=${3 * MIB}\nS: 452 4.3.1 *\nC: NOOP\nS: 250 *`, { port })

  const { socket, heard } = await greeted(port)
  socket.write('EHLO x\r\nMAIL FROM:<a@b.test> SIZE=1500000\r\nRCPT TO:<any@shop.test>\r\nDATA\r\nSubject: x\r\n')
  await until(() => heard().includes('354'), { what: '354' })
  await until(() => door.server.bytesReceiving() > 1_500_000, { what: 'the announced size to be taken' })
  await playDialogue(`${ehlo}C: MAIL FROM:<a@b.test> SIZE=1500000\nS: 452 4.3.1 *`, { port })
  socket.destroy()
  await until(() => door.server.openConnections() <= 1, { what: 'the end' })
  await playDialogue(`${ehlo}C: MAIL FROM:<a@b.test> SIZE=1500000\nS: 250 *\nC: QUIT\nS: 221 *`, { port })
})

it('lets nobody hold the memory that others need by announcing large mails and sending them slowly', async () => {
  const whenShort = { dataMs: 2_000, dataBytesPerSecondMin: 65_536 }
  await using door = await openFrontDoor({ settings: { memoryBytesMax: 5 * MIB }, ...withLimits({ whenShort }) })
  const port = door.ports.mx
  const { socket, heard } = await greeted(port)
  socket.write('EHLO x\r\nMAIL FROM:<a@b.test> SIZE=1500000\r\nRCPT TO:<any@shop.test>\r\nDATA\r\nSubject: x\r\n')
  await until(() => door.server.bytesReceiving() > 1_500_000, { what: 'the announced size to be taken' })
  const dripping = setInterval(() => socket.write('x'), 50)
  await wait(4_000)
  expect(heard()).toMatch(/354 Go ahead\r\n$/) // nobody needs it
  const other = 'S: 220 *\nC: EHLO x\nS* 250-*\nS: 250 *\nC: MAIL FROM:<a@b.test> SIZE=1500000\n'
  await playDialogue(`${other}S: 452 4.3.1 *`, { port })
  await until(() => heard().includes('421 4.4.2 Too slow'), { what: '421', timeoutMs: 10_000 })
  clearInterval(dripping)
  await until(() => door.server.bytesReceiving() === 0, { what: 'its memory' })
  await playDialogue(`${other}S: 250 *\nC: QUIT\nS: 221 *`, { port })
})

it('does not let a client fill our memory with replies that it does not read', async () => {
  await using door = await openFrontDoor(withLimits({ commandsMax: 10_000_000 }))
  const { socket } = await greeted(door.ports.mx)
  socket.pause()
  const noops = Buffer.from('NOOP\r\n'.repeat(10_000))
  for (let n = 0; n < 300 && socket.writableLength < 4 * MIB; n += 1) {
    socket.write(noops)
    await new Promise(setImmediate)
  }
  await wait(200)
  expect(socket.writableLength).toBeGreaterThan(MIB) // it is the client that must wait
  socket.destroy()
})

it('refuses AUTH after too many failures, for all processes, until an operator lifts it', async () => {
  const authThrottle = { failuresMax: 2, windowMs: 60_000, blockMs: 60_000 }
  await using door = await openFrontDoor({
    settings: { authThrottle },
    deps: { wait: (ms, signal) => wait(ms === 1_000 ? 1 : Math.min(ms / 100, 20_000), undefined, { signal }) },
  })
  const wrong = Buffer.from('\0x\0wrong').toString('base64')
  const right = Buffer.from(`\0x\0${door.shop.key}`).toString('base64')
  const attempt = (secret: string, answer: string) =>
    playDialogue(`S: 220 *\nC: EHLO x\nS* 250-*\nS: 250 *\nC: AUTH PLAIN ${secret}\nS: ${answer}\nC: QUIT\nS: 221 *`, {
      port: door.ports.postal,
    })
  for (let n = 0; n < 3; n += 1) await attempt(wrong, '535 *')
  await wait(2_100) // what a process knows of blocks is two seconds old at most
  await attempt(right, '454 4.7.0 Too many authentication failures, try again later')

  const { db } = door.database
  expect(await listBlocks(db, new Date())).toMatchObject([{ kind: 'smtp_auth', subject: '127.0.0.1', failures: 3 }])
  expect(await liftBlock(db, { kind: 'smtp_auth', subject: '127.0.0.1' })).toBe(true)
  expect(await findBlock(db, 'smtp_auth', ['127.0.0.1', '127.0.0.0/24'], new Date())).toBeUndefined()
  await wait(2_100)
  await attempt(right, '235 *')
  expect(door.lines.filter(({ message }) => message === 'Authentication failure for 127.0.0.1 (invalid credential)')).toHaveLength(3)
})

it('keeps nothing of a mail whose client went away in the middle', async () => {
  await using door = await openFrontDoor()
  const { socket, heard } = await greeted(door.ports.mx)
  socket.write('EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<any@shop.test>\r\nDATA\r\nSubject: half')
  await until(() => heard().includes('354'), { what: '354' })
  socket.destroy()
  await until(() => door.server.openConnections() === 0, { what: 'the end' })
  expect(await storedMessages(door.database.db)).toEqual([])
})

it('answers a client that has closed its side of the connection', async () => {
  await using door = await openFrontDoor()
  const { socket, heard } = await greeted(door.ports.mx)
  socket.end('EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<any@shop.test>\r\nDATA\r\nSubject: all\r\n\r\n.\r\n')
  await once(socket, 'close')
  expect(heard()).toMatch(/250 2\.0\.0 OK id=\d+/)
})
