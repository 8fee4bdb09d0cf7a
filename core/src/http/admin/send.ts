/** Answers with a page. */
import { html } from 'hono/html'
import type { JSX } from 'hono/jsx/jsx-runtime'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { AdminContext } from './deps.ts'

export const send = (c: AdminContext, page: JSX.Element, status: ContentfulStatusCode = 200): Response | Promise<Response> =>
  c.html(html`<!doctype html>${page}`, status)
