/** `posthaste ip-pool-rule add`, `list`, `update` and `remove` */
import { z } from 'zod'
import { given } from '../../manage/context.ts'
import { addIpPoolRule, ipPoolRulesOf, removeIpPoolRule, requireRule, updateIpPoolRuleSettings } from '../../manage/ip-pool-rules.ts'
import { ipPoolsOf } from '../../manage/ip-pools.ts'
import { mailServerPaths } from '../../store/mail-servers.ts'
import { command } from '../command.ts'
import { ipPoolNamed } from '../ip-pools.ts'
import { OWNER_OPTIONS, ownerInput, ownerOf } from '../place.ts'
import { table } from '../table.ts'

const PLACE_OPTIONS = [OWNER_OPTIONS[0], ['--org <permalink>', 'for all mail servers of an organization']] as const
const CONDITION_OPTIONS = [
  ['--from <list>', 'addresses and domains of senders, with commas between them'],
  ['--to <list>', 'addresses and domains of recipients'],
] as const
const conditions = { from: z.string().optional(), to: z.string().optional() }
const listed = (text: string | undefined): string[] | undefined => text?.split(/[\s,]+/)

export const ipPoolRuleAdd = command({
  words: 'ip-pool-rule add <pool>',
  about: 'send mail from a pool when one of these senders or recipients is in it; the newest rule is asked first',
  options: [...PLACE_OPTIONS, ...CONDITION_OPTIONS],
  input: ownerInput.extend({ pool: z.string(), ...conditions }),
  run: async ({ open }, { org, server, pool, from, to }) => {
    const { manage } = await open()
    const owner = await ownerOf(manage, { org, server })
    const { id: ipPoolId, name } = await ipPoolNamed(manage, pool)
    const rule = await addIpPoolRule(manage, { ...owner, ipPoolId, ...given({ from: listed(from), to: listed(to) }) })
    return { json: rule, lines: [`Added the rule ${rule.uuid}: such mail leaves from ${name}.`] }
  },
})

export const ipPoolRuleList = command({
  words: 'ip-pool-rule list',
  about: 'list rules in the order in which they are asked; those of mail servers go before those of their organization',
  options: PLACE_OPTIONS,
  input: ownerInput,
  run: async ({ open }, place) => {
    const { manage } = await open()
    const { organizationId, mailServerId } = await ownerOf(manage, place)
    const found = await ipPoolRulesOf(manage, { organizationId, ...given({ mailServerId: mailServerId ?? undefined }) })
    const names = new Map((await ipPoolsOf(manage)).map(({ id, name }) => [id, name]))
    const paths = await mailServerPaths(
      manage.db,
      found.flatMap(({ mailServerId }) => mailServerId ?? []),
    )
    const rows = found.map(({ uuid, mailServerId, ipPoolId, fromText, toText }) => [
      ...[
        uuid,
        mailServerId === null ? 'all' : paths.get(mailServerId),
        fromText.replaceAll('\n', ' '),
        toText.replaceAll('\n', ' '),
        names.get(ipPoolId),
      ],
    ])
    const none = 'None yet: posthaste ip-pool-rule add <pool> --to <domain>'
    return { json: found, lines: table(['uuid', 'mail server', 'from', 'to', 'pool'], rows, none) }
  },
})

export const ipPoolRuleUpdate = command({
  words: 'ip-pool-rule update <uuid>',
  about: 'change a rule; a list that is named takes the place of the old one',
  options: [['--pool <pool>', 'another pool'], ...CONDITION_OPTIONS],
  input: z.object({ uuid: z.string(), pool: z.string().optional(), ...conditions }),
  run: async ({ open }, { uuid, pool, from, to }) => {
    const { manage } = await open()
    const { id } = await requireRule(manage, { uuid })
    const ipPoolId = pool === undefined ? undefined : (await ipPoolNamed(manage, pool)).id
    const rule = await updateIpPoolRuleSettings(manage, { id, ...given({ ipPoolId, from: listed(from), to: listed(to) }) })
    return { json: rule, lines: [`Saved the rule ${uuid}.`] }
  },
})

export const ipPoolRuleRemove = command({
  words: 'ip-pool-rule remove <uuid>',
  about: 'remove a rule',
  input: z.object({ uuid: z.string() }),
  run: async ({ open }, { uuid }) => {
    const { manage } = await open()
    const rule = await removeIpPoolRule(manage, { uuid })
    return { json: rule, lines: [`Removed the rule ${uuid}.`] }
  },
})
