/** Verbs for mail servers, the isolated worlds of mail inside an organization. */
import { AppError } from '../domain/errors.ts'
import { mailServerToken } from '../domain/token.ts'
import { newUuid } from '../domain/uuid.ts'
import { change, type Queries } from '../store/change.ts'
import { releaseMailServer } from '../store/deleted-owners.ts'
import {
  insertMailServer,
  type MailServer,
  mailServerNameTaken,
  mailServerTokenTaken,
  type NewMailServer,
  updateMailServer,
} from '../store/mail-servers.ts'
import { lockOrganization } from '../store/organizations.ts'
import { notFound, requireMailServer, requireOrganization } from './access.ts'
import { asTaken, changedFields, isOperator, type Manage, record, requireOperator } from './context.ts'
import { invalid, permalinkField, permalinkFrom, textField } from './fields.ts'
import { firstIpPool } from './ip-pool-rules.ts'
import { type MailServerSettings, OPERATOR_SETTINGS, settingsField } from './mail-server-settings.ts'
import { confirmName } from './organizations.ts'

/** Parts of URLs. */
const RESERVED = ['new', 'all', 'search', 'stats', 'edit', 'manage', 'delete', 'destroy', 'remove']
const TAKEN = 'Another mail server of this organization has'

export type NewMailServerInput = Partial<MailServerSettings> & {
  readonly organizationId: number
  readonly name: string
  /** Made from the name when absent. */
  readonly permalink?: string
}

/** @throws AppError `organization.not_found`, `auth.forbidden`, `input.invalid`, `mail_server.taken` */
export async function createMailServer(
  manage: Manage,
  { organizationId, permalink, ...settings }: NewMailServerInput,
): Promise<MailServer> {
  await requireOrganization(manage, organizationId, 'admin')
  refuseOperatorSettings(manage, settings)
  const fields = settingsField(settings)
  const name = textField('name', settings.name)
  const link = permalinkField(permalink || permalinkFrom(name), RESERVED)
  return change(manage.db, async (tx) => {
    if (!(await lockOrganization(tx, organizationId))) throw notFound('organization')
    await refuseTakenName(tx, { organizationId, name })
    const ipPoolId = (await firstIpPool(tx, organizationId))?.id ?? null
    const row: MailServer = { ...(await blank(manage, tx)), ...fields, name, permalink: link, organizationId, ipPoolId }
    await insertMailServer(tx, row satisfies NewMailServer).catch(
      asTaken('mail_server.taken', 'permalink', `${TAKEN} the permalink ${link}; choose another.`),
    )
    await record(tx, manage, { action: 'mail_server.created', subjectId: row.id, organizationId, details: { name, permalink: link } })
    return row
  })
}

/** A mail server with all defaults. */
async function blank(
  { newId, randomBytes, clock, newMailServer }: Manage,
  tx: Queries,
): Promise<Omit<MailServer, 'name' | 'permalink' | 'organizationId'>> {
  return {
    id: newId(),
    uuid: newUuid(randomBytes),
    token: await freeToken(tx, randomBytes),
    mode: 'live',
    sendLimit: null,
    virusMode: 'hold',
    sendLimitApproachingAt: null,
    sendLimitApproachingNotifiedAt: null,
    sendLimitExceededAt: null,
    sendLimitExceededNotifiedAt: null,
    ipPoolId: null,
    allowSender: false,
    privacyMode: false,
    logSmtpData: false,
    spamThreshold: newMailServer.spamThreshold,
    spamFailureThreshold: newMailServer.spamFailureThreshold,
    outboundSpamThreshold: null,
    postmasterAddress: null,
    messageRetentionDays: 60,
    rawRetentionDays: 30,
    rawRetentionMegabytes: 2048,
    suspendedAt: null,
    suspensionReason: null,
    deletedAt: null,
    createdAt: clock(),
  }
}

