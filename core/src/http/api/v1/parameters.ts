/** Finds the parameters of a call in its two forms: a JSON body, or JSON text wrapped in a form field or query pair called `params`. */

export type Parameters = Readonly<Record<string, unknown>>

export type Source = {
  readonly contentType: string | undefined
  readonly query: URLSearchParams
  readonly body: Buffer
}

/** `mistake` says why the text is no parameters; `malformed` that it is not even JSON. */
export type FoundParameters = { readonly parameters: Parameters } | { readonly mistake: string; readonly malformed: boolean }

const utf8 = new TextDecoder() // drops a byte order mark, which JSON.parse would not take

export async function findParameters({ contentType, query, body }: Source): Promise<FoundParameters> {
  if (contentType?.startsWith('application/json')) {
    const inBody = parseObject(utf8.decode(body))
    return 'mistake' in inBody ? inBody : { parameters: { ...Object.fromEntries(query), ...inBody.parameters } }
  }
  const wrapped = (await formField(contentType, body)) || query.get('params')
  return wrapped ? parseObject(wrapped) : { parameters: {} }
}

function parseObject(text: string): FoundParameters {
  if (text.trim() === '') return { parameters: {} }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { mistake: 'The parameters are not valid JSON', malformed: true }
  }
  if (value === null) return { parameters: {} }
  if (typeof value !== 'object' || Array.isArray(value)) return { mistake: 'The parameters should be a JSON object', malformed: false }
  return { parameters: value as Parameters } // an object that JSON made has string keys
}

/** Without a content type a body counts as a form, as curl and old clients send it. */
async function formField(contentType: string | undefined, body: Buffer): Promise<string | undefined> {
  if (body.length === 0) return undefined
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() || 'application/x-www-form-urlencoded'
  if (type === 'application/x-www-form-urlencoded') return new URLSearchParams(utf8.decode(body)).get('params') ?? undefined
  if (type !== 'multipart/form-data') return undefined
  const form = await new Response(new Uint8Array(body), { headers: { 'Content-Type': contentType ?? '' } })
    .formData()
    .catch(() => undefined)
  const field = form?.get('params')
  return typeof field === 'string' ? field : field?.text()
}
