import react from '@vitejs/plugin-react'
import { gzipSync } from 'node:zlib'
import { defineConfig } from 'vitest/config'
import type { Plugin } from 'vite'

// The API that `npm run dev` shows, for example that of `./task demo`.
const api = process.env['TRIBUTARY_API'] ?? 'http://127.0.0.1:8080'

const firstLoadLimit = 200_000 // bytes of gzipped JavaScript

// firstLoad fails a build whose first page would load more than the limit: the
// entry and all that it imports before anybody has gone anywhere.
function firstLoad(): Plugin {
  return {
    name: 'first-load',
    apply: 'build',
    generateBundle(_, bundle) {
      const seen = new Set<string>()
      const visit = (name: string) => {
        const chunk = bundle[name]
        if (seen.has(name) || chunk?.type !== 'chunk') return
        seen.add(name)
        chunk.imports.forEach(visit)
      }
      for (const [name, chunk] of Object.entries(bundle)) if (chunk.type === 'chunk' && chunk.isEntry) visit(name)
      let size = 0
      for (const name of seen) {
        const chunk = bundle[name]
        if (chunk?.type === 'chunk') size += gzipSync(chunk.code, { level: 9 }).length
      }
      this.info(`first load: ${(size / 1000).toFixed(1)} kB of gzipped JavaScript, limit ${firstLoadLimit / 1000} kB`)
      if (size > firstLoadLimit) this.error(`The first load is ${size} bytes of gzipped JavaScript, more than ${firstLoadLimit}.`)
    },
  }
}

export default defineConfig({
  plugins: [react(), firstLoad()],
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0, chunkSizeWarningLimit: 1000 },
  // A proxy, so that cookies and the API's rule of one origin work as in production: no CORS.
  server: { host: '127.0.0.1', proxy: { '/api': api, '/healthz': api, '/readyz': api } },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
})
