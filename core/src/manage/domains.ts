/** Verbs for the domains that mail is sent from. */
import { getDomain as registrableDomain } from 'tldts'
import { normaliseDomain } from '../domain/address.ts'
import { AppError } from '../domain/errors.ts'
import { verificationToken } from '../domain/token.ts'
import { newUuid } from '../domain/uuid.ts'
import { change, type Queries } from '../store/change.ts'
import {
  type Domain,
  type DomainOwner,
  deleteDomain,
  findDomain,
  findDomainOf,
  insertDomain,
  updateDomain,
  verifiedElsewhere,
} from '../store/domains.ts'
import { lockOrganization } from '../store/organizations.ts'
import { notFound, requireMailServer, requireOrganization, requirePlace } from './access.ts'
import { isOperator, type Manage, record, requireOperator } from './context.ts'
import { newDkimKeys } from './dkim.ts'
import { invalid } from './fields.ts'

export type NewDomainInput = {
  /** Null for a domain that all mail servers of the organization share. */
  readonly mailServerId: number | null
  readonly organizationId: number
  /** In any spelling: capitals, a final dot, other scripts. */
  readonly name: string
  /** Without proof, which only an operator may say. It is what an operator says when nothing is given. */
  readonly verified?: boolean
}

/** @throws AppError `{owner}.not_found`, `auth.forbidden`, `input.invalid`, `domain.taken` */
export async function addDomain(manage: Manage, { verified = isOperator(manage.actor), ...input }: NewDomainInput): Promise<Domain> {
  if (verified) requireOperator(manage)
  const owner = await requireOwner(manage, input)
  const name = domainField(input.name)
  const domain: Domain = { ...blank(manage), ...owner, name, verifiedAt: verified ? manage.clock() : null }
  const keys = await newDkimKeys(manage, domain.id)
  return change(manage.db, async (tx) => {
    await refuseTaken(tx, owner, name)
    await insertDomain(tx, domain, keys)
    await record(tx, manage, {
      action: 'domain.created',
      subjectId: domain.id,
      organizationId: owner.organizationId,
      details: { name, verified },
    })
    return domain
  })
}

async function requireOwner(manage: Manage, { organizationId, mailServerId }: DomainOwner): Promise<DomainOwner> {
  if (mailServerId === null) await requireOrganization(manage, organizationId, 'member')
  else if ((await requireMailServer(manage, mailServerId, 'member')).organizationId !== organizationId) throw notFound('mail_server')
  return { organizationId, mailServerId }
}

/** No unique index can say this, because one owner in two is null: the organization's row keeps two at once apart. */
async function refuseTaken(tx: Queries, owner: DomainOwner, name: string): Promise<void> {
  if (!(await lockOrganization(tx, owner.organizationId))) throw notFound('organization')
  if (await findDomainOf(tx, owner, { name })) throw new AppError('domain.taken', `${name} is already added.`, { field: 'name' })
}

const LABELS = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/

/** Small A-labels without a final dot. RFC 5890 §2.3.2.1 */
function domainField(value: string): string {
  const name = normaliseDomain(value)
  if (!LABELS.test(name)) throw invalid('name', 'name must be a domain such as example.com or mail.example.com.')
  if (registrableDomain(name, { allowPrivateDomains: false }) === null)
    throw invalid('name', `name must not be ${name}, under which everybody can register domains; add your own.`)
  return name
}

const blank = ({ newId, randomBytes, clock }: Manage): Omit<Domain, 'organizationId' | 'mailServerId' | 'name' | 'verifiedAt'> => ({
  id: newId(),
  uuid: newUuid(randomBytes),
  verificationMethod: 'dns',
  verificationToken: verificationToken(randomBytes),
  useForAny: false,
  dnsCheckedAt: null,
  spfStatus: null,
  spfError: null,
  dkimStatus: null,
  dkimError: null,
  mxStatus: null,
  mxError: null,
  returnPathStatus: null,
  returnPathError: null,
  createdAt: clock(),
})

