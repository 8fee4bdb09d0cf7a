/** Endpoints to choose from, by their type. */
import { ENDPOINT_TYPES } from '../../../domain/message.ts'
import { type ListedEndpoint, labelOf } from '../../../manage/endpoint-list.ts'
import type { Options } from '../ui/choice.tsx'
import { TYPE_LABELS } from './list-page.tsx'

export const endpointGroups = (endpoints: readonly ListedEndpoint[]) =>
  ENDPOINT_TYPES.map((type) => ({ type, known: endpoints.filter((endpoint) => endpoint.type === type) }))
    .filter(({ known }) => known.length > 0)
    .map(({ type, known }) => ({
      label: TYPE_LABELS[type],
      options: Object.fromEntries(known.map((endpoint) => [endpoint.uuid, labelOf(endpoint)])) satisfies Options,
    }))
