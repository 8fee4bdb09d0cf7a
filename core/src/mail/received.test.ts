import { expect, it } from 'vitest'
import { readHeaders } from './headers.ts'
import { countPasses, receivedHeader } from './received.ts'

const date = new Date('2026-03-01T10:20:29Z')
const client = { helo: 'app.shop.example', ptr: 'host.shop.example', ip: '192.0.2.10' }
const trace = { client, hostname: 'mx.example.net', protocol: 'ESMTPSA', date } as const

it('names the client, the host, the true protocol and the time', () => {
  const { value } = readHeaders(Buffer.from(receivedHeader(trace)))[0] ?? {}
  expect(value).toBe(
    'from app.shop.example (host.shop.example [192.0.2.10])\tby mx.example.net with ESMTPSA; Sun, 01 Mar 2026 10:20:29 +0000',
  )
})

it('writes the address where the reverse name is not known', () => {
  expect(receivedHeader({ ...trace, client: { ...client, ptr: undefined } })).toContain('(192.0.2.10 [192.0.2.10])')
})

it('tells nothing of the client in privacy mode', () => {
  expect(receivedHeader({ ...trace, client: null })).toBe('Received: by mx.example.net with ESMTPSA; Sun, 01 Mar 2026 10:20:29 +0000\r\n')
})

it('lets no client name add a line or a comment', () => {
  const evil = { ...client, helo: 'x\r\nBcc: a@b (', ptr: 'y) by mx.example.net with\n' }
  const header = receivedHeader({ ...trace, client: evil })
  expect(header).toMatch(
    /^Received: from xBcc:a@b \(ybymx\.example\.netwith \[192\.0\.2\.10\]\)\r\n\tby mx\.example\.net with [^\r\n]*\r\n$/,
  )
})

it('counts the passes through this host only', () => {
  const mail = Buffer.from(
    `${receivedHeader(trace)}${receivedHeader({ ...trace, hostname: 'other.example' })}${receivedHeader({ ...trace, client: null })}\r\n`,
  )
  expect(
    countPasses(
      readHeaders(mail).map(({ value }) => value),
      'mx.example.net',
    ),
  ).toBe(2)
})

it('takes no longer name that begins like ours for a pass through this host', () => {
  const values = ['mx.example.net.au', 'mx.example.network', 'mx.example.net-2'].map((host) => `from a by ${host} with ESMTP; now`)
  expect(countPasses(values, 'mx.example.net')).toBe(0)
  expect(countPasses(['from standby mx.example.net', ...values, 'by mx.example.net', '(x) by mx.example.net; now'], 'mx.example.net')).toBe(
    2,
  )
})
