/** `/api/v1`: four actions, called by any method that can carry parameters. */
import { type Context, Hono } from 'hono'
import { describeFault } from '../../../observe/fault.ts'
import type { WithBody } from '../../body.ts'
import { ANSWERS, RETRY_AFTER_SECONDS, toRefusal } from '../../errors.ts'
import type { WebEnv } from '../../web-env.ts'
import type { Admit } from '../admission.ts'
import { refuseAdmission } from './admission.ts'
import type { Action, ApiDeps } from './call.ts'
import { readDeliveries } from './deliveries.ts'
import { type Answer, envelope, refuse, wrongParameter } from './envelope.ts'
import { readMessage } from './message.ts'
import { findParameters } from './parameters.ts'
import { MESSAGES, type RefusalCode } from './refusals.ts'
import { sendMessage } from './send-message.ts'
import { sendRaw } from './send-raw.ts'

const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ['send/message', sendMessage],
  ['send/raw', sendRaw],
  ['messages/message', readMessage],
  ['messages/deliveries', readDeliveries],
])

const METHODS = ['GET', 'POST', 'PUT', 'PATCH']

export type ApiV1Deps = ApiDeps & { readonly admit: Admit; readonly withBody: WithBody }

export function apiV1Routes(deps: ApiV1Deps): Hono<WebEnv> {
  const app = new Hono<WebEnv>()
  for (const [path, action] of ACTIONS) {
    const [noun, verb] = path.split('/')
    app.on(METHODS, [`/${path}`, `/${noun}/:action{${verb}\\.[a-z0-9]+}`], async (c) => {
      // HEAD arrives as GET, and must not send mail
      if (c.req.method === 'HEAD') return nothing(c)
      return send(c, await answerCall(c, { ...deps, action, path }))
    })
  }
  app.all('*', nothing) // paths of an API lead to no page
  app.onError((thrown, c) => send(c, answerFault(thrown, c, deps)))
  return app
}

const nothing = (c: Context): Response => c.text('There is nothing here.', 404)

type Handling = ApiV1Deps & {
  readonly action: Action
  readonly path: string
}

async function answerCall(c: Context<WebEnv>, deps: Handling): Promise<Answer> {
  const { client, requestId, startedAt } = c.var
  const key = c.req.header('x-server-api-key')
  const admission = await deps.admit(key, client.address)
  if (admission.kind !== 'caller') return refuseAdmission(admission, key)
  const { caller } = admission
  c.set('mailServerId', caller.mailServer.id)

  return deps.withBody(c.env.incoming, async (body): Promise<Answer> => {
    if (body.kind === 'too_large') return refuse('MessageTooLarge')
    if (body.kind === 'no_memory') return unavailable()
    if (body.kind === 'gone') return wrongParameter('The request ended early')
    const found = await findParameters({ contentType: c.req.header('content-type'), query: queryOf(c.req.url), body: body.bytes })
    if ('mistake' in found) return { ...wrongParameter(found.mistake), ...(found.malformed ? { httpStatus: 400 } : {}) }
    const idempotencyKey = c.req.header('idempotency-key')
    const { parameters } = found
    return deps.action({ ...caller, client, requestId, startedAt, action: deps.path, parameters, idempotencyKey }, deps)
  })
}

function queryOf(url: string): URLSearchParams {
  const mark = url.indexOf('?')
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark))
}

const unavailable = (): Answer => ({
  ...refuse('ServiceUnavailable'),
  httpStatus: 503,
  retryAfterSeconds: RETRY_AFTER_SECONDS['store.unavailable'] ?? 0,
})

function answerFault(thrown: unknown, c: Context<WebEnv>, { log }: Pick<ApiDeps, 'log'>): Answer {
  const refusal = toRefusal(thrown)
  if (!refusal || refusal.code === 'store.unavailable') {
    log.error({ event: 'http.fault', requestId: c.var.requestId, error: thrown }, describeFault(thrown).message)
  }
  if (!refusal) return { ...refuse('InternalServerError'), httpStatus: 500 }
  if (refusal.code === 'store.unavailable') return unavailable()
  const { v1 } = ANSWERS[refusal.code]
  if (v1 === null) return wrongParameter(refusal.message)
  return isRefusalCode(v1) ? refuse(v1) : { status: 'error', data: { message: refusal.message, code: v1 } }
}

const isRefusalCode = (code: string): code is RefusalCode => Object.hasOwn(MESSAGES, code)

function send(c: Context<WebEnv>, answer: Answer): Response {
  if (answer.retryAfterSeconds !== undefined) c.header('Retry-After', String(answer.retryAfterSeconds))
  return c.body(envelope(answer, (performance.now() - c.var.startedAt) / 1000), answer.httpStatus ?? 200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
}
