/** Promises of the revocation list. */
import type { TokenClaims } from '@posthaste/shared/tracking/token.ts'
import { expect, it } from 'vitest'
import { createRevocationReader, type RevocationSource } from './revocations.ts'

const claims: TokenClaims = {
  purpose: 'click',
  keyId: 1,
  mailServerId: 41,
  messageId: 42,
  link: 3,
  issuedDay: 20_000,
  destination: 'https://example.com/',
}
const START = Date.UTC(2026, 10, 21)
const never = () => new Promise<never>(() => undefined)

/** A store whose content, faults and clock the test moves. */
function source(content: { text?: string | null; fault?: Error }) {
  const state = { now: START, reads: 0, faults: 0 }
  const given: RevocationSource = {
    read: async () => {
      state.reads += 1
      if (content.fault) throw content.fault
      return content.text
    },
    clock: () => new Date(state.now),
    wait: never,
    onFault: () => {
      state.faults += 1
    },
  }
  return { state, given }
}

it('kills a link, a message, a mail server or a key, and nothing beside it', async () => {
  for (const list of [{ links: ['42/3'] }, { messages: [42] }, { mailServers: [41] }, { keys: [1] }]) {
    const isRevoked = await createRevocationReader(source({ text: JSON.stringify(list) }).given)()
    expect(isRevoked(claims)).toBe(true)
    expect(isRevoked({ ...claims, keyId: 2, mailServerId: 43, messageId: 44, link: 4 })).toBe(false)
  }
})

it('takes effect within half a minute without being read for every request', async () => {
  const content: { text: string | null } = { text: null }
  const { state, given } = source(content)
  const reader = createRevocationReader(given)
  expect((await reader())(claims)).toBe(false)
  content.text = '{"messages":[42]}'
  state.now += 20_000
  expect((await reader())(claims)).toBe(false)
  expect(state.reads).toBe(1)
  state.now += 10_000
  expect((await reader())(claims)).toBe(true)
  expect(state.reads).toBe(2)
})

it('lets everything pass when it cannot be read, and stays in force once it was', async () => {
  const content: { text: string | null; fault?: Error } = { text: null, fault: new Error('away') }
  const { state, given } = source(content)
  const reader = createRevocationReader(given)
  expect((await reader())(claims)).toBe(false)
  delete content.fault
  content.text = '{"messages":[42]}'
  state.now += 30_000
  expect((await reader())(claims)).toBe(true)
  for (const broken of ['not json', '{"messages":"42"}']) {
    content.text = broken
    state.now += 30_000
    expect((await reader())(claims)).toBe(true)
  }
  expect(state.faults).toBe(3)
})

it('does not keep a recipient waiting when the store hangs', async () => {
  const { given } = source({})
  const reader = createRevocationReader({ ...given, read: never, wait: () => Promise.resolve() })
  expect((await reader())(claims)).toBe(false)
})
