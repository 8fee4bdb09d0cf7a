/** A suppressed address is the very one that was refused: one with an accent is somebody else's. */
import { createTestDatabase } from '@posthaste/test/support/database.ts'
import { expect, it } from 'vitest'
import { addSuppressions, findSuppressions, listSuppressions, removeSuppression } from './suppressions.ts'
import { inTransaction } from './transaction.ts'

const NOW = new Date('2030-01-01T12:00:00Z')
const LOOKALIKES = ['jose@b.test', 'josé@b.test', 'strasse@b.test', 'straße@b.test']

it('tells addresses apart that look alike', async () => {
  await using database = await createTestDatabase()
  const { db } = database
  const added = LOOKALIKES.map((address, n) => ({
    ...{ id: n + 1, mailServerId: 1, address, reason: 'unknown user' },
    ...{ source: 'delivery' as const, keepUntil: null, createdAt: NOW },
  }))
  await inTransaction(db, (tx) => addSuppressions(tx, added))
  expect((await listSuppressions(db, { mailServerId: 1, now: NOW })).map(({ address }) => address)).toEqual(LOOKALIKES)
  expect(await removeSuppression(db, { mailServerId: 1, address: 'josé@b.test' })).toBe(true)
  expect((await findSuppressions(db, 1, LOOKALIKES, NOW)).map(({ address }) => address)).toEqual(
    LOOKALIKES.filter((one) => one !== 'josé@b.test'),
  )
})
