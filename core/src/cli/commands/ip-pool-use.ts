/** `posthaste ip-pool give`, `take`, `use` and `leave`: who may use a pool, and who does */
import { z } from 'zod'
import type { Manage } from '../../manage/context.ts'
import { chooseIpPool } from '../../manage/ip-pool-rules.ts'
import { giveIpPool, takeIpPool } from '../../manage/ip-pools.ts'
import { command } from '../command.ts'
import { ipPoolNamed } from '../ip-pools.ts'
import { mailServerOf, ORG_OPTION, organizationOf, orgInput, SERVER_OPTION, serverInput } from '../place.ts'

const poolInput = orgInput.extend({ pool: z.string() })

async function poolAndOrganization(manage: Manage, { org, pool }: z.output<typeof poolInput>) {
  const { id: organizationId, permalink } = await organizationOf(manage, { org })
  const { id: ipPoolId, name } = await ipPoolNamed(manage, pool)
  return { ids: { ipPoolId, organizationId }, permalink, name }
}

export const ipPoolGive = command({
  words: 'ip-pool give <pool>',
  about: "let an organization's mail servers and rules use a pool",
  options: [ORG_OPTION],
  input: poolInput,
  run: async ({ open }, asked) => {
    const { manage } = await open()
    const { ids, permalink, name } = await poolAndOrganization(manage, asked)
    await giveIpPool(manage, ids)
    return { json: ids, lines: [`${permalink} may use ${name}. Next: posthaste ip-pool use ${name}`] }
  },
})

export const ipPoolTake = command({
  words: 'ip-pool take <pool>',
  about: 'take a pool from an organization that does not use it any more',
  options: [ORG_OPTION],
  input: poolInput,
  run: async ({ open }, asked) => {
    const { manage } = await open()
    const { ids, permalink, name } = await poolAndOrganization(manage, asked)
    await takeIpPool(manage, ids)
    return { json: ids, lines: [`${permalink} may not use ${name} any more.`] }
  },
})

export const ipPoolUse = command({
  words: 'ip-pool use <pool>',
  about: 'let the mail of a mail server leave from a pool when no rule says otherwise',
  options: [SERVER_OPTION],
  input: serverInput.extend({ pool: z.string() }),
  run: async ({ open }, { server, pool }) => {
    const { manage } = await open()
    const { id: mailServerId, name } = await mailServerOf(manage, { server })
    const { id: ipPoolId, name: poolName } = await ipPoolNamed(manage, pool)
    await chooseIpPool(manage, { mailServerId, ipPoolId })
    return { json: { mailServerId, ipPoolId }, lines: [`Mail of ${name} leaves from ${poolName}, within seconds.`] }
  },
})

export const ipPoolLeave = command({
  words: 'ip-pool leave',
  about: 'let the mail of a mail server leave from whatever address the system chooses when no rule says otherwise',
  options: [SERVER_OPTION],
  input: serverInput,
  run: async ({ open }, place) => {
    const { manage } = await open()
    const { id: mailServerId, name } = await mailServerOf(manage, place)
    await chooseIpPool(manage, { mailServerId, ipPoolId: null })
    return { json: { mailServerId, ipPoolId: null }, lines: [`Mail of ${name} leaves from no pool of its own.`] }
  },
})
