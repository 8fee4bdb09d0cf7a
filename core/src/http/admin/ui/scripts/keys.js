/** `/` or `f` puts the cursor into the search field; Escape and a click beside it close an open menu. */
document.addEventListener('keydown', (event) => {
  const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, select, [contenteditable]')
  if (event.key === 'Escape') closeMenus(event)
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !['/', 'f'].includes(event.key)) return
  const field = document.querySelector('input[type="search"]')
  if (!field) return
  event.preventDefault()
  field.focus()
  field.select()
})
document.addEventListener('click', closeMenus)

function closeMenus(event) {
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (event.type === 'click' && menu.contains(event.target)) continue
    menu.open = false
    if (event.type === 'keydown') menu.querySelector('summary')?.focus()
  }
}
