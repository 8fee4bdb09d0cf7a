/** The `edge` test project: runs in the Workers runtime itself. */
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

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
