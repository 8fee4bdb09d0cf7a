/** The form of a route as text, and what the verbs make of it. */
import { AppError } from '../../../domain/errors.ts'
import type { ListedEndpoint } from '../../../manage/endpoint-list.ts'
import type { ListedRoute } from '../../../manage/route-list.ts'
import type { RouteSettings } from '../../../manage/routes.ts'
import type { Domain } from '../../../store/domains.ts'
import { type Endpoint, RETURN_PATH_NAME } from '../../../store/route-lookup.ts'
import { fieldOf, fieldsOf } from '../act.ts'
import type { AdminContext } from '../deps.ts'

/** As typed and chosen. Domains and endpoints are named by their uuids. */
export type RouteFields = {
  readonly name: string
  /** Empty for the return path. */
  readonly domainId: string
  /** An endpoint, or a mode that needs none. */
  readonly endpoint: string
  readonly additionalEndpoints: readonly string[]
  readonly spamMode: string
}

/** What may be chosen from. */
export type RouteChoices = { readonly domains: readonly Domain[]; readonly endpoints: readonly ListedEndpoint[] }

export const blankFields = (c: AdminContext, { domains, endpoints }: RouteChoices): RouteFields => ({
  name: '',
  domainId: c.req.query('domain') ?? domains[0]?.uuid ?? '',
  endpoint: c.req.query('endpoint') ?? endpoints[0]?.uuid ?? '',
  additionalEndpoints: [],
  spamMode: 'mark',
})

export const fieldsFrom = (route: ListedRoute, { domains }: RouteChoices): RouteFields => ({
  name: route.domainId === null ? '' : route.name,
  domainId: domains.find(({ id }) => id === route.domainId)?.uuid ?? '',
  endpoint: route.mode === 'endpoint' ? (route.targets[0]?.endpoint?.uuid ?? '') : route.mode,
  additionalEndpoints: route.targets.slice(1).flatMap(({ endpoint }) => endpoint?.uuid ?? []),
  spamMode: route.spamMode,
})

export const readFields = async (c: AdminContext): Promise<RouteFields> => ({
  name: await fieldOf(c, 'name'),
  domainId: await fieldOf(c, 'domainId'),
  endpoint: await fieldOf(c, 'endpoint'),
  additionalEndpoints: await fieldsOf(c, 'additionalEndpoints'),
  spamMode: await fieldOf(c, 'spamMode'),
})

/** Modes that lead to no endpoint. */
export const MODES = ['accept', 'hold', 'bounce', 'reject'] as const

/** @throws AppError `input.invalid` for what is not there any more */
export function routeInput(fields: RouteFields, { domains, endpoints }: RouteChoices): RouteSettings & { readonly name: string } {
  const domain = domains.find(({ uuid }) => uuid === fields.domainId)
  if (!domain && fields.domainId !== '') throw gone('domainId', 'That domain is gone; choose another.')
  const mode = MODES.find((known) => known === fields.endpoint)
  const named = (field: string) => (uuid: string) => {
    const found = endpoints.find((endpoint) => endpoint.uuid === uuid)
    if (!found) throw gone(field, uuid === '' ? 'Choose where the mail goes.' : 'That endpoint is gone; choose another.')
    return { endpointType: found.type, endpointId: found.id } satisfies Endpoint
  }
  // Its own endpoint gets the mail anyway
  const copies = fields.additionalEndpoints.filter((uuid) => uuid !== fields.endpoint).map(named('additionalEndpoints'))
  return {
    name: domain ? fields.name : RETURN_PATH_NAME,
    domainId: domain?.id ?? null,
    spamMode: fields.spamMode,
    additionalEndpoints: copies,
    ...(mode ? { mode } : { endpoint: named('endpoint')(fields.endpoint) }),
  }
}

const gone = (field: string, message: string): AppError => new AppError('input.invalid', message, { field })
