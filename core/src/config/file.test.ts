/** What is read from a file, in either of Postal's formats. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseConfigFile, readConfigFile, withDotEnv } from './file.ts'

const newFolder = () => mkdtemp(join(tmpdir(), 'posthaste-config-'))
const valuesOf = (content: string) => {
  const { values } = parseConfigFile(content, 'postal.yml')
  return Object.fromEntries([...values].map(([name, given]) => [name, given.value]))
}

describe('the first format', () => {
  const content = `
web: { host: postal.example.com, protocol: https }
general: { use_ip_pools: true, exception_url: https://sentry.example.com/1, maximum_delivery_attempts: 9, maximum_hold_expiry_days: 3,
  suppression_list_removal_delay: 14, use_local_ns_for_domains: true, default_spam_threshold: 6, default_spam_failure_threshold: 21, use_resent_sender_header: false }
web_server: { bind_address: 0.0.0.0, port: 5001, max_threads: 6 }
main_db: { host: db, port: 3307, username: u, password: 0123, database: d, pool_size: 7, encoding: utf8mb4 }
message_db: { host: db2, port: 3308, username: u2, password: p2, prefix: pre }
logging: { rails_log: true, graylog: { host: logs.example.com, port: 12202, facility: f } }
smtp_server: { port: 26, bind_address: 0.0.0.0, tls_enabled: true, tls_certificate_path: c, tls_private_key_path: k, tls_ciphers: HIGH, ssl_version: TLSv1_2,
  proxy_protocol: true, log_connect: true, max_message_size: 20 }
smtp_relays: [{ hostname: relay.example.com, port: 587, ssl_mode: STARTTLS }, { hostname: "2001:db8::1" }]
dns: { mx_records: [mx.example.com], smtp_server_hostname: smtp.example.com, spf_include: spf.example.com, return_path: rp.example.com, route_domain: r.example.com,
  track_domain: t.example.com, helo_hostname: h.example.com, dkim_identifier: x, domain_verify_prefix: v, custom_return_path_prefix: c }
smtp: { host: s, port: 27, username: su, password: sp, from_name: N, from_address: n@example.com }
rails: { environment: production, secret_key: abc }
rspamd: { enabled: true }
spamd: { enabled: false }
clamav: { enabled: true, port: 3310 }
smtp_client: { open_timeout: 31, read_timeout: 32 }
`
  it('gives every key its name of the second', () => {
    expect(valuesOf(content)).toEqual({
      'postal.web_hostname': 'postal.example.com',
      'postal.web_protocol': 'https',
      'postal.use_ip_pools': 'true',
      'logging.sentry_dsn': 'https://sentry.example.com/1',
      'postal.default_maximum_delivery_attempts': '9',
      'postal.default_maximum_hold_expiry_days': '3',
      'postal.default_suppression_list_automatic_removal_days': '14',
      'postal.use_local_ns_for_domain_verification': 'true',
      'postal.default_spam_threshold': '6',
      'postal.default_spam_failure_threshold': '21',
      'postal.use_resent_sender_header': 'false',
      'web_server.default_bind_address': '0.0.0.0',
      'web_server.default_port': '5001',
      'web_server.max_threads': '6',
      'main_db.host': 'db',
      'main_db.port': '3307',
      'main_db.username': 'u',
      'main_db.password': '0123',
      'main_db.database': 'd',
      'main_db.pool_size': '7',
      'main_db.encoding': 'utf8mb4',
      'message_db.host': 'db2',
      'message_db.port': '3308',
      'message_db.username': 'u2',
      'message_db.password': 'p2',
      'message_db.database_name_prefix': 'pre',
      'logging.rails_log_enabled': 'true',
      'gelf.host': 'logs.example.com',
      'gelf.port': '12202',
      'gelf.facility': 'f',
      'smtp_server.default_port': '26',
      'smtp_server.default_bind_address': '0.0.0.0',
      'smtp_server.tls_enabled': 'true',
      'smtp_server.tls_certificate_path': 'c',
      'smtp_server.tls_private_key_path': 'k',
      'smtp_server.tls_ciphers': 'HIGH',
      'smtp_server.ssl_version': 'TLSv1_2',
      'smtp_server.proxy_protocol': 'true',
      'smtp_server.log_connections': 'true',
      'smtp_server.max_message_size': '20',
      'postal.smtp_relays': ['smtp://relay.example.com:587?ssl_mode=STARTTLS', 'smtp://[2001:db8::1]:25?ssl_mode=Auto'],
      'dns.mx_records': ['mx.example.com'],
      'postal.smtp_hostname': 'smtp.example.com',
      'dns.spf_include': 'spf.example.com',
      'dns.return_path_domain': 'rp.example.com',
      'dns.route_domain': 'r.example.com',
      'dns.track_domain': 't.example.com',
      'dns.helo_hostname': 'h.example.com',
      'dns.dkim_identifier': 'x',
      'dns.domain_verify_prefix': 'v',
      'dns.custom_return_path_prefix': 'c',
      'smtp.host': 's',
      'smtp.port': '27',
      'smtp.username': 'su',
      'smtp.password': 'sp',
      'smtp.from_name': 'N',
      'smtp.from_address': 'n@example.com',
      'rails.environment': 'production',
      'rails.secret_key': 'abc',
      'rspamd.enabled': 'true',
      'spamd.enabled': 'false',
      'clamav.enabled': 'true',
      'clamav.port': '3310',
      'smtp_client.open_timeout': '31',
      'smtp_client.read_timeout': '32',
    })
  })

  it('is reported, and so are groups that Postal had given up', () => {
    const { warnings } = parseConfigFile('web: { host: a.example.com }\nrabbitmq: { host: b }', '/c/postal.yml')
    expect(warnings[0]).toContain("/c/postal.yml has Postal's first format")
    expect(warnings[1]).toBe('rabbitmq.host belongs to an older Postal and has no effect.')
  })

  it('names a mistake by the key of the first format', () => {
    expect(parseConfigFile('web: { host: a b }', 'x').values.get('postal.web_hostname')?.spelledAs).toBe('web.host')
  })
})

it('refuses a version that nobody has defined', () => {
  expect(parseConfigFile('version: 3', 'x').mistakes).toEqual(['Invalid version specified in Postal config file. Must be 1 or 2.'])
})

it('says where YAML is broken without quoting the file', () => {
  const { mistakes } = parseConfigFile('version: 2\nmain_db:\n  password: "hunter2\n', '/c/postal.yml')
  expect(mistakes[0]).toMatch(/^\/c\/postal\.yml is not valid YAML in line \d/)
  expect(mistakes.join()).not.toContain('hunter2')
})

it('finds the file at the usual places, or at the one that is named', async () => {
  const cwd = await newFolder()
  expect((await readConfigFile(undefined, cwd)).notes[1]).toBe('Only using environment variables for configuration')
  await writeFile(join(cwd, 'posthaste.yml'), 'version: 2\nworker: { threads: 4 }')
  const found = await readConfigFile(undefined, cwd)
  expect(found).toMatchObject({ root: cwd, notes: [`Loading config from ${join(cwd, 'posthaste.yml')}`] })
  expect(found.values.get('worker.threads')?.value).toBe('4')
  expect((await readConfigFile(join(cwd, 'other.yml'), cwd)).notes[0]).toBe(`No configuration file found at ${join(cwd, 'other.yml')}`)
})

it('reads .env, and lets the real environment go before it', async () => {
  const cwd = await newFolder()
  await writeFile(join(cwd, '.env'), 'MAIN_DB_HOST=from-file\nMAIN_DB_PORT=3307\n')
  expect(await withDotEnv({ MAIN_DB_HOST: 'real' }, cwd)).toEqual({ MAIN_DB_HOST: 'real', MAIN_DB_PORT: '3307' })
})
