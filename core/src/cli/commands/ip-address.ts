/** `posthaste ip-address add`, `list`, `show`, `update` and `remove` */
import { z } from 'zod'
import { given, type Manage } from '../../manage/context.ts'
import { type IpAddressState, statesOf } from '../../manage/ip-address-states.ts'
import { addIpAddress, getIpAddress, ipAddressesOf, removeIpAddress, updateIpAddressSettings } from '../../manage/ip-addresses.ts'
import { ipPoolsOf } from '../../manage/ip-pools.ts'
import type { IpAddress } from '../../store/ip-addresses.ts'
import { command } from '../command.ts'
import { addressTable, budgetLines, ipPoolNamed } from '../ip-pools.ts'

const HOSTNAME = 'the name it greets with, which its PTR record should say too, such as mta1.example.com'
const PRIORITY = "its share of the pool's mail beside the others, from 0 to 100; 0 is only for when the others cannot"

export const ipAddressAdd = command({
  words: 'ip-address add <ipv4>',
  about: 'add an address of a machine with a worker to a pool',
  options: [
    ['--pool <pool>', 'the pool by its name'],
    ['--hostname <name>', HOSTNAME],
    ['--ipv6 <address>', 'the IPv6 address beside it, for hosts that have one'],
    ['--priority <number>', `${PRIORITY} (default: 100)`],
    ['--warm-up', 'nobody knows it yet: little mail at first, and more every day'],
  ],
  input: z.object({
    ...{ ipv4: z.string(), pool: z.string(), hostname: z.string() },
    ...{ ipv6: z.string().optional(), priority: z.coerce.number().optional(), warmUp: z.boolean().optional() },
  }),
  run: async ({ open }, { pool, ipv4, hostname, ...input }) => {
    const { manage } = await open()
    const { id: ipPoolId, name } = await ipPoolNamed(manage, pool)
    const state = await stateOf(manage, await addIpAddress(manage, { ipPoolId, ipv4, hostname, ...given(input) }))
    return { json: state, lines: [`Added ${state.ipv4} to ${name}.`, ...missing(state)] }
  },
})

const stateOf = async (manage: Manage, address: IpAddress): Promise<IpAddressState> => {
  const [state] = await statesOf(manage, [address])
  return state ?? { ...address, present: null, machines: [], warmUp: null }
}

function missing({ ipv4, ipv6, present }: IpAddressState): string[] {
  if (present === null) return ['No worker runs, so it is not known which machines have it.']
  return [
    ...(present.ipv4 ? [] : [`No machine of a worker has ${ipv4}, so nothing leaves from it.`]),
    ...(present.ipv6 === false ? [`No machine of a worker has ${ipv6}.`] : []),
  ]
}

export const ipAddressList = command({
  words: 'ip-address list',
  about: 'list addresses: which machines have them, and how far their warm-up is',
  options: [['--pool <pool>', 'only those of one pool']],
  input: z.object({ pool: z.string().optional() }),
  run: async ({ open, clock }, { pool }) => {
    const { manage } = await open()
    const pools = pool === undefined ? await ipPoolsOf(manage) : [await ipPoolNamed(manage, pool)]
    const states = await statesOf(
      manage,
      await ipAddressesOf(
        manage,
        pools.map(({ id }) => id),
      ),
    )
    return { json: states, lines: addressTable(states, new Map(pools.map(({ id, name }) => [id, name])), clock()) }
  },
})

export const ipAddressShow = command({
  words: 'ip-address show <ipv4>',
  about: 'show an address, and what is left of its warm-up budgets today',
  input: z.object({ ipv4: z.string() }),
  run: async ({ open, clock }, { ipv4 }) => {
    const { manage } = await open()
    const state = await stateOf(manage, await getIpAddress(manage, { ipv4 }))
    const names = new Map((await ipPoolsOf(manage)).map(({ id, name }) => [id, name]))
    return { json: state, lines: [...addressTable([state], names, clock()), ...budgetLines(state)] }
  },
})

export const ipAddressUpdate = command({
  words: 'ip-address update <ipv4>',
  about: 'change an address; what is not named stays',
  options: [
    ['--pool <pool>', 'moves it to another pool'],
    ['--new-ipv4 <address>', 'another IPv4 address in its place'],
    ['--ipv6 <address>', 'none to take it away'],
    ['--hostname <name>', HOSTNAME],
    ['--priority <number>', PRIORITY],
  ],
  input: z.object({
    ...{ ipv4: z.string(), pool: z.string().optional(), newIpv4: z.string().optional(), ipv6: z.string().optional() },
    ...{ hostname: z.string().optional(), priority: z.coerce.number().optional() },
  }),
  run: async ({ open }, { ipv4, pool, newIpv4, ipv6, hostname, priority }) => {
    const { manage } = await open()
    const { id } = await getIpAddress(manage, { ipv4 })
    const ipPoolId = pool === undefined ? undefined : (await ipPoolNamed(manage, pool)).id
    const changes = given({ ipPoolId, ipv4: newIpv4, ipv6: ipv6 === 'none' ? null : ipv6, hostname, priority })
    const state = await stateOf(manage, await updateIpAddressSettings(manage, { id, ...changes }))
    return { json: state, lines: [`Saved ${state.ipv4}.`, ...missing(state)] }
  },
})

export const ipAddressRemove = command({
  words: 'ip-address remove <ipv4>',
  about: 'remove an address; what would have left from it leaves from the others of its pool',
  input: z.object({ ipv4: z.string() }),
  run: async ({ open }, { ipv4 }) => {
    const { manage } = await open()
    const removed = await removeIpAddress(manage, await getIpAddress(manage, { ipv4 }))
    return { json: removed, lines: [`Removed ${removed.ipv4}.`] }
  },
})
