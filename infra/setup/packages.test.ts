/** No command asks for more of the machine than it uses. */
import { describe, expect, it } from 'vitest'
import { adviceFor, missing, soundsLocked } from './debian.mjs'
import { PROGRAMS, packagesFor } from './packages.mjs'

describe('packages for a command', () => {
  it('are none for a build', () => {
    expect(packagesFor('build', [], {})).toEqual([])
  })

  it('are the database alone for unit tests', () => {
    expect(packagesFor('check', [], {})).toEqual(['mariadb-server'])
    expect(packagesFor('test', ['--project', 'unit', 'core'], {})).toEqual(['mariadb-server'])
    expect(packagesFor('test', ['--project=unit'], {})).toEqual(['mariadb-server'])
  })

  it('are browser and peers too when any other test may run', () => {
    expect(packagesFor('test', [], {})).toContain('chromium')
    expect(packagesFor('test', ['--project=unit', '--project=journeys'], {})).toContain('postfix')
  })

  it('are every peer of the interop tests, so that none is left out in silence, and no second mail server', () => {
    const peers = [
      'dovecot-lmtpd',
      'msmtp',
      'haproxy',
      'curl',
      'openssl',
      'spamd',
      'rspamd',
      'clamav-daemon',
      'knot',
      'unbound',
      'python3-django-anymail',
    ]
    const packages = packagesFor('test', [], {})
    expect(packages).toEqual(expect.arrayContaining(peers))
    for (const name of packages) expect(PROGRAMS[name] ?? []).not.toEqual([])
    expect(packages.filter((name) => /^(exim|opensmtpd|dma|sendmail)/.test(name))).toEqual([])
  })

  it('leave out the database where one is configured, or nothing is stored', () => {
    expect(packagesFor('posthaste', ['start'], {})).toEqual(['mariadb-server'])
    expect(packagesFor('posthaste', ['start'], { MAIN_DB_HOST: 'db.example' })).toEqual([])
    expect(packagesFor('posthaste', ['--help'], {})).toEqual([])
  })
})

it('takes a package for missing when one of its programs is', () => {
  expect(missing(['mariadb-server', 'swaks'], (program: string) => program !== 'mariadb-install-db')).toEqual(['mariadb-server'])
})

it('never has another mail server removed, and says so', () => {
  expect(adviceFor('E: Packages need to be removed but remove is disabled.', ['postfix'])).toContain('would remove packages of yours')
})

it('names the one command to type when the package sources are out of reach', () => {
  const advice = adviceFor("E: Failed to fetch http://deb.debian.org/x  Temporary failure resolving 'deb.debian.org'", ['chromium'])
  expect(advice).toContain('sudo apt-get update && sudo apt-get install -y --no-install-recommends chromium')
})

it('recognises a package manager that is at work', () => {
  expect(soundsLocked('E: Could not get lock /var/lib/apt/lists/lock. It is held by process 42 (apt-get)')).toBe(true)
  expect(soundsLocked('E: Unable to locate package x')).toBe(false)
})
