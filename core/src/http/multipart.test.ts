/** A form with a file is read as browsers send it, whatever the file holds, and what hurts to read is refused at once. */
import { expect, it } from 'vitest'
import { readMultipart } from './multipart.ts'

async function sent(form: FormData) {
  const request = new Response(form)
  return { body: Buffer.from(await request.arrayBuffer()), type: request.headers.get('content-type') ?? '' }
}

const BOUNDARY = 'multipart/form-data; boundary=b'
const part = (name: string, value: string) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const read = (body: string | Buffer, type = BOUNDARY) => readMultipart(Buffer.from(body), type)

it('gives fields and files byte for byte', async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n))
  const mail = Buffer.concat([Buffer.from('Subject: \r\n\r\n--not-the-boundary\r\n\r\n--'), bytes])
  const form = new FormData()
  form.set('empty', '')
  form.set('words', 'grüße\r\nzwei')
  form.set('file', new File([mail], 'a "mail" & ü.eml', { type: 'message/rfc822' }))
  const { body, type } = await sent(form)
  const parts = readMultipart(body, type)
  expect([...(parts?.keys() ?? [])]).toEqual(['empty', 'words', 'file'])
  expect(parts?.get('empty')).toEqual({ fileName: null, bytes: Buffer.alloc(0) })
  expect(parts?.get('words')?.bytes.toString()).toBe('grüße\r\nzwei')
  expect(parts?.get('file')).toEqual({ fileName: 'a "mail" & ü.eml', bytes: mail })
})

it('tells a file that was not chosen from a field', () => {
  const body =
    '--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--b--\r\n'
  expect(read(body)?.get('file')).toEqual({ fileName: '', bytes: Buffer.alloc(0) })
})

it('takes a boundary in quotation marks, and a form without fields', () => {
  expect(
    read(`${part('a', '1')}--b--\r\n`, 'Multipart/Form-Data; boundary="b"')
      ?.get('a')
      ?.bytes.toString(),
  ).toBe('1')
  expect(read('--b--\r\n')?.size).toBe(0)
})

it.each([
  ['another type', `${part('a', '1')}--b--`, 'application/x-www-form-urlencoded'],
  ['no boundary', `${part('a', '1')}--b--`, 'multipart/form-data'],
  ['nothing', '', BOUNDARY],
  ['another boundary', `${part('a', '1')}--b--`, 'multipart/form-data; boundary=c'],
  ['no end', part('a', '1'), BOUNDARY],
  ['a cut', part('a', '1').slice(0, 20), BOUNDARY],
  ['a part without a name', '--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--', BOUNDARY],
  ['a part without an end of its header', '--b\r\nContent-Disposition: form-data; name="a"\r\n--b--', BOUNDARY],
  ['too many parts', `${part('a', '1').repeat(40)}--b--`, BOUNDARY],
])('refuses %s', (_what, body, type) => {
  expect(read(body, type)).toBeUndefined()
})

it.each([
  ['parts', part('a', 'x').repeat(230_000)],
  ['headers', `--b\r\n${'X-A: b\r\n'.repeat(1_700_000)}\r\n\r\n--b--`],
  ['almost boundaries', part('a', '\r\n--'.repeat(3_000_000))],
])('is not kept busy by 14 MB of %s', (_what, body) => {
  const bytes = Buffer.from(body)
  const before = process.cpuUsage()
  expect(readMultipart(bytes, BOUNDARY)).toBeUndefined()
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1000).toBeLessThan(1_000)
})
