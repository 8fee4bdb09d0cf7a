/** Finds the IP pool that a command is about, and shows addresses. */
import { AppError } from '../domain/errors.ts'
import type { Manage } from '../manage/context.ts'
import type { IpAddressState, MachineOfAddress } from '../manage/ip-address-states.ts'
import { ipPoolsOf } from '../manage/ip-pools.ts'
import type { IpPool } from '../store/ip-pools.ts'
import { table } from './table.ts'

/** By its name, whatever the case, or its uuid. @throws AppError `ip_pool.not_found` */
export async function ipPoolNamed(manage: Manage, named: string, field = 'pool'): Promise<IpPool> {
  const found = (await ipPoolsOf(manage)).find(({ name, uuid }) => name.toLowerCase() === named.trim().toLowerCase() || uuid === named)
  if (!found) throw new AppError('ip_pool.not_found', `There is no IP pool ${named}; see posthaste ip-pool list.`, { field })
  return found
}

/** @param poolNames of their ids */
export function addressTable(states: readonly IpAddressState[], poolNames: ReadonlyMap<number, string>, now: Date): string[] {
  const rows = states.map(({ ipv4, ipv6, ipPoolId, hostname, priority, present, machines, warmUp, warmupEndedAt }) => [
    ...[ipv4, ipv6, poolNames.get(ipPoolId), hostname, priority],
    ...[presence(present, machines, now), warmUp === null ? warmSince(warmupEndedAt) : `day ${warmUp.day}`],
  ])
  const heads = ['ipv4', 'ipv6', 'pool', 'greets as', 'priority', 'on machines', 'warm-up']
  return table(heads, rows, 'No addresses yet: posthaste ip-address add <ipv4> --pool <pool> --hostname <name>')
}

const warmSince = (endedAt: Date | null): string => (endedAt ? `warm since ${endedAt.toISOString().slice(0, 10)}` : 'warm')

function presence(present: IpAddressState['present'], machines: readonly MachineOfAddress[], now: Date): string {
  const named = machines.map((one) => machineText(one, now)).join(', ')
  if (present === null) return `no worker runs${named && `; ${named}`}`
  return present.ipv4 ? named : `NONE, so it is not used${named && `; ${named}`}`
}

function machineText({ machine, ipv4, ipv6, seenAt, silent }: MachineOfAddress, now: Date): string {
  const lacks = ipv4 ? (ipv6 === false ? 'only ipv4, ' : '') : 'only ipv6, '
  const seconds = Math.max(0, Math.round((now.getTime() - seenAt.getTime()) / 1000))
  return `${machine} (${lacks}${silent ? 'silent for' : 'seen'} ${seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`}${silent ? '' : ' ago'})`
}

/** One line for each provider that was sent to while the address is being warmed up. */
export const budgetLines = ({ warmUp }: IpAddressState): string[] =>
  (warmUp?.providers ?? []).map(
    ({ provider, budget, used, deferred, warm, lastDays }) =>
      `  ${provider}: ${warm ? 'warm' : `${used} of ${budget} used today`}${deferred > 0 ? `, ${deferred} put off because of us` : ''}${
        lastDays ? `, ${lastDays.done} of ${lastDays.of} last days done` : ''
      }`,
  )
