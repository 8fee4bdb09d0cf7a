/** Verbs for tracking domains, the hosts that links of tracked mail point to. */
import { AppError } from '../domain/errors.ts'
import { newUuid } from '../domain/uuid.ts'
import { change, type Queries } from '../store/change.ts'
import { findDomain } from '../store/domains.ts'
import type { MailServer } from '../store/mail-servers.ts'
import {
  deleteTrackingDomain,
  findTrackingDomain,
  insertTrackingDomain,
  type TrackingDomainChange,
  type TrackingDomainRecord,
  updateTrackingDomain,
} from '../store/tracking-domains.ts'
import { notFound, requireMailServer, requireOwned } from './access.ts'
import { asTaken, changedFields, given, type Manage, record, requireOperator } from './context.ts'
import { checkTrackingHost, type Finding } from './dns-findings.ts'
import { invalid, wholeField } from './fields.ts'

type Settings = {
  readonly tls?: boolean
  readonly trackClicks?: boolean
  readonly trackOpens?: boolean
  /** Recipients may unsubscribe with one click, and are suppressed then. Not for password resets. */
  readonly offerUnsubscribe?: boolean
  /** Hosts whose links are left alone, by blanks or line breaks; `*.` covers subdomains. */
  readonly excludedClickDomains?: string
}

export type NewTrackingDomainInput = Settings & {
  readonly mailServerId: number
  /** A verified domain that the mail server may use. */
  readonly domainId: number
  /** One label, such as `click`. */
  readonly name: string
  /** When it is not the scheme's own, as on a laptop. */
  readonly port?: number
}

/** Looked at once at creation. @throws AppError `mail_server.not_found`, `domain.not_found`, `domain.not_verified`, `tracking_domain.taken` … */
export async function createTrackingDomain(manage: Manage, input: NewTrackingDomainInput): Promise<TrackingDomainRecord> {
  const mailServer = await requireMailServer(manage, input.mailServerId, 'member')
  const domainName = await requireUsableDomain(manage, mailServer, input.domainId)
  const name = `${labelField(input.name)}.${domainName}`
  const tracking: TrackingDomainRecord = {
    id: manage.newId(),
    mailServerId: mailServer.id,
    domainId: input.domainId,
    uuid: newUuid(manage.randomBytes),
    host: input.port === undefined ? name : `${name}:${wholeField('port', input.port, { min: 1, max: 65_535 })}`,
    tls: input.tls ?? true,
    trackClicks: input.trackClicks ?? true,
    trackOpens: input.trackOpens ?? true,
    offerUnsubscribe: input.offerUnsubscribe ?? false,
    excludedClickDomains: exclusionsField(input.excludedClickDomains ?? ''),
    ...outcome(manage, await checkTrackingHost(manage.newDns(), name, manage.dnsNames), { dnsStatus: null, dnsError: null }),
    createdAt: manage.clock(),
  }
  await change(manage.db, async (tx) => {
    await insertTrackingDomain(tx, tracking).catch(
      asTaken('tracking_domain.taken', 'domainId', `${domainName} already has a tracking domain on this mail server.`),
    )
    await note(tx, manage, mailServer, 'created', tracking.id, { host: tracking.host })
  })
  return tracking
}

async function requireUsableDomain({ db }: Manage, mailServer: MailServer, domainId: number): Promise<string> {
  const domain = await findDomain(db, domainId)
  const usable = domain?.organizationId === mailServer.organizationId && (domain.mailServerId ?? mailServer.id) === mailServer.id
  if (!domain || !usable) throw notFound('domain', 'domainId')
  if (!domain.verifiedAt)
    throw new AppError('domain.not_verified', `${domain.name} is not verified yet; verify it first.`, { field: 'domainId' })
  return domain.name
}

function labelField(value: string): string {
  const label = value.trim().toLowerCase()
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
    throw invalid('name', 'name must be one label of small letters, digits and hyphens, such as click.')
  return label
}

const EXCLUSIONS_BYTES_MAX = 60_000

