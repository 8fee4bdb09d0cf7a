/** What an operator can rely on when settings are read. */
import { describe, expect, it } from 'vitest'
import { toConfig } from './config.ts'
import { readEnv } from './env.ts'
import { parseConfigFile } from './file.ts'
import type { StartedRole } from './groups/roles.ts'

type Given = { env?: Record<string, string>; file?: string; role?: StartedRole; missing?: readonly string[]; there?: readonly string[] }

function read({ env = {}, file = 'version: 2', role = 'start', there = [] }: Given) {
  const source = { ...parseConfigFile(file, '/config/postal.yml'), root: '/config' }
  const { config, reader } = toConfig({ env: readEnv(env), file: source, cwd: '/srv', exists: (path) => there.includes(path) }, role)
  return { config, mistakes: [...source.mistakes, ...reader.mistakes], warnings: reader.warnings }
}

describe('with nothing set', () => {
  it('needs nothing else on a laptop', () => {
    const { config, mistakes, warnings } = read({})
    expect({ mistakes, warnings }).toEqual({ mistakes: [], warnings: [] })
    expect(config.database).toBeNull()
    expect(config.dataDir).toBe('/config/posthaste-data')
    expect(config.web).toMatchObject({ hostname: 'localhost', protocol: 'http', bindAddress: '127.0.0.1', port: 5000 })
    expect(config.smtp.listeners).toMatchObject([{ kind: 'postal', address: '::', port: 25, fallbackPort: 2525 }])
    expect(config.health).toEqual({
      web: { address: '127.0.0.1', port: 9092 },
      smtp: { address: '127.0.0.1', port: 9091 },
      worker: { address: '127.0.0.1', port: 9090 },
    })
    expect([config.systemMail, config.rspamd, config.spamd, config.clamav, config.oidc, config.smtp.tls, config.signingKeyPath]).toEqual(
      Array.from({ length: 7 }, () => null),
    )
  })

  it('derives the DNS names from the one host name that was set', () => {
    const { config } = read({ env: { POSTAL_WEB_HOSTNAME: 'Post.Example.com' } })
    expect(config.web.protocol).toBe('https')
    expect(config.smtp.hostname).toBe('post.example.com')
    expect(config.dns).toMatchObject({
      mxRecords: ['post.example.com'],
      returnPathDomain: 'rp.post.example.com',
      trackDomain: 'track.post.example.com',
      heloHostname: 'post.example.com',
      timeoutMs: 5000,
    })
  })
})

describe('sources', () => {
  it('lets the environment go before the file', () => {
    const { config } = read({ env: { SMTP_SERVER_DEFAULT_PORT: '2526' }, file: 'version: 2\nsmtp_server: { default_port: 2527 }' })
    expect(config.smtp.listeners[0]).toMatchObject({ port: 2526, fallbackPort: null })
  })

  it('reads lists from YAML and from text with commas', () => {
    const inFile = read({ file: 'version: 2\ndns:\n  mx_records: [mx1.example.com, mx2.example.com]' })
    const inEnv = read({ env: { DNS_MX_RECORDS: 'mx1.example.com, mx2.example.com' } })
    expect(inEnv.config.dns.mxRecords).toEqual(['mx1.example.com', 'mx2.example.com'])
    expect(inFile.config.dns.mxRecords).toEqual(inEnv.config.dns.mxRecords)
  })

  it('takes an empty value for absent, and says so', () => {
    const { config, warnings, mistakes } = read({ env: { WORKER_THREADS: '' }, file: 'version: 2\nweb_server:\n  default_port:\n' })
    expect(config.worker.threads).toBe(2)
    expect(config.web.port).toBe(5000)
    expect(mistakes).toEqual([])
    expect(warnings).toEqual(['web_server.default_port is empty and counts as absent.', 'WORKER_THREADS is empty and counts as absent.'])
  })

  it('replaces $config-file-root in paths and makes them absolute', () => {
    const { config } = read({ env: { SMTP_SERVER_TLS_ENABLED: 'true', SMTP_SERVER_TLS_PRIVATE_KEY_PATH: 'tls/key.pem' } })
    expect(config.smtp.tls).toEqual({
      certificatePath: '/config/smtp.cert',
      keyPath: '/srv/tls/key.pem',
      ciphers: null,
      byHostname: new Map(),
    })
  })

  it('gives PORT and HEALTH_SERVER_PORT to the role that is started', () => {
    const env = { PORT: '8080', BIND_ADDRESS: '0.0.0.0', HEALTH_SERVER_PORT: '9999' }
    expect(read({ env, role: 'web' }).config.web).toMatchObject({ port: 8080, bindAddress: '0.0.0.0' })
    expect(read({ env, role: 'smtp' }).config.smtp.listeners[0]).toMatchObject({ address: '0.0.0.0', port: 8080, fallbackPort: null })
    expect(read({ env, role: 'smtp' }).config.web.port).toBe(5000)
    expect(read({ env, role: 'worker' }).config.health.worker.port).toBe(9999)
    const all = read({ env, role: 'start' })
    expect([all.config.web.port, all.config.smtp.listeners[0]?.port, all.config.health.worker.port]).toEqual([8080, 25, 9090])
    expect(all.warnings.join()).toContain('HEALTH_SERVER_PORT names one port')
  })
})

