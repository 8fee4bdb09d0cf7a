/** `posthaste ip-pool create`, `list`, `show`, `update` and `remove` */
import { z } from 'zod'
import { given } from '../../manage/context.ts'
import { statesOf } from '../../manage/ip-address-states.ts'
import { ipAddressesOf } from '../../manage/ip-addresses.ts'
import { createIpPool, ipPoolsOf, removeIpPool, updateIpPoolSettings } from '../../manage/ip-pools.ts'
import { organizationsOfIpPools } from '../../store/ip-pools.ts'
import { command } from '../command.ts'
import { addressTable, budgetLines, ipPoolNamed } from '../ip-pools.ts'
import { table } from '../table.ts'

export const ipPoolCreate = command({
  words: 'ip-pool create <name>',
  about: 'create a pool of addresses that mail leaves from; needs postal.use_ip_pools',
  options: [['--default', 'new organizations and their mail servers get it']],
  input: z.object({ name: z.string(), default: z.boolean().optional() }),
  run: async ({ open }, { name, default: isDefault }) => {
    const { manage, config } = await open()
    const pool = await createIpPool(manage, { name, ...given({ isDefault }) })
    const off = config.delivery.useIpPools ? [] : ['IP pools rest until postal.use_ip_pools is true.']
    return {
      json: pool,
      lines: [`Created the IP pool ${pool.name}.`, ...off, `Next: posthaste ip-address add <ipv4> --pool ${pool.name} --hostname <name>`],
    }
  },
})

export const ipPoolList = command({
  words: 'ip-pool list',
  about: 'list IP pools, their addresses and who may use them',
  input: z.object({}),
  run: async ({ open }) => {
    const { manage } = await open()
    const [pools, states, users] = await Promise.all([
      ipPoolsOf(manage),
      ipAddressesOf(manage).then((addresses) => statesOf(manage, addresses)),
      organizationsOfIpPools(manage.db),
    ])
    const found = pools.map((pool) => ({
      ...pool,
      addresses: states.filter(({ ipPoolId }) => ipPoolId === pool.id),
      organizations: users.filter(({ ipPoolId }) => ipPoolId === pool.id).map(({ permalink }) => permalink),
    }))
    const rows = found.map(({ name, isDefault, addresses, organizations }) => [
      ...[name, isDefault, addresses.map(({ ipv4 }) => ipv4).join(' ') || 'none'],
      organizations.join(' ') || 'nobody',
    ])
    return { json: found, lines: table(['pool', 'default', 'addresses', 'used by'], rows, 'None yet: posthaste ip-pool create <name>') }
  },
})

export const ipPoolShow = command({
  words: 'ip-pool show <pool>',
  about: 'show a pool by its name: its addresses, and how their warm-up goes with each provider today',
  input: z.object({ pool: z.string() }),
  run: async ({ open, clock }, { pool: named }) => {
    const { manage } = await open()
    const pool = await ipPoolNamed(manage, named)
    const addresses = await statesOf(manage, await ipAddressesOf(manage, [pool.id]))
    const users = (await organizationsOfIpPools(manage.db)).filter(({ ipPoolId }) => ipPoolId === pool.id)
    const organizations = users.map(({ permalink }) => permalink)
    return {
      json: { ...pool, addresses, organizations },
      lines: [
        `${pool.name}${pool.isDefault ? ', the default' : ''}; used by ${organizations.join(', ') || 'nobody'}`,
        ...addressTable(addresses, new Map([[pool.id, pool.name]]), clock()),
        ...addresses.filter(({ warmUp }) => warmUp?.providers.length).flatMap((state) => [`${state.ipv4}:`, ...budgetLines(state)]),
      ],
    }
  },
})

export const ipPoolUpdate = command({
  words: 'ip-pool update <pool>',
  about: 'rename a pool, or make it the default; what is not named stays',
  options: [
    ['--name <name>', 'a new name'],
    ['--default <yes|no>', 'whether new organizations and their mail servers get it; one pool at most'],
  ],
  input: z.object({ pool: z.string(), name: z.string().optional(), default: z.enum(['yes', 'no']).optional() }),
  run: async ({ open }, { pool, name, default: wanted }) => {
    const { manage } = await open()
    const { id } = await ipPoolNamed(manage, pool)
    const changed = await updateIpPoolSettings(manage, { id, ...given({ name, isDefault: wanted && wanted === 'yes' }) })
    return { json: changed, lines: [`Saved the IP pool ${changed.name}.`] }
  },
})

export const ipPoolRemove = command({
  words: 'ip-pool remove <pool>',
  about: 'remove a pool that has no addresses and that nobody uses',
  input: z.object({ pool: z.string() }),
  run: async ({ open }, { pool }) => {
    const { manage } = await open()
    const removed = await removeIpPool(manage, await ipPoolNamed(manage, pool))
    return { json: removed, lines: [`Removed the IP pool ${removed.name}.`] }
  },
})
