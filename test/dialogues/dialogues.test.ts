/** Plays every `*.smtp` file in this folder. Its first line names the listener: `# postal`, `# mx`, `# submission` or `# submissions`. */
import { createHmac } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { ListenerKind } from '@posthaste/core/smtp/policy.ts'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Values } from '../support/dialogue.ts'
import { playDialogue } from '../support/smtp-client.ts'
import { type FrontDoor, HOSTNAME, openFrontDoor } from './front-door.ts'

const folder = new URL('.', import.meta.url)
const files = (await readdir(folder)).filter((name) => name.endsWith('.smtp'))

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor({
    policy: {
      limits: {
        messageBytesMax: 1_048_576,
        recipientsMax: { authenticated: 5, others: 3 },
        commandsMax: 40,
        errorsMax: { authenticated: 12, others: 8 },
      },
    },
  })
})
afterAll(() => door[Symbol.asyncDispose]())

describe.each(files)('%s', (name) => {
  it('is kept to', async () => {
    const text = await readFile(new URL(name, folder), 'utf8')
    const kind = /^# (postal|mx|submissions?)\b/.exec(text)?.[1] as ListenerKind | undefined // the expression knows no others
    if (!kind) throw new Error(`${name} does not name its listener`)
    await playDialogue(text, { name, port: door.ports[kind], secure: kind === 'submissions', values: values(door), timeoutMs: 8_000 })
  })
})

const base64 = (text: string) => Buffer.from(text).toString('base64')

function values({ shop, suspended }: FrontDoor): Values {
  return {
    host: HOSTNAME,
    key: shop.key,
    name: shop.name,
    plain: base64(`\0${shop.name}\0${shop.key}`),
    userAndKey: base64(`user\0${shop.key}`),
    wrongPlain: base64('user\0pass'),
    onlyPass: base64('pass'),
    login: base64(shop.key),
    suspendedPlain: base64(`\0x\0${suspended.key}`),
    token: shop.token,
    suspendedToken: suspended.token,
    routeToken: shop.routeToken,
    cram: (lastLine) => {
      const challenge = Buffer.from(lastLine.slice(4), 'base64').toString()
      return base64(`${shop.name} ${createHmac('md5', shop.key).update(challenge).digest('hex')}`)
    },
    cramUnderscore: (lastLine) => {
      const challenge = Buffer.from(lastLine.slice(4), 'base64').toString()
      return base64(`${shop.name.replace('/', '_')} ${createHmac('md5', shop.key).update(challenge).digest('hex')}`)
    },
    cramNobody: base64(`nobody/nowhere ${'0'.repeat(32)}`),
    cramWrong: base64(`${shop.name} ${'0'.repeat(32)}`),
    megabyte: 'x'.repeat(1_048_576),
    manyFields: Array.from({ length: 5_001 }, (_, n) => `X-Field: ${n}`).join('\r\n'),
    longLine: 'x'.repeat(13_000),
    longName: `${'a'.repeat(320)}@remote.test`,
  }
}
