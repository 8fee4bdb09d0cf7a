/** Domains of a mail server: list, add, verify, look up, remove. */
import { Hono } from 'hono'
import { notFound } from '../../../manage/access.ts'
import { checkDomain } from '../../../manage/domain-check.ts'
import { domainRecords } from '../../../manage/domain-records.ts'
import { addDomain, removeDomain, verifyDomain } from '../../../manage/domains.ts'
import { type Domain, findDomainOf, listDomains } from '../../../store/domains.ts'
import { listTrackingDomains } from '../../../store/tracking-domains.ts'
import { done, fieldOf, mistakeOf } from '../act.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { usedBy } from '../incoming-routes/used-by.tsx'
import { frameOf } from '../mail-servers/frame.tsx'
import { mailServerPlace, type Place } from '../place.ts'
import { send } from '../send.ts'
import type { Mistake } from '../ui/form.tsx'
import { viewOf } from '../ui/view.ts'
import { type DomainRow, DomainsPage } from './list-page.tsx'
import { DomainPage } from './show-page.tsx'

const LIST_MAX = 500

export function domainRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>()
    .get('/domains', (c) => list(c, deps))
    .post('/domains', (c) => add(c, deps))
    .get('/domains/:uuid', (c) => show(c, deps))
    .post('/domains/:uuid/verification', (c) => verify(c, deps))
    .post('/domains/:uuid/checks', (c) => check(c, deps))
    .post('/domains/:uuid/removal', (c) => remove(c, deps))
}

type Refused = { readonly name: string; readonly mistake: Mistake }

async function list(c: AdminContext, deps: AdminDeps, refused?: Refused): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  const { organizationId, id } = place.mailServer
  const [own, shared] = await Promise.all([
    listDomains(place.manage.db, { organizationId, mailServerId: id, limit: LIST_MAX }),
    listDomains(place.manage.db, { organizationId, mailServerId: null, limit: LIST_MAX }),
  ])
  const domains = [...own, ...shared].map((domain) => toRow(domain, place.path)).sort((a, b) => a.name.localeCompare(b.name))
  const page = <DomainsPage view={viewOf(c, deps)} server={frameOf(place)} domains={domains} {...refused} />
  return send(c, page, refused ? 422 : 200)
}

const toRow = (domain: Domain, path: string): DomainRow => ({
  name: domain.name,
  href: `${path}/domains/${domain.uuid}`,
  verified: domain.verifiedAt !== null,
  shared: domain.mailServerId === null,
  checks: [
    { label: 'SPF', status: domain.spfStatus, required: true },
    { label: 'DKIM', status: domain.dkimStatus, required: true },
    { label: 'MX', status: domain.mxStatus, required: false },
    { label: 'Return path', status: domain.returnPathStatus, required: false },
  ],
})

async function add(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { manage, mailServer, path } = await mailServerPlace(c, deps)
  const name = await fieldOf(c, 'name')
  try {
    const { uuid } = await addDomain(manage, { organizationId: mailServer.organizationId, mailServerId: mailServer.id, name })
    return done(c, 'domain.created', `${path}/domains/${uuid}`)
  } catch (fault) {
    return list(c, deps, { name, mistake: mistakeOf(fault) })
  }
}

type DomainPlace = { readonly place: Place; readonly domain: Domain; readonly href: string }

/** A domain of the mail server, or one that its organization shares with it. */
async function domainPlace(c: AdminContext, deps: AdminDeps): Promise<DomainPlace> {
  const place = await mailServerPlace(c, deps)
  const { organizationId, id } = place.mailServer
  const uuid = c.req.param('uuid') ?? ''
  const { db } = place.manage
  const domain =
    (await findDomainOf(db, { organizationId, mailServerId: id }, { uuid })) ??
    (await findDomainOf(db, { organizationId, mailServerId: null }, { uuid }))
  if (!domain) throw notFound('domain')
  return { place, domain, href: `${place.path}/domains/${uuid}` }
}

async function show(c: AdminContext, deps: AdminDeps, mistake?: Mistake): Promise<Response> {
  const { place, domain, href } = await domainPlace(c, deps)
  const [records, used, tracked] = await Promise.all([
    domainRecords(place.manage, domain),
    usedBy(place, { domainId: domain.id }),
    listTrackingDomains(place.manage.db, { mailServerId: place.mailServer.id, domainId: domain.id }),
  ])
  const props = {
    href,
    records,
    used,
    tracked,
    mistake,
    name: domain.name,
    verified: domain.verifiedAt !== null,
    checkedAt: domain.dnsCheckedAt,
  }
  return send(c, <DomainPage view={viewOf(c, deps)} server={frameOf(place)} {...props} />, mistake ? 422 : 200)
}

async function verify(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, domain, href } = await domainPlace(c, deps)
  try {
    await verifyDomain(place.manage, domain)
    return done(c, 'domain.verified', href)
  } catch (fault) {
    return show(c, deps, mistakeOf(fault))
  }
}

async function check(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, domain, href } = await domainPlace(c, deps)
  await checkDomain(place.manage, domain)
  return done(c, 'domain.checked', href)
}

async function remove(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, domain } = await domainPlace(c, deps)
  await removeDomain(place.manage, domain)
  return done(c, 'domain.deleted', `${place.path}/domains`)
}
