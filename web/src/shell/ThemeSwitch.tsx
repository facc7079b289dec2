import { ActionIcon, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'

export function ThemeSwitch() {
  const { setColorScheme } = useMantineColorScheme()
  const next = useComputedColorScheme('light', { getInitialValueInEffect: false }) === 'dark' ? 'light' : 'dark'
  return (
    <Tooltip label={`Use the ${next} theme`}>
      <ActionIcon variant="subtle" color="gray" c="var(--mantine-color-text)" size="lg" aria-label={`Use the ${next} theme`} onClick={() => setColorScheme(next)}>
        <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true"><circle cx="9" cy="9" r="7" fill="none" stroke="currentColor" strokeWidth="1.5" /><path d="M9 2a7 7 0 0 1 0 14z" fill="currentColor" /></svg>
      </ActionIcon>
    </Tooltip>
  )
}
