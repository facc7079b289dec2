import { ActionIcon, Popover, Text } from '@mantine/core'

/** What a number is: opened by a button, since not everybody can point at something. */
export function Help({ name, children }: { name: string; children: string }) {
  return (
    <Popover width={280} position="bottom-start" withArrow shadow="md" trapFocus withinPortal={false}>
      <Popover.Target><ActionIcon variant="subtle" color="gray" size={24} radius="xl" c="dimmed" fz="xs" fw={700} aria-label={`What is ${name}?`}>?</ActionIcon></Popover.Target>
      <Popover.Dropdown aria-label={name} tabIndex={-1} data-autofocus><Text size="sm">{children}</Text></Popover.Dropdown>
    </Popover>
  )
}
