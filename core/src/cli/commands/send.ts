/** `posthaste send` */
import { z } from 'zod'
import { isDeliverable } from '../../domain/address.ts'
import { authoriseSender } from '../../domain/authorise-sender.ts'
import { AppError } from '../../domain/errors.ts'
import { messageToken } from '../../domain/token.ts'
import { createIntake } from '../../intake/accept.ts'
import { buildMail } from '../../mail/build.ts'
import { receivedHeader } from '../../mail/received.ts'
import { createDirectory } from '../../store/directory.ts'
import { command } from '../command.ts'
import type { Cli } from '../open.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'

export const send = command({
  words: 'send <to>',
  about: 'send a test mail the way that all mail goes',
  options: [
    SERVER_OPTION,
    ['--from <address>', 'sender, at a verified domain; test@ the first one when absent'],
    ['--subject <text>', 'subject'],
    ['--text <text>', 'body'],
  ],
  input: serverInput.extend({
    to: z.string(),
    from: z.string().optional(),
    subject: z.string().default('Test from Posthaste'),
    text: z.string().default('This mail was sent by `posthaste send`. If you can read it, mail goes out.'),
  }),
  run: async ({ open }, { to, server, ...given }) => {
    const cli = await open()
    if (!isDeliverable(to)) throw new AppError('input.invalid', 'to must be a mail address.', { field: 'to' })
    const mailServer = await mailServerOf(cli.manage, { server })
    const sender = await senderOf(cli, mailServer.id, given.from)
    const raw = await mailOf(cli, { ...given, from: sender.from, to })
    const intake = createIntake({ ...cli.manage, node: cli.node })
    const recipient = { scope: 'outgoing', rcptTo: to, mailFrom: sender.from, domainId: sender.domainId } as const
    const receipt = await intake.accept({
      mailServerId: mailServer.id,
      raw,
      receivedWithTls: false,
      credentialId: null,
      recipients: [recipient],
    })
    const [message] = receipt.messages
    return { json: receipt, lines: [`Queued as message ${message?.id} (token ${message?.token}) from ${sender.from}.`] }
  },
})

async function senderOf({ manage }: Cli, mailServerId: number, given: string | undefined): Promise<{ from: string; domainId: number }> {
  const domains = await createDirectory(manage.db, manage.clock).sendingDomains(mailServerId)
  const from = given ?? `test@${domains[0]?.name ?? ''}`
  const domain = authoriseSender({ from: [from], sender: [] }, { allowSender: false, domains })
  if (!domain)
    throw new AppError('sender.not_authorised', 'from must be at a verified domain; see posthaste domain list.', { field: 'from' })
  return { from, domainId: domain.id }
}

type Test = { readonly from: string; readonly to: string; readonly subject: string; readonly text: string }

function mailOf({ manage, config }: Cli, { from, to, subject, text }: Test): Promise<Buffer> {
  const date = manage.clock()
  const messageId = `${messageToken(manage.randomBytes)}@${config.dns.returnPathDomain}`
  const received = receivedHeader({ client: null, hostname: config.smtp.hostname, protocol: 'HTTP', date })
  return buildMail({ from, to: [to], cc: [], subject, plainBody: text, headers: [], attachments: [], messageId, date, received })
}
