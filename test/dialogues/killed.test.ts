/** A power cut for the SMTP process and for the database, in the middle of the load: what was answered with 250 is there, once. */
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createVault } from '@posthaste/core/domain/vault.ts'
import { openDatabase } from '@posthaste/core/store/database.ts'
import { migrate } from '@posthaste/core/store/migrate.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Mariadb, startMariadb } from '../support/mariadb.ts'
import { type RunningProcess, startProcess } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { addTenant, newIds } from './tenant.ts'

const DATABASE = 'killed'
const CLIENTS = 20
const PROGRAM = fileURLToPath(new URL('front-door-process.ts', import.meta.url))

let mariadb: Mariadb
beforeAll(async () => {
  mariadb = await startMariadb({ durable: true })
  await migrate(optionsOf(mariadb), new Date())
  await using db = openDatabase(optionsOf(mariadb))
  await addTenant({ db, vault: createVault(Buffer.alloc(32, 7)), newId: newIds() }, 'shop')
})
afterAll(() => mariadb[Symbol.asyncDispose]())

const optionsOf = ({ socketPath }: Mariadb) => ({ address: { socketPath }, user: 'root', database: DATABASE, connectionsMax: 4 })

async function startServer(node: number, port = 0): Promise<{ server: RunningProcess; port: number }> {
  const server = await startProcess(process.execPath, [PROGRAM, mariadb.socketPath, DATABASE, String(node), String(port)])
  const [, listening] = await server.line(/listening on (\d+)/)
  return { server, port: Number(listening) }
}

type Load = { readonly accepted: Set<string>; readonly refused: Set<string>; readonly stop: () => Promise<void> }

/** Each mail has a name of its own; it is `accepted` when its 250 was heard, `refused` when any other reply was. */
function startLoad(port: number): Load {
  const accepted = new Set<string>()
  const refused = new Set<string>()
  let stopped = false
  let count = 0
  const client = async (): Promise<void> => {
    while (!stopped) {
      await session(
        port,
        () => {
          count += 1
          return stopped ? undefined : `mail-${port}-${count}`
        },
        (name, reply) => (reply.startsWith('250') ? accepted : refused).add(name),
      ).catch(() => wait(20))
    }
  }
  const clients = Promise.all(Array.from({ length: CLIENTS }, client))
  return {
    accepted,
    refused,
    stop: async () => {
      stopped = true
      await clients
    },
  }
}

/** One connection, mail after mail, until it breaks or there is no more name. */
function session(port: number, nextName: () => string | undefined, heard: (name: string, reply: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port })
    let name: string | undefined
    let step: Step = 'greeting'
    let text = ''
    socket.setTimeout(15_000, () => socket.destroy())
    socket.on('error', () => undefined)
    socket.on('close', () => (step !== 'greeting' ? resolve() : reject(new Error('no connection'))))
    socket.on('data', (chunk) => {
      text += chunk.toString()
      for (let end = text.indexOf('\r\n'); end !== -1; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end)
        text = text.slice(end + 2)
        if (line[3] === '-') continue
        step = next(line)
      }
    })
    const say = (line: string, nextStep: Step): Step => {
      socket.write(`${line}\r\n`)
      return nextStep
    }
    const begin = (): Step => {
      name = nextName()
      return name === undefined ? say('QUIT', 'end') : say('MAIL FROM:<a@b.test>', 'mail')
    }
    const settle = (reply: string): Step => {
      if (name !== undefined) heard(name, reply)
      return reply.startsWith('250') ? begin() : say('RSET', 'helo')
    }
    const answers: Record<Step, (reply: string) => Step> = {
      greeting: () => say('HELO x', 'helo'),
      helo: begin,
      mail: () => say('RCPT TO:<any@shop.test>', 'rcpt'),
      rcpt: () => say('DATA', 'go'),
      go: () => say(`Subject: ${name}\r\n\r\n${'x'.repeat(2_000)}\r\n.`, 'data'),
      data: settle,
      end: () => 'end',
    }
    const next = (reply: string): Step => {
      if (reply.startsWith('421') || step === 'end') socket.destroy()
      return reply.startsWith('4') ? settle(reply) : answers[step](reply)
    }
  })
}

/** What the next reply will answer. */
type Step = 'greeting' | 'helo' | 'mail' | 'rcpt' | 'go' | 'data' | 'end'

/** How often each mail is there, by its subject. */
async function stored(): Promise<Map<string, number>> {
  await using db = openDatabase(optionsOf(mariadb))
  const [rows] = await db.$client.query(
    `SELECT m.subject, COUNT(*) AS count FROM messages m JOIN raw_mails r ON r.id = m.raw_mail_id JOIN queue_entries q ON q.message_id = m.id GROUP BY m.subject`,
  )
  return new Map((rows as unknown as { subject: string; count: number }[]).map(({ subject, count }) => [subject, count])) // as selected
}

async function judge({ accepted, refused }: Load, what: string): Promise<void> {
  const there = await stored()
  const lost = [...accepted].filter((name) => !there.has(name))
  const doubled = [...accepted].filter((name) => (there.get(name) ?? 0) > 1)
  const refusedYetThere = [...refused].filter((name) => there.has(name))
  console.log(
    `${what}: ${accepted.size} answered with 250, ${lost.length} of them lost, ${doubled.length} doubled; ${refused.size} refused, ${refusedYetThere.length} of them stored`,
  )
  // A commit whose answer died with the database cannot be known: its sender tries again, as SMTP has it (RFC 1047)
  expect({ lost, doubled }).toEqual({ lost: [], doubled: [] })
}

it('keeps each mail that was answered with 250, once, when the SMTP process is killed', async () => {
  let { server, port } = await startServer(11)
  const load = startLoad(port)
  for (let kill = 1; kill <= 3; kill += 1) {
    const before = load.accepted.size
    await until(() => load.accepted.size > before + 200, { what: 'some load', timeoutMs: 30_000 })
    await server.kill()
    ;({ server } = await startServer(11 + kill, port))
  }
  await load.stop()
  await server.stop()
  await judge(load, 'SMTP process killed three times')
})

it('keeps each mail that was answered with 250, once, when the database is killed, and goes on when it is back', async () => {
  const { server, port } = await startServer(20)
  const load = startLoad(port)
  for (let kill = 1; kill <= 2; kill += 1) {
    const before = load.accepted.size
    await until(() => load.accepted.size > before + 200, { what: 'some load', timeoutMs: 30_000 })
    await mariadb.kill()
    await until(() => load.refused.size > 0, { what: 'a refusal', timeoutMs: 10_000 })
    await mariadb.restart()
  }
  const before = load.accepted.size
  await until(() => load.accepted.size > before + 100, { what: 'mail to be accepted again', timeoutMs: 30_000 })
  await load.stop()
  await server.stop()
  await judge(load, 'database killed twice')
})
