/** What an operator can rely on when SMTP ports are described. */
import { describe, expect, it } from 'vitest'
import { toConfig } from './config.ts'
import { readEnv } from './env.ts'
import { parseConfigFile } from './file.ts'

type Given = { readonly env?: Record<string, string>; readonly file?: string; readonly there?: readonly string[] }

function read({ env = {}, file = '', there = ['/config/smtp.cert', '/config/smtp.key'] }: Given) {
  const source = { ...parseConfigFile(`version: 2\n${file}`, '/config/postal.yml'), root: '/config' }
  const { config, reader } = toConfig({ env: readEnv(env), file: source, cwd: '/srv', exists: (path) => there.includes(path) }, 'smtp')
  return { smtp: config.smtp, mistakes: [...source.mistakes, ...reader.mistakes], warnings: reader.warnings }
}

describe('ports', () => {
  it('are one for everybody, or that one for the world and others for senders', () => {
    const kinds = (file: string) => read({ file }).smtp.listeners.map(({ kind, port }) => `${kind} ${port}`)
    expect(kinds('')).toEqual(['postal 25'])
    expect(kinds('posthaste: { smtp_submission_ports: [587, 2525] }')).toEqual(['mx 25', 'submission 587', 'submission 2525'])
  })

  it('are described one by one, each on its addresses', () => {
    const file = `posthaste:
  smtp_listeners:
    - { kind: mx, port: 25, addresses: [0.0.0.0, '::'], hostname: MX.example.com, connections_per_address_max: 20 }
    - { kind: submission, port: 587, require_tls: false, cram_md5: false, bare_line_endings: normalise, max_message_size: 50, idle_seconds: 60 }`
    const { smtp, mistakes } = read({ file })
    expect(mistakes).toEqual([])
    const mx = { kind: 'mx', port: 25, fallbackPort: null, changes: { hostname: 'mx.example.com', perAddressMax: 20 } }
    expect(smtp.listeners).toMatchObject([
      { ...mx, address: '0.0.0.0', ipv6Only: false },
      { ...mx, address: '::', ipv6Only: true },
      {
        ...{ kind: 'submission', address: '::', port: 587 },
        changes: { requireTls: false, cramMd5: false, bareLineEndings: 'normalise', maxMessageBytes: 50 * 1_048_576, idleMs: 60_000 },
      },
    ])
  })

  it('are JSON in the environment, and put the simple settings out of effect, which is said', () => {
    const env = { POSTHASTE_SMTP_LISTENERS: '[{"kind":"mx","port":2525,"cram_md5":true}]', PORT: '26' }
    const { smtp, warnings, mistakes } = read({ env })
    expect(mistakes).toEqual([])
    expect(smtp.listeners).toMatchObject([{ kind: 'mx', port: 2525 }])
    expect(warnings).toEqual(['PORT: without effect, because posthaste.smtp_listeners names every port.'])
  })

  it('are refused with every mistake at once, each by the name of its key', () => {
    const file = `posthaste:
  smtp_listeners:
    - { kind: mx, port: 99999, idle: 5 }
    - { kind: submision, port: 587 }
    - { kind: submissions, port: 465 }
  smtp_reuse_port: perhaps`
    expect(read({ file }).mistakes).toEqual([
      'posthaste.smtp_listeners[0].port must be a whole number from 1 to 65535; it is "99999".',
      expect.stringMatching(/^posthaste\.smtp_listeners\[0\] has no setting idle; it knows kind, port, addresses, .*$/),
      'posthaste.smtp_listeners[1].kind must be one of postal, mx, submission, submissions; it is "submision".',
      'posthaste.smtp_reuse_port must be true or false; it is "perhaps".',
    ])
    const needs = 'needs TLS; set smtp_server.tls_enabled (SMTP_SERVER_TLS_ENABLED) to true.'
    const untold = `posthaste: { smtp_listeners: [{ kind: submissions, port: 465 }, { kind: mx, port: 25, require_tls: true }] }`
    expect(read({ file: untold }).mistakes).toEqual([
      `posthaste.smtp_listeners[0].kind ${needs}`,
      `posthaste.smtp_listeners[1].require_tls ${needs}`,
    ])
    expect(read({ env: { POSTHASTE_SMTP_LISTENERS: 'mx:25' } }).mistakes).toEqual([
      'POSTHASTE_SMTP_LISTENERS must be a list; in the environment, as JSON; it is "mx:25".',
    ])
  })
})

it('has other certificates by host name, and says which of their files are not there', () => {
  const file = `smtp_server: { tls_enabled: true }
posthaste:
  smtp_certificates:
    - { hostnames: [smtp.a.example, mail.a.example], certificate_path: $config-file-root/a.cert, private_key_path: /tls/a.key }`
  const { smtp, mistakes } = read({ file, there: ['/config/smtp.cert', '/config/smtp.key', '/config/a.cert'] })
  expect(smtp.tls?.byHostname.get('mail.a.example')).toEqual({ certificatePath: '/config/a.cert', keyPath: '/tls/a.key' })
  expect(mistakes).toEqual([
    'posthaste.smtp_certificates[0].private_key_path names /tls/a.key, which is not there; put the PEM file there.',
  ])
})

it('believes PROXY headers of nobody unless told to, and then of private networks and the proxies that are named', () => {
  expect(read({}).smtp.proxies).toEqual([])
  const proxies = read({ file: 'smtp_server: { proxy_protocol: true }\npostal: { trusted_proxies: [192.0.2.7] }' }).smtp.proxies
  expect(proxies).toContain('10.0.0.0/8')
  expect(proxies).toContain('192.0.2.7')
  expect(proxies).not.toContain('0.0.0.0/0')
  const chosen = read({ file: 'smtp_server: { proxy_protocol: true }\nposthaste: { smtp_trusted_proxies: [192.0.2.8] }' }).smtp.proxies
  expect(chosen).toEqual(['192.0.2.8'])
})

it('refuses too little memory for the mails that are allowed', () => {
  expect(read({}).smtp.memoryBytesMax).toBe(16 * 14 * 1_048_576)
  expect(read({ file: 'posthaste: { smtp_memory_max: 64 }' }).mistakes).toEqual([
    'posthaste.smtp_memory_max is 64 MiB, too little for mails of 14 MiB; set it to 112 or more.',
  ])
})