function exclusionsField(value: string): string {
  const hosts = value
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
  const wrong = hosts.find((host) => !/^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(host))
  if (wrong !== undefined)
    throw invalid('excludedClickDomains', `excludedClickDomains must list hosts such as example.com or *.example.com, not ${wrong}.`)
  const text = [...new Set(hosts)].join('\n')
  if (text.length > EXCLUSIONS_BYTES_MAX)
    throw invalid('excludedClickDomains', 'excludedClickDomains is too long; use *. to cover subdomains.')
  return text
}

/** A finding that tells nothing leaves what was known. */
function outcome({ clock }: Manage, finding: Finding, known: Pick<TrackingDomainRecord, 'dnsStatus' | 'dnsError'>) {
  const found = finding.status === 'unknown' ? known : { dnsStatus: finding.status, dnsError: 'error' in finding ? finding.error : null }
  return { dnsCheckedAt: clock(), ...found }
}

/** @throws AppError `tracking_domain.not_found`, `auth.forbidden`, `input.invalid` */
export async function updateTrackingDomainSettings(
  manage: Manage,
  { id, ...input }: Settings & { readonly id: number },
): Promise<TrackingDomainRecord> {
  const { excludedClickDomains } = input
  const changes = given({
    tls: input.tls,
    trackClicks: input.trackClicks,
    trackOpens: input.trackOpens,
    offerUnsubscribe: input.offerUnsubscribe,
    excludedClickDomains: excludedClickDomains === undefined ? undefined : exclusionsField(excludedClickDomains),
  })
  return apply(manage, await requireTracking(manage, id, 'member'), 'updated', changes)
}

/** @throws AppError `tracking_domain.not_found`, `auth.forbidden` */
export async function checkTrackingDomain(manage: Manage, { id }: { id: number }): Promise<TrackingDomainRecord> {
  const owned = await requireTracking(manage, id, 'reader')
  const host = owned.row.host.replace(/:\d+$/, '')
  const changes = outcome(manage, await checkTrackingHost(manage.newDns(), host, manage.dnsNames), owned.row)
  if (manage.actor.type !== 'system') return apply(manage, owned, 'checked', changes)
  await updateTrackingDomain(manage.db, id, changes)
  return { ...owned.row, ...changes }
}

/** An operator vouches for the host, as in development, where no DNS knows it. The next check looks again. */
export async function approveTrackingDomain(manage: Manage, { id }: { id: number }): Promise<TrackingDomainRecord> {
  const owned = await requireTracking(manage, id, 'reader')
  requireOperator(manage)
  return apply(manage, owned, 'approved', { dnsCheckedAt: manage.clock(), dnsStatus: 'ok', dnsError: null })
}

/** @throws AppError `tracking_domain.not_found`, `auth.forbidden` */
export async function removeTrackingDomain(manage: Manage, { id }: { id: number }): Promise<void> {
  const { row, mailServer } = await requireTracking(manage, id, 'member')
  await change(manage.db, async (tx) => {
    await deleteTrackingDomain(tx, id)
    await note(tx, manage, mailServer, 'deleted', id, { host: row.host })
  })
}

type Owned = { readonly row: TrackingDomainRecord; readonly mailServer: MailServer }

const requireTracking = async (manage: Manage, id: number, wanted: 'reader' | 'member'): Promise<Owned> =>
  requireOwned(manage, 'tracking_domain', await findTrackingDomain(manage.db, id), wanted)

async function apply(
  manage: Manage,
  { row, mailServer }: Owned,
  verb: string,
  changes: TrackingDomainChange,
): Promise<TrackingDomainRecord> {
  await change(manage.db, async (tx) => {
    await updateTrackingDomain(tx, row.id, changes)
    await note(tx, manage, mailServer, verb, row.id, { changed: changedFields(changes) })
  })
  return { ...row, ...changes }
}

type Details = Readonly<{ [name: string]: unknown }>

const note = (tx: Queries, manage: Manage, { organizationId }: MailServer, verb: string, id: number, details: Details) =>
  record(tx, manage, { action: `tracking_domain.${verb}`, subjectId: id, organizationId, details })
