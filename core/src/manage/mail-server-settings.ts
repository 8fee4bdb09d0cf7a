/** The settings of a mail server and what each may be. Null means no limit, or for ever. */
import { isDeliverable } from '../domain/address.ts'
import type { MailServer } from '../store/mail-servers.ts'
import { VIRUS_MODES } from '../store/schema/tenants.ts'
import { given } from './context.ts'
import { invalid, numberField, oneOfField, wholeField } from './fields.ts'

export type MailServerSettings = Pick<
  MailServer,
  | 'mode'
  | 'postmasterAddress'
  | 'spamThreshold'
  | 'spamFailureThreshold'
  | 'virusMode'
  | 'outboundSpamThreshold'
  | 'sendLimit'
  | 'allowSender'
  | 'privacyMode'
  | 'logSmtpData'
  | 'messageRetentionDays'
  | 'rawRetentionDays'
  | 'rawRetentionMegabytes'
>

/** What the members of an organization may not set for themselves. */
export const OPERATOR_SETTINGS = [
  'sendLimit',
  'allowSender',
  'privacyMode',
  'logSmtpData',
  'outboundSpamThreshold',
  'messageRetentionDays',
  'rawRetentionDays',
  'rawRetentionMegabytes',
] as const satisfies readonly (keyof MailServerSettings)[]

const DAYS = { min: 1, max: 3650 }
const SCORE = { min: -1000, max: 1000 }

/** Checks what is given; what is absent stays absent. @throws AppError `input.invalid` */
export function settingsField(settings: Partial<MailServerSettings>): Partial<MailServerSettings> {
  const { mode, allowSender, privacyMode, logSmtpData } = settings
  return given({
    mode: mode && oneOfField('mode', mode, ['live', 'development']),
    postmasterAddress: addressField(settings.postmasterAddress),
    spamThreshold: score(settings, 'spamThreshold') ?? undefined,
    spamFailureThreshold: score(settings, 'spamFailureThreshold') ?? undefined,
    virusMode: settings.virusMode && oneOfField('virusMode', settings.virusMode, VIRUS_MODES),
    outboundSpamThreshold: score(settings, 'outboundSpamThreshold'),
    sendLimit: whole(settings, 'sendLimit', { min: 1, max: 100_000_000 }),
    allowSender,
    privacyMode,
    logSmtpData,
    messageRetentionDays: whole(settings, 'messageRetentionDays', DAYS),
    rawRetentionDays: whole(settings, 'rawRetentionDays', DAYS),
    rawRetentionMegabytes: whole(settings, 'rawRetentionMegabytes', { min: 1, max: 100_000_000 }),
  })
}

type Score = 'spamThreshold' | 'spamFailureThreshold' | 'outboundSpamThreshold'
type Whole = 'sendLimit' | 'messageRetentionDays' | 'rawRetentionDays' | 'rawRetentionMegabytes'
type Bounds = { readonly min: number; readonly max: number }

const score = (settings: Partial<MailServerSettings>, field: Score): number | null | undefined => {
  const value = settings[field]
  return value === undefined || value === null ? value : numberField(field, value, SCORE)
}

const whole = (settings: Partial<MailServerSettings>, field: Whole, bounds: Bounds): number | null | undefined => {
  const value = settings[field]
  return value === undefined || value === null ? value : wholeField(field, value, bounds)
}

/** Blank is none. */
function addressField(value: string | null | undefined): string | null | undefined {
  const address = value?.trim()
  if (value === undefined || address === undefined || address === '') return value === undefined ? undefined : null
  if (!isDeliverable(address)) throw invalid('postmasterAddress', 'postmasterAddress must be a mail address.')
  return address
}
