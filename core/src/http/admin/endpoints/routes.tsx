/** Endpoints of a mail server, of all three types: list, add, change, remove. */
import { Hono } from 'hono'
import { AppError } from '../../../domain/errors.ts'
import { ENDPOINT_TYPES, type EndpointType } from '../../../domain/message.ts'
import { notFound } from '../../../manage/access.ts'
import { createAddressEndpoint, updateAddressEndpointSettings } from '../../../manage/address-endpoints.ts'
import { endpointsOf, type ListedEndpoint, targetOf } from '../../../manage/endpoint-list.ts'
import { removeEndpoint } from '../../../manage/endpoints.ts'
import { createHttpEndpoint, updateHttpEndpointSettings } from '../../../manage/http-endpoints.ts'
import { createSmtpEndpoint, updateSmtpEndpointSettings } from '../../../manage/smtp-endpoints.ts'
import { done, fieldOf, mistakeOf } from '../act.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { usedBy } from '../incoming-routes/used-by.tsx'
import { frameOf } from '../mail-servers/frame.tsx'
import { mailServerPlace } from '../place.ts'
import { send } from '../send.ts'
import type { Mistake } from '../ui/form.tsx'
import { noticeText } from '../ui/notices.ts'
import { viewOf } from '../ui/view.ts'
import { endpointAt, placeToChange } from './endpoint-place.ts'
import { blankFields, type EndpointFields, fieldsFrom, httpInput, readFields, smtpInput } from './fields.ts'
import { EndpointPage } from './form-page.tsx'
import { type EndpointItem, EndpointsPage } from './list-page.tsx'
import { endpointSecretRoutes, showSecret } from './secret-routes.tsx'

export function endpointRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>()
    .get('/endpoints', (c) => list(c, deps))
    .get('/endpoints/new/:type', (c) => showNew(c, deps))
    .post('/endpoints/new/:type', (c) => create(c, deps))
    .get('/endpoints/:uuid', (c) => show(c, deps))
    .post('/endpoints/:uuid/settings', (c) => update(c, deps))
    .post('/endpoints/:uuid/removal', (c) => remove(c, deps))
    .route('/endpoints/:uuid/secret', endpointSecretRoutes(deps))
}

async function list(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  const server = frameOf(place)
  const endpoints = await endpointsOf(place.manage, place.mailServer.id)
  const items = endpoints.map((endpoint) => toItem(endpoint, place.path, server.writable))
  return send(c, <EndpointsPage view={viewOf(c, deps)} server={server} endpoints={items} />)
}

const toItem = (endpoint: ListedEndpoint, path: string, writable: boolean): EndpointItem => ({
  href: `${path}/endpoints/${endpoint.uuid}`,
  type: endpoint.type,
  name: endpoint.type === 'address' ? endpoint.address : endpoint.name,
  target: endpoint.type === 'http' && !writable ? withoutSecrets(endpoint.url) : targetOf(endpoint),
  lastUsedAt: endpoint.lastUsedAt,
})

/** Passwords in URLs are not for readers. */
function withoutSecrets(text: string): string {
  const url = URL.parse(text)
  return url ? `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}` : ''
}

function typeAt(c: AdminContext): EndpointType {
  const type = ENDPOINT_TYPES.find((known) => known === c.req.param('type'))
  if (!type) throw notFound('endpoint')
  return type
}

type Refused = { readonly fields: EndpointFields; readonly replaceBy?: string; readonly mistake: Mistake }

async function showNew(c: AdminContext, deps: AdminDeps, refused?: Refused): Promise<Response> {
  const place = await placeToChange(c, deps)
  const shown = refused ?? { fields: blankFields(typeAt(c)) }
  return send(c, <EndpointPage view={viewOf(c, deps)} server={frameOf(place)} href={null} used={null} {...shown} />, refused ? 422 : 200)
}

async function create(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await placeToChange(c, deps)
  const { manage, mailServer, path } = place
  const fields = await readFields(c, typeAt(c))
  const mailServerId = mailServer.id
  try {
    if (fields.type === 'http') {
      const { name, secret } = await createHttpEndpoint(manage, { mailServerId, ...httpInput(fields) })
      return showSecret(c, deps, { place, name, secret, notice: noticeText('endpoint.created'), status: 201 })
    }
    if (fields.type === 'smtp') await createSmtpEndpoint(manage, { mailServerId, ...smtpInput(fields, await fieldOf(c, 'password')) })
    else await createAddressEndpoint(manage, { mailServerId, address: fields.address })
    return done(c, 'endpoint.created', `${path}/endpoints`)
  } catch (fault) {
    return showNew(c, deps, { fields, mistake: mistakeOf(fault) })
  }
}

async function show(c: AdminContext, deps: AdminDeps, refused?: Refused): Promise<Response> {
  const { place, endpoint, others, href } = await endpointAt(c, deps)
  const secrets = endpoint.type === 'http' ? endpoint.secrets : null
  const used = await usedBy(place, { endpoint: { endpointType: endpoint.type, endpointId: endpoint.id } })
  const shown = { secrets, used, others, ...(refused ?? { fields: fieldsFrom(endpoint) }) }
  return send(c, <EndpointPage view={viewOf(c, deps)} server={frameOf(place)} href={href} {...shown} />, refused ? 422 : 200)
}

async function update(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, endpoint } = await endpointAt(c, deps)
  const fields = await readFields(c, endpoint.type)
  const named = { mailServerId: place.mailServer.id, id: endpoint.id }
  try {
    if (fields.type === 'http') await updateHttpEndpointSettings(place.manage, { ...named, ...httpInput(fields) })
    else if (fields.type === 'smtp')
      await updateSmtpEndpointSettings(place.manage, { ...named, ...smtpInput(fields, await fieldOf(c, 'password')) })
    else await updateAddressEndpointSettings(place.manage, { ...named, address: fields.address })
    return done(c, 'endpoint.updated', `${place.path}/endpoints`)
  } catch (fault) {
    return show(c, deps, { fields, mistake: mistakeOf(fault) })
  }
}

async function remove(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, endpoint, others } = await endpointAt(c, deps)
  const chosen = await fieldOf(c, 'replaceBy')
  try {
    const other = others.find(({ uuid }) => uuid === chosen)
    if (chosen !== '' && !other) throw new AppError('input.invalid', 'That endpoint is gone; choose another.', { field: 'replaceBy' })
    const replaceBy = other && { endpointType: other.type, endpointId: other.id }
    await removeEndpoint(place.manage, {
      ...{ mailServerId: place.mailServer.id, type: endpoint.type, id: endpoint.id },
      ...(replaceBy ? { replaceBy } : {}),
    })
    return done(c, replaceBy ? 'endpoint.replaced' : 'endpoint.deleted', `${place.path}/endpoints`)
  } catch (fault) {
    return show(c, deps, { fields: fieldsFrom(endpoint), replaceBy: chosen, mistake: mistakeOf(fault) })
  }
}
