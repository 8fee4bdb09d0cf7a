/** Verbs for what uses IP pools: the pool of a mail server, and rules by sender and recipient that go before it. */
import { isDeliverable, normaliseAddress } from '../domain/address.ts'
import { newUuid } from '../domain/uuid.ts'
import { change, type Queries } from '../store/change.ts'
import {
  deleteIpPoolRule,
  findIpPoolRule,
  type IpPoolRule,
  insertIpPoolRule,
  listIpPoolRules,
  updateIpPoolRule,
} from '../store/ip-pool-rules.ts'
import { type IpPool, isIpPoolAssigned, listIpPools, lockIpPools } from '../store/ip-pools.ts'
import { type MailServer, updateMailServer } from '../store/mail-servers.ts'
import { notFound, requireMailServer, requireOrganization, requirePlace } from './access.ts'
import { changedFields, given, type Manage, record } from './context.ts'
import { hostNameField, invalid } from './fields.ts'

/** Null for whatever address the system chooses. @throws AppError `mail_server.not_found`, `auth.forbidden`, `input.invalid` */
export async function chooseIpPool(
  manage: Manage,
  { mailServerId, ipPoolId }: { readonly mailServerId: number; readonly ipPoolId: number | null },
): Promise<MailServer> {
  const mailServer = await requireMailServer(manage, mailServerId, 'member')
  const { organizationId } = mailServer
  await change(manage.db, async (tx) => {
    if (ipPoolId !== null) await requireUsable(tx, { organizationId, ipPoolId })
    await updateMailServer(tx, mailServerId, { ipPoolId })
    await record(tx, manage, { action: 'mail_server.updated', subjectId: mailServerId, organizationId, details: { changed: ['ipPoolId'] } })
  })
  return { ...mailServer, ipPoolId }
}

/** What a new mail server begins with: the default pool, when its organization has it. */
export const firstIpPool = async (tx: Queries, organizationId: number): Promise<IpPool | undefined> =>
  (await listIpPools(tx, { organizationId })).find(({ isDefault }) => isDefault)

type Conditions = {
  /** Addresses and domains of senders, and of recipients: one of all has to apply. */
  readonly from?: readonly string[]
  readonly to?: readonly string[]
}

export type NewIpPoolRuleInput = Conditions & {
  readonly organizationId: number
  /** For one mail server; for all of the organization when absent. */
  readonly mailServerId?: number | null
  readonly ipPoolId: number
}

/** The newest rule is asked first. @throws AppError `organization.not_found`, `mail_server.not_found`, `auth.forbidden`, `input.invalid` */
export async function addIpPoolRule(manage: Manage, input: NewIpPoolRuleInput): Promise<IpPoolRule> {
  const { organizationId, mailServerId = null, ipPoolId } = input
  await requireOrganization(manage, organizationId, 'member')
  if (mailServerId !== null && (await requireMailServer(manage, mailServerId, 'member')).organizationId !== organizationId)
    throw notFound('mail_server', 'mailServerId')
  const { newId, randomBytes, clock } = manage
  const row: IpPoolRule = {
    ...{ id: newId(), uuid: newUuid(randomBytes), organizationId, mailServerId, ipPoolId, createdAt: clock() },
    fromText: conditionsField('from', input.from ?? []),
    toText: conditionsField('to', input.to ?? []),
  }
  requireCondition(row)
  await change(manage.db, async (tx) => {
    await requireUsable(tx, row)
    await insertIpPoolRule(tx, row)
    await note(tx, manage, row, 'created', facts(row))
  })
  return row
}

/** Changes what is given. @throws AppError `ip_pool_rule.not_found`, `auth.forbidden`, `input.invalid` */
export async function updateIpPoolRuleSettings(
  manage: Manage,
  { id, ipPoolId, ...conditions }: Conditions & { readonly id: number; readonly ipPoolId?: number },
): Promise<IpPoolRule> {
  const before = await requireRule(manage, { id })
  const changes = given({ ipPoolId, ...textsOf(conditions) })
  const row = { ...before, ...changes }
  requireCondition(row)
  await change(manage.db, async (tx) => {
    await requireUsable(tx, row)
    await updateIpPoolRule(tx, id, changes)
    await note(tx, manage, row, 'updated', { changed: changedFields(changes) })
  })
  return row
}

/** @throws AppError `ip_pool_rule.not_found`, `auth.forbidden` */
export async function removeIpPoolRule(manage: Manage, name: { readonly id: number } | { readonly uuid: string }): Promise<IpPoolRule> {
  const row = await requireRule(manage, name)
  await change(manage.db, async (tx) => {
    await deleteIpPoolRule(tx, row.id)
    await note(tx, manage, row, 'deleted', facts(row))
  })
  return row
}

/** Newest first, as they are asked. @throws AppError `organization.not_found`, `auth.forbidden` */
export async function ipPoolRulesOf(
  manage: Manage,
  place: { readonly organizationId: number; readonly mailServerId?: number },
): Promise<IpPoolRule[]> {
  await requireOrganization(manage, place.organizationId, 'reader')
  return listIpPoolRules(manage.db, place)
}

/** @throws AppError `ip_pool_rule.not_found`, `auth.forbidden` */
export async function requireRule(manage: Manage, name: { readonly id: number } | { readonly uuid: string }): Promise<IpPoolRule> {
  const row = await findIpPoolRule(manage.db, name)
  if (!row) throw notFound('ip_pool_rule')
  await requirePlace(manage, 'ip_pool_rule', row, 'member')
  return row
}

/** While nobody takes the pool away. A pool of others is told apart from none for nobody. */
async function requireUsable(tx: Queries, place: { readonly organizationId: number; readonly ipPoolId: number }): Promise<void> {
  await lockIpPools(tx)
  if (!(await isIpPoolAssigned(tx, place))) throw invalid('ipPoolId', 'ipPoolId must be an IP pool that the organization has been given.')
}

const CONDITIONS_MAX = 500

const textsOf = ({ from, to }: Conditions) =>
  given({
    fromText: from === undefined ? undefined : conditionsField('from', from),
    toText: to === undefined ? undefined : conditionsField('to', to),
  })

/** One a line, as they are kept. */
function conditionsField<F extends 'from' | 'to'>(field: F, values: readonly string[]): string {
  const conditions = values.map((value) => value.trim()).filter((value) => value !== '')
  if (conditions.length > CONDITIONS_MAX) throw invalid(field, `${field} must have at most ${CONDITIONS_MAX} addresses and domains.`)
  return [...new Set(conditions.map((condition) => conditionField(field, condition)))].join('\n')
}

function conditionField(field: string, condition: string): string {
  const message = `${field} must hold addresses and domains, and ${condition.slice(0, 100)} is neither.`
  if (!condition.includes('@')) return hostNameField(field, condition, message)
  const address = normaliseAddress(condition)
  if (!isDeliverable(address)) throw invalid(field, message)
  return address
}

function requireCondition({ fromText, toText }: IpPoolRule): void {
  if (fromText === '' && toText === '') throw invalid('from', 'A rule needs at least one address or domain, in from or in to.')
}

const facts = ({ mailServerId, ipPoolId, fromText, toText }: IpPoolRule) => ({ mailServerId, ipPoolId, from: fromText, to: toText })

const note = (
  tx: Queries,
  manage: Manage,
  { id, organizationId }: IpPoolRule,
  verb: string,
  details: Readonly<{ [name: string]: unknown }>,
) => record(tx, manage, { action: `ip_pool_rule.${verb}`, subjectId: id, organizationId, details })
