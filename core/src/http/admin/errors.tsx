/** Refusals and faults as pages. Nobody learns more than they may: what is not theirs does not exist. */
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { ANSWERS, RETRY_AFTER_SECONDS, toRefusal } from '../errors.ts'
import type { AdminContext, AdminDeps } from './deps.ts'
import { send } from './send.ts'
import { Icon, type IconName } from './ui/icon.tsx'
import { Document, Page } from './ui/page.tsx'
import { type View, viewOf } from './ui/view.ts'

type Said = { readonly status: ContentfulStatusCode; readonly icon: IconName; readonly title: string; readonly text: string }

const NOT_FOUND: Said = {
  status: 404,
  icon: 'search',
  title: 'There is nothing here',
  text: 'The address is wrong, what it led to was removed, or it belongs to an organization that you are not a member of.',
}

export const notFoundPage = (c: AdminContext, deps: AdminDeps) => say(c, deps, NOT_FOUND)

export function errorPage(thrown: unknown, c: AdminContext, deps: AdminDeps): Response | Promise<Response> {
  const refusal = toRefusal(thrown)
  if (!refusal) {
    deps.onFault(thrown, c.get('requestId'))
    return say(c, deps, fault(c.get('requestId')))
  }
  const { status, title } = ANSWERS[refusal.code]
  if (status === 404) return notFoundPage(c, deps)
  const retryAfter = RETRY_AFTER_SECONDS[refusal.code]
  if (retryAfter !== undefined) c.header('Retry-After', String(retryAfter))
  if (status === 413) c.header('Connection', 'close') // what is still on its way would stand before the next request
  return say(c, deps, { status, icon: status === 403 ? 'lock' : 'warning', title, text: refusal.message })
}

const fault = (requestId: string): Said => ({
  status: 500,
  icon: 'warning',
  title: 'Something went wrong on our side',
  text: `Try again in a moment. If it stays, tell the administrator the number ${requestId}, by which the log has the reason.`,
})

const say = (c: AdminContext, deps: AdminDeps, said: Said): Response | Promise<Response> =>
  send(c, <ErrorPage view={viewOf(c, deps)} said={said} />, said.status)

function ErrorPage({ view, said }: { view: View; said: Said }) {
  const content = (
    <section class="empty">
      <Icon name={said.icon} />
      <h1>{said.title}</h1>
      <p>{said.text}</p>
      <p>
        <a class="button button-plain" href="/">
          To the start page
        </a>
      </p>
    </section>
  )
  if (view.visitor)
    return (
      <Page view={view} title={said.title}>
        {content}
      </Page>
    )
  return (
    <Document view={view} title={said.title}>
      <main class="shell-content">{content}</main>
    </Document>
  )
}
