/** Which machines have an address, and what it sends there. */
import type { IpAddressState, MachineOfAddress } from '../../../manage/ip-address-states.ts'
import { Badge } from '../ui/status.tsx'
import { RelativeTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'

export const Presence = ({ address: { present, machines } }: { address: IpAddressState }) => {
  if (present === null) return <Badge tone="quiet" icon="warning" label="No worker runs" />
  if (!present.ipv4) return <Badge tone="bad" icon="warning" label="On no machine" />
  const alive = machines.filter(({ ipv4, silent }) => ipv4 && !silent)
  const withoutIpv6 = alive.filter(({ ipv6 }) => ipv6 === false)
  if (withoutIpv6.length > 0) return <Badge tone="warn" icon="warning" label={`IPv6 missing on ${machinesText(withoutIpv6)}`} />
  return <Badge tone="good" icon="check" label={`On ${machinesText(alive)}`} />
}

const machinesText = ({ length }: readonly unknown[]): string => (length === 1 ? 'a machine' : `${length} machines`)

/** For operators: machines are theirs to know. */
export const Machines = ({ view, address: { machines } }: { view: View; address: IpAddressState }) =>
  machines.length > 0 ? (
    <ul class="machines" aria-label="Machines that have it">
      {machines.map((one) => (
        <li class={one.silent ? 'machine machine-silent' : 'machine'}>
          <bdi>{one.machine}</bdi>
          {lackText(one)}, {one.silent ? 'silent, last seen ' : 'seen '}
          <RelativeTime at={one.seenAt} view={view} />
        </li>
      ))}
    </ul>
  ) : null

function lackText({ ipv4, ipv6 }: MachineOfAddress): string {
  if (!ipv4) return ' without the IPv4 address'
  return ipv6 === false ? ' without the IPv6 address' : ''
}

const machinesOf = ({ machines }: IpAddressState): string[] =>
  machines.filter(({ ipv4, silent }) => ipv4 && !silent).map(({ machine }) => machine)

/** Each one's part of the priorities of all that are usable beside it. */
export function shareOf(address: IpAddressState, all: readonly IpAddressState[]): string {
  const own = machinesOf(address).join()
  if (own === '') return 'sends nothing'
  const usable = all.filter((other) => machinesOf(other).length > 0)
  const beside = usable.filter((other) => machinesOf(other).join() === own)
  // On machines that share only some of their addresses each has a share of its own.
  if (usable.some((other) => !beside.includes(other) && machinesOf(other).some((name) => machinesOf(address).includes(name))))
    return `priority ${address.priority}`
  const what = beside.length === usable.length ? 'of the mail' : 'of what leaves there'
  const sum = beside.reduce((total, { priority }) => total + priority, 0)
  if (sum === 0) return `1 of ${beside.length} parts ${what}`
  return address.priority === 0 ? 'only when the others cannot' : `${Math.round((address.priority / sum) * 100)} % ${what}`
}