describe('groups', () => {
  it('is a database as soon as one of its settings is set', () => {
    expect(read({ env: { MAIN_DB_PASSWORD: 'x' } }).config.database).toEqual({
      host: 'localhost',
      port: 3306,
      user: 'postal',
      name: 'postal',
      poolSize: 10,
    })
    expect(read({ env: { POSTHASTE_DATABASE_SOCKET_PATH: '/run/my.sock' } }).config.database).toMatchObject({ socketPath: '/run/my.sock' })
    expect(read({ env: { MAIN_DB_ENCODING: 'utf8mb4' } }).config.database).toBeNull()
  })

  it('understands relays with ports, modes and logins', () => {
    const { config } = read({ env: { POSTAL_SMTP_RELAYS: 'smtp://a.example.com:2525?ssl_mode=TLS,smtp://u%40x:p@[::1]' } })
    const [first, second] = config.delivery.smtpRelays
    expect(first).toEqual({ host: 'a.example.com', port: 2525, tlsMode: 'tls', login: null })
    expect(second).toMatchObject({ host: '::1', port: 25, tlsMode: 'auto', login: { user: 'u@x' } })
    expect(second?.login?.password.reveal()).toBe('p')
    expect(JSON.stringify(config)).not.toContain('"p"')
  })

  it('takes moves to other IP pools apart, and names those that it does not understand', () => {
    const movesOf = (value: string) => read({ env: { POSTHASTE_POOL_MOVES: value } })
    expect(movesOf('S31(40|50) -> Spare; blocked by us->Cold pool for 0.5 h').config.delivery.poolMoves).toEqual([
      { pattern: /S31(40|50)/, ipPool: 'Spare', hours: 4 },
      { pattern: /blocked by us/, ipPool: 'Cold pool', hours: 0.5 },
    ])
    for (const wrong of ['S3140', '( -> Spare', 'S3140 -> Spare for 0 h', '-> Spare'])
      expect([wrong, movesOf(wrong).mistakes]).toEqual([wrong, [expect.stringContaining('S31(40|50) -> Spare for 4 h')]])
  })

  it('takes TLS policies of recipient domains, each domain once', () => {
    const policiesOf = (value: string) => read({ env: { POSTHASTE_TLS_POLICIES: value } })
    expect(
      policiesOf('Example.com -> required, .bücher.example->Verified,old.example -> none regardless').config.delivery.tlsPolicies,
    ).toEqual([
      { domain: 'example.com', level: 'required', regardless: false },
      { domain: '.xn--bcher-kva.example', level: 'verified', regardless: false },
      { domain: 'old.example', level: 'none', regardless: true },
    ])
    for (const wrong of ['example.com', 'example.com -> often', '-> none', 'a b.example -> none', 'example.com -> none instead'])
      expect([wrong, policiesOf(wrong).mistakes]).toEqual([wrong, [expect.stringContaining('example.com -> required')]])
    expect(policiesOf('a.example -> none, A.example -> verified').mistakes).toEqual([expect.stringContaining('a.example more than once')])
  })

  it('understands a SOCKS server with and without a login', () => {
    const proxyOf = (value: string) => read({ env: { POSTHASTE_SMTP_SOCKS_PROXY: value } }).config.delivery.socksProxy
    expect(proxyOf('proxy.example.com:9050')).toEqual({ host: 'proxy.example.com', port: 9050, login: null })
    expect(proxyOf('[::1]')).toEqual({ host: '::1', port: 1080, login: null })
    const known = proxyOf('shop:p%40ss@192.0.2.1:1081')
    expect(known).toMatchObject({ host: '192.0.2.1', port: 1081, login: { user: 'shop' } })
    expect(known?.login?.password.reveal()).toBe('p@ss')
    expect(JSON.stringify(known)).not.toContain('p@ss')
    expect(read({}).config.delivery.socksProxy).toBeNull()
  })

  it('asks rspamd alone when both spam checkers are on', () => {
    const { config } = read({ env: { RSPAMD_ENABLED: '1', SPAMD_ENABLED: '1' } })
    expect([config.rspamd?.port, config.spamd]).toEqual([11_334, null])
  })

  it('takes resolvers by name, or the file of the system', () => {
    expect(read({}).config.dns.resolvers).toEqual({ resolvConfPath: '/etc/resolv.conf' })
    const { config } = read({ env: { POSTHASTE_DNS_RESOLVERS: '127.0.0.1:5353,[::1]:5354,9.9.9.9' } })
    expect(config.dns.resolvers).toEqual({
      servers: [
        { host: '127.0.0.1', port: 5353 },
        { host: '::1', port: 5354 },
        { host: '9.9.9.9', port: 53 },
      ],
    })
  })

  it('finds the signing key of an old installation where Postal put it', () => {
    expect(read({ there: ['/config/signing.key'] }).config.signingKeyPath).toBe('/config/signing.key')
  })
})

