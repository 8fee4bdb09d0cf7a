/** A visitor without a browser: keeps cookies, sends forms with the token that the last page had, follows nothing by itself. */
import { type AdminSite, PASSWORD } from './admin-site.ts'

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: string; readonly location: string | null }

export type Visitor = {
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Answer>
  /** With the token of the last page, unless the fields bring another. */
  readonly post: (path: string, fields?: Record<string, string>, headers?: Record<string, string>) => Promise<Answer>
  readonly signIn: (emailAddress: string, password?: string) => Promise<Answer>
  readonly cookies: Map<string, string>
}

/** A new user, signed in, with the token that the first page gives. */
export async function visitorOf(site: AdminSite, user: Parameters<AdminSite['user']>[0]): Promise<Visitor> {
  const visitor = createVisitor(site.url)
  await visitor.signIn(await site.user(user))
  await visitor.get('/')
  return visitor
}

export function createVisitor(url: string): Visitor {
  const cookies = new Map<string, string>()
  let token = ''

  async function ask(path: string, init: RequestInit): Promise<Answer> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url + path, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } })
    for (const line of answer.headers.getSetCookie()) keep(cookies, line)
    const body = await answer.text()
    token = /name="form_token" value="([^"]+)"/.exec(body)?.[1] ?? token
    return { status: answer.status, headers: answer.headers, body, location: answer.headers.get('location') }
  }

  const post: Visitor['post'] = (path, fields = {}, headers = {}) =>
    ask(path, {
      method: 'POST',
      headers: { origin: url, 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams({ form_token: token, ...fields }).toString(),
    })

  return {
    cookies,
    post,
    get: (path, headers = {}) => ask(path, { headers }),
    signIn: async (emailAddress, password = PASSWORD) => {
      await ask('/login', {})
      return post('/login', { email_address: emailAddress, password })
    },
  }
}

function keep(cookies: Map<string, string>, line: string): void {
  const [pair = ''] = line.split(';')
  const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
  if (value === '' || /max-age=0/i.test(line)) cookies.delete(name)
  else cookies.set(name, value)
}
