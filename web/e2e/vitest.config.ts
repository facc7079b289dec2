import { defineConfig } from 'vitest/config'

// All scripts share one product, so they are played one after the other.
export default defineConfig({
  test: { include: ['e2e/**/*.e2e.ts'], fileParallelism: false, sequence: { shuffle: false }, testTimeout: 180_000, hookTimeout: 60_000 },
})
