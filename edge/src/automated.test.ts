/** Promises about who counts as a machine. */
import { expect, it } from 'vitest'
import { isAutomated } from './automated.ts'

const visit = (userAgent: string, more: Record<string, string> = {}) => isAutomated(new Headers({ 'User-Agent': userAgent, ...more }))
const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

it('takes browsers and mail programs for people', () => {
  for (const agent of [
    CHROME,
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.3.0',
    'Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)',
  ])
    expect(visit(agent), agent).toBe(false)
})

it('knows image proxies, scanners, previewers and scripts', () => {
  for (const agent of [
    'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)',
    'YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html',
    'Mozilla/5.0',
    '',
    'Barracuda Sentinel (EE)',
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
    'curl/8.5.0',
    'python-requests/2.32',
    'Go-http-client/2.0',
  ])
    expect(visit(agent), agent).toBe(true)
})

it('knows a browser that fetches ahead of its user', () => {
  expect(visit(CHROME, { 'Sec-Purpose': 'prefetch;prerender' })).toBe(true)
  expect(visit(CHROME, { 'X-Purpose': 'preview' })).toBe(true)
})
