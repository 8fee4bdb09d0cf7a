/** The signing secret of an HTTP endpoint: shown, replaced, retired. */
import { Hono } from 'hono'
import { notFound } from '../../../manage/access.ts'
import { finishHttpEndpointRotation, revealHttpEndpointSecret, rotateHttpEndpointSecret } from '../../../manage/http-endpoint-secrets.ts'
import { done } from '../act.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { frameOf } from '../mail-servers/frame.tsx'
import { SECRET_REPLACED, SecretPage } from '../mail-servers/secret-page.tsx'
import type { Place } from '../place.ts'
import { send } from '../send.ts'
import { viewOf } from '../ui/view.ts'
import { endpointAt } from './endpoint-place.ts'

export function endpointSecretRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>()
    .post('/', (c) => reveal(c, deps))
    .post('/replacement', (c) => replace(c, deps))
    .post('/retirement', (c) => retire(c, deps))
}

type Shown = { readonly place: Place; readonly name: string; readonly secret: string; readonly notice?: string; readonly status?: 201 }

export async function showSecret(c: AdminContext, deps: AdminDeps, { place, status, notice, ...rest }: Shown): Promise<Response> {
  const page = <SecretPage view={viewOf(c, deps)} server={frameOf(place)} section="endpoints" notice={notice ?? null} {...rest} />
  return send(c, page, status)
}

/** Endpoints of other types sign nothing. */
async function httpEndpointAt(c: AdminContext, deps: AdminDeps) {
  const { place, endpoint, href } = await endpointAt(c, deps)
  if (endpoint.type !== 'http') throw notFound('endpoint')
  return { place, href, endpoint, name: endpoint.name, named: { mailServerId: endpoint.mailServerId, id: endpoint.id } }
}

async function reveal(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, name, named } = await httpEndpointAt(c, deps)
  return showSecret(c, deps, { place, name, secret: await revealHttpEndpointSecret(place.manage, named) })
}

async function replace(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, name, named, endpoint } = await httpEndpointAt(c, deps)
  const notice = endpoint.secrets === 0 ? 'Secret made. It signs from now on.' : SECRET_REPLACED
  return showSecret(c, deps, { place, name, secret: await rotateHttpEndpointSecret(place.manage, named), notice })
}

async function retire(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, href, named } = await httpEndpointAt(c, deps)
  await finishHttpEndpointRotation(place.manage, named)
  return done(c, 'secret.retired', href)
}
