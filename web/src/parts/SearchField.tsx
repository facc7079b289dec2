import { TextInput, type TextInputProps } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'

interface Props extends Omit<TextInputProps, 'value' | 'onChange'> {
  value: string | undefined
  onSearch: (q: string | undefined) => void
}

const pause = 250

/** A field whose text is searched for once the typing pauses. */
export function SearchField({ value, onSearch, ...props }: Props) {
  const [text, setText] = useState(value ?? '')
  const told = useRef(value ?? '')
  useEffect(() => {
    if ((value ?? '') === told.current) return
    told.current = value ?? ''
    setText(told.current)
  }, [value])
  useEffect(() => {
    if (text.trim() === told.current) return undefined
    const timer = setTimeout(() => {
      told.current = text.trim()
      onSearch(told.current || undefined)
    }, pause)
    return () => clearTimeout(timer)
  }, [text, onSearch])
  return <TextInput type="search" {...props} value={text} onChange={(event) => setText(event.currentTarget.value)} />
}
