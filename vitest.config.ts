/** Two projects: `pure` needs no service and no build; `services` starts real PostgreSQL, Redis and SSH servers. */
import { defineConfig } from 'vitest/config'

const pure = [
  'tests/formats/**/*.test.ts',
  'tests/crypto/**/*.test.ts',
  'tests/pure/**/*.test.ts',
  'tests/tidy.test.ts',
  'tests/tidy/**/*.test.ts',
]

const services: { leftOutSuites(): string[] } = await import(
  new URL('./ops/test-services.mjs', import.meta.url).href
)

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          include: pure,
          exclude: services.leftOutSuites(),
          testTimeout: 30_000,
          // The default leaves one core to the one who watches.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'services',
          include: ['tests/**/*.test.ts'],
          // Suites whose server is missing here are left out and named by `npm test`; with CI=true they fail.
          exclude: [...pure, ...services.leftOutSuites()],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // One more than cores: many of them wait for processes, leases and servers.
          maxWorkers: 3,
          // After the pure ones: vitest runs projects with other worker counts apart.
          sequence: { groupOrder: 1 },
          globalSetup: ['tests/support/postgres-server.ts'],
        },
      },
    ],
  },
})
