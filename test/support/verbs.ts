/** The context of verbs on a database, acting as the command line, for tests that are not about verbs. */
import { randomBytes } from 'node:crypto'
import { createIds, NODES_MAX } from '@posthaste/core/domain/ids.ts'
import { createVault, type Vault } from '@posthaste/core/domain/vault.ts'
import type { Manage } from '@posthaste/core/manage/context.ts'
import type { Database } from '@posthaste/core/store/database.ts'

const clock = () => new Date()
/** The highest node, so that its ids meet none that a test's engine makes. */
const newId = createIds({ node: NODES_MAX - 1, clock })

export function manageOn(db: Database, vault: Vault = createVault(randomBytes(32))): Manage {
  return {
    ...{ db, vault, clock, randomBytes, newId, actor: { type: 'cli' } },
    dnsNames: {
      ...{ mxRecords: [], spfInclude: 'spf.test', returnPathDomain: 'rp.test', routeDomain: 'routes.test', trackDomain: 'track.test' },
      ...{ dkimIdentifier: 'postal', domainVerifyPrefix: 'postal-verification', customReturnPathPrefix: 'psrp' },
    },
    newDns: () => {
      throw new Error('this test asks no DNS')
    },
    newMailServer: { spamThreshold: 5, spamFailureThreshold: 20 },
  }
}
