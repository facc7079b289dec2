import { defineConfig } from 'vitest/config'

// Run by dev/browser/wizard, which says where the product is.
export default defineConfig({ test: { environment: 'node', include: ['e2e/wizard/*.steps.ts'], fileParallelism: false, testTimeout: 240_000, hookTimeout: 60_000, bail: 1 } })
