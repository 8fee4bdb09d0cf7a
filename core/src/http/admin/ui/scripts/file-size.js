/** Says of a file that it is too large before it travels. */
for (const input of document.querySelectorAll('input[data-bytes-max]'))
  input.addEventListener('change', () => {
    const bytes = input.files[0]?.size ?? 0
    input.setCustomValidity(bytes > Number(input.dataset.bytesMax) ? input.dataset.tooLarge : '')
    input.reportValidity()
  })
