import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

// Two queries with one key share one entry of the cache, and each takes the other's answer for its own.
it('gives no two queries the same key', () => {
  const sources = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.ts')).map((file) => readFileSync(`${import.meta.dirname}/${file}`, 'utf8'))
  const written = sources.flatMap((source) => [...source.matchAll(/ueryOptions\(\{\s*queryKey: (.+),\n/g)].map(([, key = '']) => key))
  const keys = written.map((key) => key.replace(/'[^']*'|\w+/g, (word) => (word.startsWith("'") ? word : '_'))) // whatever the variables are called
  expect(keys.length).toBeGreaterThan(10)
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([])
})
