/** The status of a message, in one word and in a sentence. */
import type { MessageStatus } from '../../../domain/message.ts'
import { Icon, type IconName } from './icon.tsx'

export type Tone = 'good' | 'warn' | 'bad' | 'hold' | 'quiet'

type Look = { readonly label: string; readonly tone: Tone; readonly icon: IconName }

const LOOKS: Readonly<Record<MessageStatus, Look>> = {
  pending: { label: 'Pending', tone: 'quiet', icon: 'clock' },
  sent: { label: 'Sent', tone: 'good', icon: 'check' },
  soft_failed: { label: 'Soft fail', tone: 'warn', icon: 'clock' },
  hard_failed: { label: 'Hard fail', tone: 'bad', icon: 'cross' },
  held: { label: 'Held', tone: 'hold', icon: 'pause' },
  bounced: { label: 'Bounced', tone: 'bad', icon: 'cross' },
  processed: { label: 'Processed', tone: 'good', icon: 'check' },
  hold_cancelled: { label: 'Hold cancelled', tone: 'quiet', icon: 'cross' },
  error: { label: 'Error', tone: 'bad', icon: 'warning' },
}

export const statusLabel = (status: MessageStatus): string => LOOKS[status].label
export const statusTone = (status: MessageStatus): Tone => LOOKS[status].tone
export const statusIcon = (status: MessageStatus): IconName => LOOKS[status].icon

export const Status = ({ status }: { status: MessageStatus }) => (
  <Badge tone={LOOKS[status].tone} icon={LOOKS[status].icon} label={LOOKS[status].label} />
)

export const Badge = ({ tone, icon, label }: { tone: Tone; icon?: IconName; label: string }) => (
  <span class={`badge badge-${tone}`}>
    {icon && <Icon name={icon} />}
    {label}
  </span>
)
