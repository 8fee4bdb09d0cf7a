/** Shows the copy buttons and lets them copy. */
for (const button of document.querySelectorAll('button[data-copy]')) {
  if (!navigator.clipboard) break
  const { textContent } = button
  button.hidden = false
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.dataset.copy ?? '')
    button.textContent = 'Copied'
    setTimeout(() => {
      button.textContent = textContent
    }, 2_000)
  })
}