describe('mistakes', () => {
  it('are all reported at once, each by the name that was written and with what to do', () => {
    const { mistakes } = read({
      env: { MAIN_DB_PORT: '33o6', OIDC_ENABLED: 'true' },
      file: 'version: 2\nsmtp_server:\n  tls_enabled: yes\npostal:\n  trusted_proxies: [10.0.0.0/8, nowhere]\n',
    })
    expect(mistakes).toEqual([
      'postal.trusted_proxies must be an IP address or a network such as 10.0.0.0/8; it is ["10.0.0.0/8","nowhere"].',
      'MAIN_DB_PORT must be a whole number from 1 to 65535; it is "33o6".',
      'smtp_server.tls_enabled must be true or false; it is "yes".',
      'oidc.issuer (OIDC_ISSUER) must be set, because oidc.enabled is true.',
      'oidc.identifier (OIDC_IDENTIFIER) must be set, because oidc.enabled is true.',
      'oidc.secret (OIDC_SECRET) must be set, because oidc.enabled is true.',
    ])
  })

  it('never show a secret', () => {
    const { mistakes, warnings } = read({
      env: { POSTHASTE_MASTER_KEY: 'hunter2', POSTAL_SMTP_RELAYS: 'http://user:hunter2@x' },
      file: 'version: 2\nmain_db: { password: [hunter2] }',
    })
    expect(mistakes).toHaveLength(3)
    expect([...mistakes, ...warnings].join()).not.toContain('hunter2')
  })

  it('name certificate files that are not there', () => {
    const { mistakes } = read({ file: 'version: 2\nsmtp_server: { tls_enabled: true }', there: ['/config/smtp.key'] })
    expect(mistakes).toEqual([
      'smtp_server.tls_certificate_path names /config/smtp.cert, which is not there; put the PEM file there or set smtp_server.tls_enabled to false.',
    ])
  })
})

describe('unknown names', () => {
  it('are reported with the one that was probably meant', () => {
    const { warnings } = read({
      env: { MAIN_DB_HOSTT: 'x', POSTHASTE_SOMETHING_ELSE: 'x', SMTP_RELAY_OF_ANOTHER_PROGRAM: 'x', HOME: '/root' },
      file: 'version: 2\npostal: { web_hostnam: x }\nunheard: { of: 1 }',
    })
    expect(warnings).toEqual([
      'postal.web_hostnam is not a setting. Did you mean postal.web_hostname?',
      'unheard.of is not a setting and has no effect.',
      'MAIN_DB_HOSTT is not a setting. Did you mean MAIN_DB_HOST?',
      'POSTHASTE_SOMETHING_ELSE is not a setting.',
    ])
  })

  it('do not include settings of Postal that change nothing here, which share one line', () => {
    const { warnings } = read({ file: 'version: 2\nrails: { secret_key: abc }\nmessage_db: { host: x }' })
    expect(warnings).toEqual(['Settings of Postal that have no effect here: rails.secret_key, message_db.host.'])
  })
})
