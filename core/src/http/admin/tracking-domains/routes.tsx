/** Tracking domains of a mail server: list, add, look up, change, remove. */
import { Hono } from 'hono'
import { AppError } from '../../../domain/errors.ts'
import { notFound, requireMailServer } from '../../../manage/access.ts'
import {
  checkTrackingDomain,
  createTrackingDomain,
  removeTrackingDomain,
  updateTrackingDomainSettings,
} from '../../../manage/tracking-domains.ts'
import { type Domain, findDomain, listDomains } from '../../../store/domains.ts'
import { findTrackingDomainOf, listTrackingDomains, type TrackingDomainRecord } from '../../../store/tracking-domains.ts'
import { done, mistakeOf } from '../act.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { frameOf } from '../mail-servers/frame.tsx'
import { mailServerPlace, type Place } from '../place.ts'
import { send } from '../send.ts'
import type { Mistake } from '../ui/form.tsx'
import { viewOf } from '../ui/view.ts'
import { type NewTrackingFields, readNew, readSettings, settingsFrom, type TrackingSettings } from './fields.ts'
import { TrackingDomainsPage } from './list-page.tsx'
import { TrackingDomainPage } from './show-page.tsx'

const LIST_MAX = 500

export function trackingDomainRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>()
    .get('/tracking-domains', (c) => list(c, deps))
    .post('/tracking-domains', (c) => create(c, deps))
    .get('/tracking-domains/:uuid', (c) => show(c, deps))
    .post('/tracking-domains/:uuid/settings', (c) => update(c, deps))
    .post('/tracking-domains/:uuid/checks', (c) => check(c, deps))
    .post('/tracking-domains/:uuid/removal', (c) => remove(c, deps))
}

async function list(c: AdminContext, deps: AdminDeps, refused?: { fields: NewTrackingFields; mistake: Mistake }): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  const [tracked, domains] = await Promise.all([trackedBy(place), verifiedDomains(place)])
  const free = domains.filter(({ id }) => !tracked.some(({ domainId }) => domainId === id))
  const sorted = tracked.toSorted((a, b) => a.host.localeCompare(b.host))
  const page = <TrackingDomainsPage view={viewOf(c, deps)} server={frameOf(place)} tracked={sorted} free={free} {...refused} />
  return send(c, page, refused ? 422 : 200)
}

const trackedBy = ({ manage, mailServer }: Place): Promise<TrackingDomainRecord[]> =>
  listTrackingDomains(manage.db, { mailServerId: mailServer.id, limit: LIST_MAX })

/** Of the mail server, and those that its organization shares with it. */
async function verifiedDomains({ manage, mailServer }: Place): Promise<Domain[]> {
  const { organizationId, id } = mailServer
  const owned = (mailServerId: number | null) => listDomains(manage.db, { organizationId, mailServerId, limit: LIST_MAX })
  const domains = (await Promise.all([owned(id), owned(null)])).flat()
  return domains.filter(({ verifiedAt }) => verifiedAt !== null).sort((a, b) => a.name.localeCompare(b.name))
}

async function create(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  await requireMailServer(place.manage, place.mailServer.id, 'member')
  const fields = await readNew(c)
  try {
    const domain = (await verifiedDomains(place)).find(({ uuid }) => uuid === fields.domainId)
    if (!domain) throw new AppError('input.invalid', 'There is no such domain; choose another.', { field: 'domainId' })
    const { name, domainId: _chosen, ...settings } = fields
    const input = { ...settings, name, domainId: domain.id, mailServerId: place.mailServer.id }
    const { uuid } = await createTrackingDomain(place.manage, input)
    return done(c, 'tracking_domain.created', `${place.path}/tracking-domains/${uuid}`)
  } catch (fault) {
    return list(c, deps, { fields, mistake: mistakeOf(fault) })
  }
}

type TrackingPlace = { readonly place: Place; readonly tracking: TrackingDomainRecord; readonly href: string }

/** @throws AppError `tracking_domain.not_found` */
async function trackingPlace(c: AdminContext, deps: AdminDeps): Promise<TrackingPlace> {
  const place = await mailServerPlace(c, deps)
  const tracking = await findTrackingDomainOf(place.manage.db, place.mailServer.id, { uuid: c.req.param('uuid') ?? '' })
  if (!tracking) throw notFound('tracking_domain')
  return { place, tracking, href: `${place.path}/tracking-domains/${tracking.uuid}` }
}

async function show(c: AdminContext, deps: AdminDeps, refused?: { settings: TrackingSettings; mistake: Mistake }): Promise<Response> {
  const { place, tracking } = await trackingPlace(c, deps)
  const { db, dnsNames } = place.manage
  const props = {
    ...{ view: viewOf(c, deps), server: frameOf(place), tracking, target: dnsNames.trackDomain },
    domain: await findDomain(db, tracking.domainId),
    settings: settingsFrom(tracking),
  }
  return send(c, <TrackingDomainPage {...props} {...refused} />, refused ? 422 : 200)
}

async function update(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, tracking, href } = await trackingPlace(c, deps)
  const settings = await readSettings(c)
  try {
    await updateTrackingDomainSettings(place.manage, { id: tracking.id, ...settings })
    return done(c, 'tracking_domain.updated', href)
  } catch (fault) {
    return show(c, deps, { settings, mistake: mistakeOf(fault) })
  }
}

async function check(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, tracking, href } = await trackingPlace(c, deps)
  await checkTrackingDomain(place.manage, tracking)
  return done(c, 'tracking_domain.checked', href)
}

async function remove(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, tracking } = await trackingPlace(c, deps)
  await removeTrackingDomain(place.manage, tracking)
  return done(c, 'tracking_domain.deleted', `${place.path}/tracking-domains`)
}
