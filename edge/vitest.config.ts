/** The `edge` test project: runs in the Workers runtime itself. */
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** Wrangler is not to call home, and keeps its logs in the project. */
Object.assign(process.env, {
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  CI: '1',
  WRANGLER_LOG_PATH: `${import.meta.dirname}/.wrangler/logs`,
})

export default defineConfig({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: './wrangler.jsonc' },
      miniflare: {
        bindings: { TRACKING_KEYS: JSON.stringify({ current: 1, keys: { 1: 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=' } }) },
      },
    }),
  ],
  test: { name: 'edge', include: ['src/**/*.test.ts'] },
})
