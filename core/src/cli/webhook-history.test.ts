import { expect, it } from 'vitest'
import { startCliFixture } from './cli.fixture.ts'
import { EXIT } from './run.ts'

const UUID = '1f8f9a52-6a6e-4d0c-8fc3-0a3a4f6f7b2d'

it('changes webhooks, and shows what was sent with the headers of both sides', async () => {
  await using cli = await startCliFixture()
  const { answer, posthaste, database } = cli
  await answer('org create Acme')
  const server = await answer('server create Shop')
  const hook = await answer('webhook create crm https://crm.example/hook --no-postal-signatures')
  expect(hook).toMatchObject({ postalSignatures: false, allEvents: true })

  const { secret } = await answer(`webhook secret ${hook.uuid} --replace`)
  expect(secret).not.toBe(hook.secret)
  expect(await answer(`webhook secret ${hook.uuid}`)).toEqual({ secret })
  expect(await answer(`webhook secret ${hook.uuid} --retire`)).toEqual({ retired: true })

  const changed = await answer(`webhook update ${hook.uuid} --postal-signatures --events MessageSent,MessageComplained --name CRM`)
  expect(changed).toMatchObject({ name: 'CRM', postalSignatures: true, allEvents: false, events: ['MessageSent', 'MessageComplained'] })
  expect(await answer(`webhook update ${hook.uuid} --no-enabled --events all`)).toMatchObject({
    enabled: false,
    allEvents: true,
    events: [],
  })
  expect(await posthaste('webhook update none --enabled')).toMatchObject({
    code: EXIT.refused,
    err: expect.stringContaining('no webhook none'),
  })
  expect((await posthaste('audit list')).out.match(/webhook\.updated/g)).toHaveLength(2)

  expect((await posthaste('webhook list')).out).toMatch(/ off +all/)
  const { $client: client } = database.db
  await client.query("UPDATE webhooks SET enabled = TRUE, failures_in_a_row = 12, open_until = NOW(3), paused_at = '2026-11-21 10:00'")
  expect((await posthaste('webhook list')).out).toContain('rests since 2026-11-21T10:00Z')
  await client.query(
    `INSERT INTO webhook_requests
       (id, mail_server_id, webhook_id, event_id, sequence, uuid, event, body, state, attempts, due_at, retry_until, created_at)
     VALUES (7, ?, ?, 1, 1, ?, 'MessageSent', '{}', 'dead', 1, NOW(3), NOW(3), NOW(3))`,
    [server.id, hook.id, UUID],
  )
  await client.query(
    `INSERT INTO webhook_attempts (id, mail_server_id, webhook_id, request_id, attempt, url, status_code, ms, response_body, request_headers,
       response_headers, will_retry, created_at) VALUES (8, ?, ?, 7, 1, 'https://crm.example/hook', 500, 12, ?, ?, ?, FALSE, NOW(3))`,
    [server.id, hook.id, '\u001b[2JOops', JSON.stringify([['webhook-id', UUID]]), JSON.stringify([['X-Request-Id', '4711']])],
  )
  const shown = await answer(`webhook request ${UUID}`)
  expect(shown).toMatchObject({ uuid: UUID, body: '{}', attempts: [{ statusCode: 500, responseHeaders: [['X-Request-Id', '4711']] }] })
  const { out } = await posthaste(`webhook request ${UUID}`)
  for (const line of ['MessageSent', 'HTTP 500', `> webhook-id: ${UUID}`, '< X-Request-Id: 4711', 'Oops']) expect(out).toContain(line)
  expect(out).not.toContain('\u001b')
  expect(await posthaste('webhook request none')).toMatchObject({ code: EXIT.refused })
})
