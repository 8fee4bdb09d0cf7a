/** The test projects: `unit` beside the code, `edge` in the Workers runtime, `journeys` where folders meet. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Not one less than the processors, which would be one of two: tests wait a good part of their time, for processes of theirs among others.
    maxWorkers: '100%',
    // Node would read its huge package.json again for each of its modules, in every test file: a second and 300 MB.
    server: { deps: { inline: ['drizzle-orm'] } },
    // A build server shares processors and disk with strangers. One more try tells a wait that was too short for it from a fault.
    retry: process.env.CI ? 1 : 0,
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
          testTimeout: 60_000,
          hookTimeout: 60_000,
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
