/** `posthaste server edit` */
import { z } from 'zod'
import { given } from '../../manage/context.ts'
import type { MailServerSettings } from '../../manage/mail-server-settings.ts'
import { updateMailServerSettings } from '../../manage/mail-servers.ts'
import { command } from '../command.ts'
import { mailServerOf } from '../place.ts'

const number = z.coerce.number().optional()
/** `none` takes a limit away. */
const numberOrNone = z.union([z.literal('none').transform(() => null), z.coerce.number()]).optional()
const choice = z.boolean().optional()

export const serverEdit = command({
  words: 'server edit <server>',
  about: 'change the settings of a mail server',
  options: [
    ['--name <name>', 'what you call it'],
    ['--mode <mode>', 'live or development'],
    ['--postmaster <address>', 'named in bounces; "none" for that of the domain'],
    ['--spam-threshold <score>', 'incoming mail above it is spam'],
    ['--spam-failure-threshold <score>', 'incoming mail from it on fails'],
    ['--virus <mode>', 'hold, fail or mark mail with a virus'],
    ['--outbound-spam-threshold <score>', 'scan outgoing mail, and fail it from this score on; none to scan it no more'],
    ['--send-limit <messages>', 'in any 60 minutes; none for no limit'],
    ['--allow-sender', 'take the Sender field for the author too'],
    ['--no-allow-sender', 'no longer'],
    ['--privacy', 'leave clients out of Received fields'],
    ['--no-privacy', 'no longer'],
    ['--message-days <days>', 'keep messages so long; none for ever'],
    ['--raw-days <days>', 'keep their content so long; none for ever'],
    ['--raw-megabytes <size>', 'keep so much content; none for all'],
  ],
  input: z.object({
    ...{ server: z.string(), name: z.string().optional(), mode: z.string().optional(), postmaster: z.string().optional() },
    ...{ spamThreshold: number, spamFailureThreshold: number, virus: z.string().optional(), outboundSpamThreshold: numberOrNone },
    ...{ sendLimit: numberOrNone, allowSender: choice, privacy: choice },
    ...{ messageDays: numberOrNone, rawDays: numberOrNone, rawMegabytes: numberOrNone },
  }),
  run: async ({ open }, { server, name, mode, virus, postmaster, privacy, messageDays, rawDays, rawMegabytes, ...rest }) => {
    const { manage } = await open()
    const { id } = await mailServerOf(manage, { server })
    const settings = {
      ...{ name, ...rest, privacyMode: privacy, postmasterAddress: postmaster === 'none' ? null : postmaster },
      ...{ messageRetentionDays: messageDays, rawRetentionDays: rawDays, rawRetentionMegabytes: rawMegabytes },
      // The verb looks whether they are modes.
      ...{ mode: mode as MailServerSettings['mode'] | undefined, virusMode: virus as MailServerSettings['virusMode'] | undefined },
    }
    const saved = await updateMailServerSettings(manage, { id, ...given(settings) })
    return { json: saved, lines: [`Saved ${saved.permalink}.`] }
  },
})
