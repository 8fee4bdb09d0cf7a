/** Which endpoint a path names, for those who may change it. */
import { notFound, requireMailServer } from '../../../manage/access.ts'
import { endpointsOf, type ListedEndpoint } from '../../../manage/endpoint-list.ts'
import type { AdminContext, AdminDeps } from '../deps.ts'
import { mailServerPlace, type Place } from '../place.ts'

/** @throws AppError `auth.forbidden` for readers */
export async function placeToChange(c: AdminContext, deps: AdminDeps): Promise<Place> {
  const place = await mailServerPlace(c, deps)
  await requireMailServer(place.manage, place.mailServer.id, 'member')
  return place
}

export type EndpointPlace = {
  readonly place: Place
  readonly endpoint: ListedEndpoint
  /** Of the same mail server. */
  readonly others: readonly ListedEndpoint[]
  readonly href: string
}

export async function endpointAt(c: AdminContext, deps: AdminDeps): Promise<EndpointPlace> {
  const place = await placeToChange(c, deps)
  const known = await endpointsOf(place.manage, place.mailServer.id)
  const endpoint = known.find(({ uuid }) => uuid === c.req.param('uuid'))
  if (!endpoint) throw notFound('endpoint')
  return { place, endpoint, others: known.filter((one) => one !== endpoint), href: `${place.path}/endpoints/${endpoint.uuid}` }
}
