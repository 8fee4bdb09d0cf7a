/** The test projects: `unit` beside the code, `edge` in the Workers runtime, `journeys` where folders meet. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // A build server shares its disk with strangers: what waits for real sockets and flushes may lose a race there that says nothing.
    retry: process.env.CI ? 2 : 0,
    projects: [
      {
        extends: true,
        oxc: { jsx: { importSource: 'hono/jsx' } },
        test: {
          name: 'unit',
          include: [
            'core/src/**/*.test.{ts,tsx}',
            'shared/src/**/*.test.ts',
            'infra/**/*.test.ts',
            'test/*.test.ts',
            'test/support/**/*.test.ts',
          ],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        oxc: { jsx: { importSource: 'hono/jsx' } },
        test: {
          name: 'journeys',
          include: ['test/{journeys,contract,dialogues,interop}/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
      'edge/vitest.config.ts',
    ],
  },
})
