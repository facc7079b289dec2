import { defineConfig } from 'vitest/config'

// The steps of a script build on one another.
export default defineConfig({ test: { include: ['{e2e,bench,pictures}/*.e2e.ts'], fileParallelism: false, testTimeout: 240_000, hookTimeout: 60_000, bail: 1 } })
