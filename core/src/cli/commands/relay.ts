/** `posthaste relay add`, `posthaste relay list` and `posthaste relay remove` */
import { z } from 'zod'
import { given } from '../../manage/context.ts'
import { addRelay, type Relay, relaysInForce, removeRelay } from '../../manage/relays.ts'
import { mailServerPaths } from '../../store/mail-servers.ts'
import { TLS_MODES } from '../../store/schema/routes.ts'
import { command } from '../command.ts'
import { mailServerOf } from '../place.ts'
import { table } from '../table.ts'

export const relayAdd = command({
  words: 'relay add <host>',
  about: 'send mail through another host; several for the same mail take over from each other in the order of adding',
  options: [
    ['--server <org/server>', 'only mail of this mail server'],
    ['--domain <domain>', 'only mail for this recipient domain; goes before relays of mail servers'],
    ['--port <port>', '25 unless given'],
    ['--tls <mode>', `${TLS_MODES.join(', ')}; auto unless given`],
    ['--username <name>', 'to sign in there'],
    ['--password <password>', 'kept sealed, and never shown again'],
  ],
  input: z.object({
    host: z.string(),
    server: z.string().optional(),
    domain: z.string().optional(),
    port: z.coerce.number().optional(),
    tls: z.string().optional(),
    username: z.string().optional(),
    password: z.string().optional(),
  }),
  run: async ({ open }, { server, tls, host, ...input }) => {
    const { manage } = await open()
    const mailServerId = server === undefined ? undefined : (await mailServerOf(manage, { server })).id
    const relay = await addRelay(manage, { host, ...given({ ...input, mailServerId, tlsMode: tls }) })
    const paths = await mailServerPaths(manage.db, idsIn([relay]))
    return { json: relay, lines: [`Added relay ${relay.id}: ${aboutMail(relay, paths)} goes through ${relay.host}:${relay.port}.`] }
  },
})

const idsIn = (relays: readonly Relay[]): number[] => relays.flatMap(({ mailServerId }) => mailServerId ?? [])

const aboutMail = ({ mailServerId, domain }: Relay, paths: ReadonlyMap<number, string>): string =>
  `mail${mailServerId === null ? '' : ` of ${paths.get(mailServerId)}`}${domain === null ? '' : ` for ${domain}`}`

export const relayList = command({
  words: 'relay list',
  about: 'list relays in the order in which they are tried; those of postal.smtp_relays come after all of them',
  input: z.object({}),
  run: async ({ open }) => {
    const { manage } = await open()
    const found = await relaysInForce(manage)
    const paths = await mailServerPaths(manage.db, idsIn(found))
    const rows = found.map(({ id, mailServerId, domain, host, port, tlsMode, username }) => [
      ...[id, mailServerId === null ? 'all' : paths.get(mailServerId), domain ?? 'all'],
      ...[`${host}:${port}`, tlsMode, username ?? ''],
    ])
    const lines = table(['id', 'mail server', 'domain', 'host', 'tls', 'user'], rows, 'None yet: posthaste relay add <host>')
    return { json: found, lines }
  },
})

export const relayRemove = command({
  words: 'relay remove <id>',
  about: 'send no more mail through a relay',
  input: z.object({ id: z.coerce.number() }),
  run: async ({ open }, { id }) => {
    const { manage } = await open()
    const relay = await removeRelay(manage, { id })
    return { json: relay, lines: [`Removed ${relay.host}:${relay.port}.`] }
  },
})
