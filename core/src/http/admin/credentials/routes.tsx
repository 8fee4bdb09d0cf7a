/** Credentials of a mail server: list, create, show the key, revoke. */
import { Hono } from 'hono'
import { notFound } from '../../../manage/access.ts'
import { createCredential, revealCredentialKey, revokeCredential } from '../../../manage/credentials.ts'
import { oneOfField } from '../../../manage/fields.ts'
import { type Credential, findCredentialByUuid, listCredentials } from '../../../store/credentials.ts'
import { done, fieldOf, mistakeOf } from '../act.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { frameOf } from '../mail-servers/frame.tsx'
import { mailServerPlace, type Place } from '../place.ts'
import { send } from '../send.ts'
import type { Mistake } from '../ui/form.tsx'
import { viewOf } from '../ui/view.ts'
import { callsOf } from './edit-routes.tsx'
import type { CredentialFields } from './form.tsx'
import { KeyPage } from './key-page.tsx'
import { type CredentialRow, CredentialsPage } from './list-page.tsx'

const LIST_MAX = 500
const TYPES = ['smtp', 'api', 'smtp_ip'] as const

export function credentialRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>()
    .get('/credentials', (c) => list(c, deps))
    .post('/credentials', (c) => create(c, deps))
    .post('/credentials/:uuid/key', (c) => showKey(c, deps))
    .post('/credentials/:uuid/revocation', (c) => revoke(c, deps))
}

async function list(c: AdminContext, deps: AdminDeps, refused?: { fields: CredentialFields; mistake: Mistake }): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  const found = await listCredentials(place.manage.db, { mailServerId: place.mailServer.id, limit: LIST_MAX })
  const rows = found.map((credential) => toRow(credential, place.path))
  const page = <CredentialsPage view={viewOf(c, deps)} server={frameOf(place)} credentials={rows} {...refused} />
  return send(c, page, refused ? 422 : 200)
}

const toRow = ({ uuid, type, name, keyHint, network, hold, callsPerMinute, lastUsedAt }: Credential, path: string): CredentialRow => ({
  ...{ type, name, hold, callsPerMinute, lastUsedAt },
  href: `${path}/credentials/${uuid}`,
  shown: network ?? `${keyHint ?? ''}…`,
})

async function create(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  const fields: CredentialFields = {
    type: await fieldOf(c, 'type'),
    name: await fieldOf(c, 'name'),
    network: await fieldOf(c, 'network'),
    callsPerMinute: await fieldOf(c, 'callsPerMinute'),
    hold: (await fieldOf(c, 'hold')) === 'yes',
  }
  try {
    const type = oneOfField('type', fields.type, TYPES)
    const input = { ...fields, type, callsPerMinute: callsOf(fields.callsPerMinute), mailServerId: place.mailServer.id }
    const { credential, key } = await createCredential(place.manage, input)
    return send(c, <KeyPage {...keyProps(c, deps, place, credential)} secret={key} created={true} />, 201)
  } catch (fault) {
    return list(c, deps, { fields, mistake: mistakeOf(fault) })
  }
}

const keyProps = (c: AdminContext, deps: AdminDeps, place: Place, { name, type }: Credential) => ({
  ...{ name, type },
  view: viewOf(c, deps),
  server: frameOf(place),
  userName: `${place.organization.permalink}/${place.mailServer.permalink}`,
})

async function credentialAt(c: AdminContext, deps: AdminDeps): Promise<{ place: Place; credential: Credential }> {
  const place = await mailServerPlace(c, deps)
  const credential = await findCredentialByUuid(place.manage.db, place.mailServer.id, c.req.param('uuid') ?? '')
  if (!credential) throw notFound('credential')
  return { place, credential }
}

async function showKey(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, credential } = await credentialAt(c, deps)
  const key = await revealCredentialKey(place.manage, credential)
  return send(c, <KeyPage {...keyProps(c, deps, place, credential)} secret={key} created={false} />)
}

async function revoke(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, credential } = await credentialAt(c, deps)
  await revokeCredential(place.manage, credential)
  return done(c, 'credential.revoked', `${place.path}/credentials`)
}
