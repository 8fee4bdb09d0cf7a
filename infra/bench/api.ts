/** Sending by API v1 against our own SMTP accept in the same run. */
import { acceptedByUs, CONNECTIONS } from './accept.ts'
import { type Bench, scaled } from './bench.ts'
import { benchHtml, FROM, TO, withMailFile } from './mail.ts'
import { openBench } from './open.ts'
import { compare } from './result.ts'
import { costOfCounted, databasePid } from './usage.ts'
import { wrk } from './wrk.ts'

const SECONDS = 8
const WARM_UP_SECONDS = 2

export const apiBench =
  ({ recipients, goal }: { recipients: number; goal: number }): Bench =>
  (options) =>
    withMailFile(async (file) => {
      await using installation = await openBench(options)
      await installation.start('smtp')
      const web = await installation.start('web')
      const peerValue = await acceptedByUs(installation, file, options)
      const to = recipients === 1 ? [TO] : Array.from({ length: recipients }, (_, n) => `rcpt${n}@receiver.test`)
      const load = {
        url: `http://127.0.0.1:${installation.ports.web}/api/v1/send/message`,
        connections: CONNECTIONS,
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Server-API-Key': installation.apiKey },
        body: JSON.stringify({ to, from: FROM, subject: 'Your order 7781', html_body: benchHtml() }),
      }
      await wrk({ ...load, seconds: scaled(WARM_UP_SECONDS, options) })
      const before = await installation.queued()
      const pids = { web: web.pid, database: await databasePid(installation.db) }
      let result = { requests: 0, seconds: 0 }
      const cost = await costOfCounted(pids, async () => {
        result = await wrk({ ...load, seconds: scaled(SECONDS, options) })
        return result.requests * recipients
      })
      const { requests, seconds } = result
      const accepted = (await installation.queued()) - before
      // The service says errors with status 200, and the calls under way at the end are not counted by wrk
      if (accepted < requests * recipients) throw new Error(`${accepted} messages are queued where ${requests * recipients} were accepted`)
      const note = `send/message, ${recipients} recipient(s) a call, 4 KB of HTML, ${CONNECTIONS} connections, ${Math.round(requests / seconds)} calls/s; every message was found in the queue; ${cost}`
      const values = { value: (requests * recipients) / seconds, unit: 'messages/s', peer: 'own SMTP accept', peerValue }
      return [compare({ name: `api-${recipients}`, ...values, goal, note })]
    })
