/** When endpoints were last used. */
import type { EndpointType } from '../domain/message.ts'
import type { Database } from './database.ts'
import { createLastUse, type LastUseOptions } from './last-use.ts'

/** Disposing writes what is still noted. */
export type EndpointUse = AsyncDisposable & { readonly note: (type: EndpointType, id: number) => void }

const TABLES: Readonly<Record<EndpointType, string>> = { http: 'http_endpoints', smtp: 'smtp_endpoints', address: 'address_endpoints' }

export function createEndpointUse({ db, ...options }: LastUseOptions & { readonly db: Database }): EndpointUse {
  const useOf = (type: EndpointType) =>
    createLastUse((ids, now) => db.$client.query(`UPDATE ${TABLES[type]} SET last_used_at = ? WHERE id IN (?)`, [now, ids]), options)
  const uses = { http: useOf('http'), smtp: useOf('smtp'), address: useOf('address') }
  return {
    note: (type, id) => uses[type].note(id),
    [Symbol.asyncDispose]: async () => {
      for (const use of Object.values(uses)) await use[Symbol.asyncDispose]()
    },
  }
}
