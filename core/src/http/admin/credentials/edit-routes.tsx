/** Changes the settings of a credential. */
import { Hono } from 'hono'
import { notFound, requireMailServer } from '../../../manage/access.ts'
import { updateCredentialSettings } from '../../../manage/credentials.ts'
import { type Credential, findCredentialByUuid } from '../../../store/credentials.ts'
import { done, fieldOf, mistakeOf } from '../act.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { frameOf } from '../mail-servers/frame.tsx'
import { mailServerPlace, type Place } from '../place.ts'
import { send } from '../send.ts'
import { viewOf } from '../ui/view.ts'
import { type EditFields, EditPage } from './edit-page.tsx'

export function credentialEditRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>().get('/credentials/:uuid', (c) => edit(c, deps)).post('/credentials/:uuid/settings', (c) => save(c, deps))
}

async function credentialAt(c: AdminContext, deps: AdminDeps): Promise<{ place: Place; credential: Credential; href: string }> {
  const place = await mailServerPlace(c, deps)
  const { manage, mailServer } = place
  const credential = await findCredentialByUuid(manage.db, mailServer.id, c.req.param('uuid') ?? '')
  if (!credential) throw notFound('credential')
  await requireMailServer(manage, mailServer.id, 'member')
  return { place, credential, href: `${place.path}/credentials/${credential.uuid}` }
}

async function edit(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, credential, href } = await credentialAt(c, deps)
  const { type, name, hold } = credential
  const fields: EditFields = { name, hold, callsPerMinute: credential.callsPerMinute?.toString() ?? '' }
  return send(c, <EditPage view={viewOf(c, deps)} server={frameOf(place)} href={href} type={type} fields={fields} />)
}

async function save(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, credential, href } = await credentialAt(c, deps)
  const { id, type } = credential
  const callsPerMinute = await fieldOf(c, 'callsPerMinute')
  const fields: EditFields = { name: await fieldOf(c, 'name'), hold: (await fieldOf(c, 'hold')) === 'yes', callsPerMinute }
  try {
    const { name, hold } = fields
    await updateCredentialSettings(place.manage, { id, name, hold, ...(type === 'api' ? { callsPerMinute: callsOf(callsPerMinute) } : {}) })
    return done(c, 'credential.updated', `${place.path}/credentials`)
  } catch (fault) {
    const props = { view: viewOf(c, deps), server: frameOf(place), href, type, fields, mistake: mistakeOf(fault) }
    return send(c, <EditPage {...props} />, 422)
  }
}

/** Nothing typed is no limit. */
export const callsOf = (typed: string): number | null => (typed.trim() === '' ? null : Number(typed))