/** Six letters are few enough for chance to hit twice. */
async function freeToken(tx: Queries, randomBytes: Manage['randomBytes']): Promise<string> {
  const token = mailServerToken(randomBytes)
  return (await mailServerTokenTaken(tx, token)) ? freeToken(tx, randomBytes) : token
}

async function refuseTakenName(tx: Queries, wanted: { organizationId: number; name: string }): Promise<void> {
  if (await mailServerNameTaken(tx, wanted))
    throw new AppError('mail_server.taken', `${TAKEN} the name ${wanted.name}; choose another.`, { field: 'name' })
}

function refuseOperatorSettings({ actor }: Manage, settings: object): void {
  const refused = isOperator(actor) ? undefined : OPERATOR_SETTINGS.find((name) => name in settings)
  if (refused) throw new AppError('auth.forbidden', `Only an administrator of this installation may set ${refused}.`, { field: refused })
}

export type MailServerInput = Partial<MailServerSettings> & { readonly id: number; readonly name?: string }

/** Changes what is given. @throws AppError `mail_server.not_found`, `auth.forbidden`, `input.invalid`, `mail_server.taken` */
export async function updateMailServerSettings(manage: Manage, { id, ...settings }: MailServerInput): Promise<MailServer> {
  const mailServer = await requireMailServer(manage, id, 'member')
  refuseOperatorSettings(manage, settings)
  const name = settings.name === undefined ? mailServer.name : textField('name', settings.name)
  const changes = { ...settingsField(settings), ...(name === mailServer.name ? {} : { name }) }
  const { organizationId } = mailServer
  await change(manage.db, async (tx) => {
    await lockOrganization(tx, organizationId)
    // Another case of its own name is no other name.
    if (name.toLowerCase() !== mailServer.name.toLowerCase()) await refuseTakenName(tx, { organizationId, name })
    await updateMailServer(tx, id, changes)
    await record(tx, manage, { action: 'mail_server.updated', subjectId: id, organizationId, details: { changed: changedFields(changes) } })
  })
  return { ...mailServer, ...changes }
}

/** Soft: mail is refused and its relays and rules are gone at once, its data a week later. */
export async function deleteMailServer(manage: Manage, { id, confirmation }: { id: number; confirmation: string }): Promise<void> {
  const mailServer = await requireMailServer(manage, id, 'admin')
  confirmName(mailServer.name, confirmation)
  const details = { name: mailServer.name }
  await change(manage.db, async (tx) => {
    await releaseMailServer(tx, id)
    await updateMailServer(tx, id, { deletedAt: manage.clock() })
    await record(tx, manage, { action: 'mail_server.deleted', subjectId: id, organizationId: mailServer.organizationId, details })
  })
}

export async function suspendMailServer(manage: Manage, { id, reason }: { id: number; reason: string }): Promise<void> {
  requireOperator(manage)
  const suspensionReason = textField('reason', reason)
  const changes = { suspendedAt: manage.clock(), suspensionReason }
  await apply(manage, await requireMailServer(manage, id, 'admin'), 'suspended', changes, { reason: suspensionReason })
}

export async function unsuspendMailServer(manage: Manage, { id }: { id: number }): Promise<void> {
  requireOperator(manage)
  const mailServer = await requireMailServer(manage, id, 'admin')
  if (!mailServer.suspendedAt) throw invalid('id', 'This mail server is not suspended.')
  await apply(manage, mailServer, 'unsuspended', { suspendedAt: null, suspensionReason: null }, {})
}

async function apply(
  manage: Manage,
  { id, organizationId }: MailServer,
  verb: string,
  changes: Parameters<typeof updateMailServer>[2],
  details: Readonly<{ [name: string]: unknown }>,
): Promise<void> {
  await change(manage.db, async (tx) => {
    await updateMailServer(tx, id, changes)
    await record(tx, manage, { action: `mail_server.${verb}`, subjectId: id, organizationId, details })
  })
}
