import { createTheme, type CSSVariablesResolver } from '@mantine/core'

// The tints of Mantine's colours are louder than what they say.
const tints: Record<string, string> = { orange: 'amber', yellow: 'amber', gray: 'grey' }

/** Mantine's own shade 6 is too light for text and for text on it: WCAG asks for 4.5 to 1. */
export const theme = createTheme({
  primaryColor: 'blue',
  primaryShade: { light: 9, dark: 8 },
  colors: { dark: ['#d5dae0', '#b8bfc8', '#98a2ad', '#6b7480', '#434b56', '#363c45', '#262b32', '#1e2228', '#171a1f', '#101216'] },
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.5rem' }, h2: { fontSize: '1.125rem' }, h3: { fontSize: '1rem' } } },
  respectReducedMotion: true,
  cursorType: 'pointer',
  // By name: what no view has imported yet should not be in the first load.
  components: {
    Alert: { defaultProps: { variant: 'light' }, vars: (_: unknown, { color = 'blue' }: { color?: string }) => ({ root: { '--alert-bg': `var(--status-${tints[color] ?? color}-tint)` } }) },
    Anchor: { defaultProps: { underline: 'hover' } },
    Button: { defaultProps: { size: 'sm' } },
    // Their <header> would be a second banner of the page.
    DrawerHeader: { defaultProps: { role: 'none' } },
    ModalHeader: { defaultProps: { role: 'none' } },
    Drawer: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' }, position: 'right', size: 'lg' } },
    Modal: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' }, centered: true } },
    Table: { defaultProps: { verticalSpacing: 'xs', horizontalSpacing: 'sm' } },
    Tooltip: { defaultProps: { events: { hover: true, focus: true, touch: true }, multiline: true, maw: 320 } },
  },
})

/** The colours that carry a meaning. Each has at least 4.5 to 1 on the surface and on its own tint. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#52606d',
    '--mantine-color-placeholder': '#64707d',
    '--mantine-color-error': '#b42318',
    '--surface': '#ffffff',
    '--canvas': '#f6f8fa',
    '--line': '#d9dfe5',
    '--status-green': '#1f7a3d', '--status-green-tint': '#e9f6ed',
    '--status-blue': '#175cd3', '--status-blue-tint': '#eaf1fd',
    '--status-amber': '#8a5a00', '--status-amber-tint': '#fdf3e0',
    '--status-red': '#b42318', '--status-red-tint': '#fdecea',
    '--status-grey': '#56606d', '--status-grey-tint': '#eef0f3',
  },
  dark: {
    '--mantine-color-body': '#171a1f',
    '--mantine-color-dimmed': '#a3adb8',
    '--mantine-color-placeholder': '#98a2ad',
    '--mantine-color-error': '#ff9b91',
    '--surface': '#1e2228',
    '--canvas': '#171a1f',
    '--line': '#363c45',
    '--status-green': '#6fd391', '--status-green-tint': '#17301f',
    '--status-blue': '#8ab8ff', '--status-blue-tint': '#182a47',
    '--status-amber': '#f0bd62', '--status-amber-tint': '#372a10',
    '--status-red': '#ff9b91', '--status-red-tint': '#431d1a',
    '--status-grey': '#b4bcc6', '--status-grey-tint': '#2a2f37',
  },
})