/** @throws AppError `domain.not_found`, `auth.forbidden` */
export async function requireDomain(manage: Manage, id: number, wanted: 'reader' | 'member'): Promise<Domain> {
  const domain = await findDomain(manage.db, id)
  if (!domain) throw notFound('domain')
  await requirePlace(manage, 'domain', domain, wanted)
  return domain
}

/** The TXT value that proves a domain to be its owner's. */
export const verificationRecord = (
  { dnsNames }: Pick<Manage, 'dnsNames'>,
  { verificationToken }: Pick<Domain, 'verificationToken'>,
): string => `${dnsNames.domainVerifyPrefix} ${verificationToken}`

/**
 * Looks for the proof in DNS, at the domain itself or at the label of the prefix below it.
 * @throws AppError `domain.not_found`, `domain.unproven` when it is not there, `domain.taken` when another organization has proved it
 */
export async function verifyDomain(manage: Manage, { id }: { id: number }): Promise<Domain> {
  const domain = await requireDomain(manage, id, 'member')
  if (domain.verifiedAt) return domain
  const wanted = verificationRecord(manage, domain)
  const dns = manage.newDns()
  const places = [domain.name, `_${manage.dnsNames.domainVerifyPrefix}.${domain.name}`]
  const answers = await Promise.all(places.map((place) => dns.txt(place)))
  const found = answers.some((answer) => answer.kind === 'found' && answer.records.some((text) => text.trim() === wanted))
  if (!found) {
    const unavailable = answers.every((answer) => answer.kind === 'unavailable')
    const why = unavailable ? 'No DNS server answered for it; try again in a while.' : 'A new record can take some minutes to be seen.'
    throw new AppError('domain.unproven', `${domain.name} has no TXT record "${wanted}". ${why}`, { field: 'name' })
  }
  return markVerified(manage, domain, 'dns')
}

/** An operator vouches for the domain. @throws AppError `domain.not_found`, `auth.forbidden` */
export async function approveDomain(manage: Manage, { id }: { id: number }): Promise<Domain> {
  const domain = await requireDomain(manage, id, 'reader')
  requireOperator(manage)
  return domain.verifiedAt ? domain : markVerified(manage, domain, 'operator')
}

async function markVerified(manage: Manage, domain: Domain, by: 'dns' | 'operator'): Promise<Domain> {
  const verifiedAt = manage.clock()
  const { id, name, organizationId } = domain
  await change(manage.db, async (tx) => {
    if ((await verifiedElsewhere(tx, { organizationId, name })) && by !== 'operator')
      throw new AppError('domain.taken', `${name} is in use elsewhere on this installation; ask its administrator to verify it for you.`, {
        field: 'name',
      })
    await updateDomain(tx, id, { verifiedAt })
    await record(tx, manage, { action: 'domain.verified', subjectId: id, organizationId, details: { name, by } })
  })
  return { ...domain, verifiedAt }
}

/** With its routes and tracking domains. @throws AppError `domain.not_found`, `auth.forbidden` */
export async function removeDomain(manage: Manage, { id }: { id: number }): Promise<void> {
  const { name, organizationId } = await requireDomain(manage, id, 'member')
  await change(manage.db, async (tx) => {
    await deleteDomain(tx, id)
    await record(tx, manage, { action: 'domain.deleted', subjectId: id, organizationId, details: { name } })
  })
}

/** Whether the domain stands in for any sender address. @throws AppError `domain.not_found`, `auth.forbidden` */
export async function setDomainUseForAny(manage: Manage, { id, useForAny }: { id: number; useForAny: boolean }): Promise<Domain> {
  const domain = await requireDomain(manage, id, 'reader')
  requireOperator(manage)
  await change(manage.db, async (tx) => {
    await updateDomain(tx, id, { useForAny })
    await record(tx, manage, { action: 'domain.updated', subjectId: id, organizationId: domain.organizationId, details: { useForAny } })
  })
  return { ...domain, useForAny }
}
