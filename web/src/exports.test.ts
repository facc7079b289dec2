import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file) && file !== 'api/schema.d.ts')
  .map((file) => ({ file, isTest: file.endsWith('.test.ts'), text: readFileSync(`${import.meta.dirname}/${file}`, 'utf8') }))

it('exports nothing that only its own file, or only a test, needs', () => {
  const exported = sources.flatMap(({ file, text }) =>
    [...text.matchAll(/^export (?:async )?(?:const|function|class|interface|type) (\w+)/gm)].map(([, name = '']) => ({ file, text, word: new RegExp(`\\b${name}\\b`, 'g'), name })))
  expect(exported.length).toBeGreaterThan(100)
  const unused = exported.filter(({ file, text, word }) => {
    const users = sources.filter((other) => other.file !== file && other.text.match(word))
    const usedHere = (text.match(word) ?? []).length > 1
    return users.every((user) => user.isTest && !usedHere)
  })
  expect(unused.map(({ file, name }) => `${file}: ${name}`)).toEqual([])
})
