/**
 * Names the picture of the card that is being opened, so that a view transition carries it to the page it leads to
 * (the page's own picture has the same name in its style).
 */

/** @param {HTMLElement} main @param {AbortSignal} signal */
export function attach(main, signal) {
  main.addEventListener('click', (event) => {
    const link = event.target instanceof Element && event.target.closest('.card__link, .hero a')
    const picture = link && link.closest('.card, .hero')?.querySelector('.artwork:not(.hero__backdrop)')
    if (!(picture instanceof HTMLElement)) return
    for (const named of main.querySelectorAll('.artwork--page')) if (named instanceof HTMLElement) named.style.viewTransitionName = 'none'
    picture.style.viewTransitionName = 'artwork'
  }, { signal })
}
